/** What one more member, document or remembered edit costs: the same typing at several sizes, each on a relay of its own. */
import type { ContenderId } from '../contenders/contender.ts';
import { typingDocument } from '../generator/commands.ts';
import { historyWords, recordedHistory } from '../generator/histories.ts';
import { sleep } from '../generator/waiting.ts';
import { type Column, type Curve, type Figures, type Scenario, type Sizes, type Surroundings, scaled } from './scenario.ts';
import { GENERATOR_BUSY } from './typing-scenario.ts';

interface GrowingLoad {
  readonly documents: number;
  readonly members: number;
  readonly writers: number;
  /** Edits that the document has before anybody types. */
  readonly history: number;
}

interface GrowthShape {
  readonly id: string;
  readonly axis: string;
  readonly sizes: readonly number[];
  readonly contenders: readonly ContenderId[];
  readonly what: string;
  /** By edit delivered rather than sent: where more receivers are the point. */
  readonly isPerDelivery: boolean;
  load(size: number): GrowingLoad;
}

const KEYS_PER_SECOND = 2;
/** Of the measured time of other scenarios: there are many sizes. */
const PART = 0.5;
const AROUND_SECONDS = 3;
/** Relays that save or compact later have had the time for it. */
const SETTLE_MS = 4_000;
const BUSY: Column = { key: GENERATOR_BUSY, label: 'generator busy at most', unit: '%', digits: 0 };

const SHAPES: readonly GrowthShape[] = [
  {
    id: 'growth-members',
    axis: 'members',
    sizes: [10, 20, 50, 100, 200, 500, 1_000],
    contenders: ['bare-ws', 'y-websocket-server', 'ours'],
    what: '10 people type in one document of more and more members',
    isPerDelivery: true,
    load: (members) => ({ documents: 1, members, writers: 10, history: 0 }),
  },
  {
    id: 'growth-documents',
    axis: 'documents',
    sizes: [10, 20, 50, 100, 200, 400],
    contenders: ['bare-ws', 'y-websocket-server', 'ours'],
    what: '2 people type in each of more and more documents',
    isPerDelivery: false,
    load: (documents) => ({ documents, members: 2, writers: 2, history: 0 }),
  },
  {
    id: 'growth-history',
    axis: 'edits before',
    sizes: [1_000, 10_000, 65_000, 260_000],
    contenders: ['y-websocket-server', 'ours'],
    what: '10 people type in a document that was written for longer and longer',
    isPerDelivery: false,
    load: (history) => ({ documents: 1, members: 10, writers: 10, history }),
  },
];

export const growth: readonly Scenario[] = SHAPES.map((shape) => ({
  id: shape.id,
  contenders: shape.contenders,
  columns: [BUSY],
  bounds: [],
  describe: (sizes) => describe(shape, sizes),
  seconds: (sizes) =>
    sizesOf(shape, sizes).reduce((seconds, size) => {
      const { documents, members, history } = shape.load(size);
      const forHistory = history === 0 ? 0 : SETTLE_MS / 1000 + history / 25_000;
      return seconds + (PART * (sizes.measureMs + sizes.warmUpMs)) / 1000 + AROUND_SECONDS + (documents * members) / 300 + forHistory;
    }, 0),
  curves: (sizes) => [curveOf(shape, sizes)],
  run: (surroundings) => run(shape, surroundings),
}));

function describe({ what, isPerDelivery }: GrowthShape, sizes: Sizes): string {
  const history = what.includes('longer') ? `; at most ${historyWords(scaled(260_000, sizes))}` : '';
  return `${what}, ${KEYS_PER_SECOND} keys/s each, a cursor move per key; CPU for each edit ${isPerDelivery ? 'delivered' : 'sent'}${history}`;
}

function curveOf(shape: GrowthShape, sizes: Sizes): Curve {
  return {
    title: shape.isPerDelivery ? 'CPU per edit delivered' : 'CPU per edit sent',
    axis: shape.axis,
    unit: 'µs',
    digits: 1,
    points: sizesOf(shape, sizes).map((size) => ({ size, key: String(size) })),
  };
}

/** A tenth of a member is none: what a scale makes equal is measured once. */
function sizesOf({ sizes: all }: GrowthShape, sizes: Sizes): readonly number[] {
  return [...new Set(all.map((size) => scaled(size, sizes, 4)))];
}

async function run(shape: GrowthShape, surroundings: Surroundings): Promise<Figures> {
  const { relay, sizes } = surroundings;
  const figures: Record<string, number> = {};
  let busiest = 0;
  for (const [index, size] of sizesOf(shape, sizes).entries()) {
    if (index > 0) await relay.startAfresh();
    const { cost, generatorBusy } = await costAt(shape, size, surroundings);
    figures[size] = cost;
    busiest = Math.max(busiest, generatorBusy);
  }
  return { ...figures, [GENERATOR_BUSY]: 100 * busiest };
}

async function costAt({ load, isPerDelivery }: GrowthShape, size: number, { relay, generator, sizes, seed }: Surroundings) {
  const { documents, members, writers, history } = load(size);
  const target = { port: relay.port, dialect: relay.contender.dialect, pid: relay.pid };
  if (history > 0) {
    const written = await recordedHistory(history);
    await generator.ask<'ingest'>({ type: 'ingest', target, document: typingDocument(0), ...written, receivedFile: undefined });
    await sleep(SETTLE_MS);
    await generator.ask<'release'>({ type: 'release' });
  }
  const result = await generator.ask<'type'>({
    type: 'type',
    target,
    documents,
    membersEach: members,
    writersEach: Math.min(writers, members),
    cursors: true,
    pace: { type: 'steady', keysPerSecond: KEYS_PER_SECOND },
    warmUpMs: PART * sizes.warmUpMs,
    measureMs: PART * sizes.measureMs,
    seed,
  });
  const count = isPerDelivery ? result.deliveries : result.edits;
  return { cost: (1000 * result.cpuMs) / count, generatorBusy: result.generatorBusy };
}
