/** Scenarios that differ only in who types how much with how many others. */
import type { ContenderId } from '../contenders/contender.ts';
import type { Pace } from '../generator/commands.ts';
import { type Bound, type Column, type Figures, type Scenario, type Sizes, type Surroundings, scaled } from './scenario.ts';

export interface TypingShape {
  readonly id: string;
  readonly documents: number;
  readonly members: number;
  readonly writers: number;
  readonly cursors: boolean;
  readonly pace: Pace;
  readonly contenders: readonly ContenderId[];
  readonly bounds: readonly Bound[];
}

/** Of one core, in percent: near 100, and it is the generator that was measured. */
export const GENERATOR_BUSY = 'generatorBusy';

const CPU_PER_DELIVERY: Column = { key: 'cpuPerDelivery', label: 'CPU per edit delivered', unit: 'µs', digits: 2, isMain: true };

const COLUMNS: readonly Column[] = [
  CPU_PER_DELIVERY,
  { key: 'cpuPerEdit', label: 'CPU per edit sent', unit: 'µs', digits: 1 },
  { key: 'p50', label: 'key to peer p50', unit: 'ms', digits: 1 },
  { key: 'p99', label: 'p99', unit: 'ms', digits: 1 },
  { key: 'deliveriesPerSecond', label: 'deliveries', unit: '/s', digits: 0 },
  { key: 'cpuShare', label: 'CPU', unit: '% of a core', digits: 0 },
  { key: 'bytesOutPerSecond', label: 'sent by relay', unit: 'MB/s', digits: 2 },
  { key: 'bytesInPerSecond', label: 'sent to it', unit: 'MB/s', digits: 2 },
  { key: 'memory', label: 'memory meanwhile', unit: 'MB', digits: 0 },
  { key: GENERATOR_BUSY, label: 'generator busy', unit: '%', digits: 0 },
  { key: 'keysLateP99', label: 'its keys late, p99', unit: 'ms', digits: 1 },
];

/** Processes started, everybody in, the last edits waited for. */
const AROUND_SECONDS = 3;

export function typingScenario(shape: TypingShape): Scenario {
  return {
    id: shape.id,
    contenders: shape.contenders,
    columns: COLUMNS,
    bounds: shape.bounds,
    describe: (sizes) => describe(shape, sizes),
    seconds: ({ warmUpMs, measureMs, scale }) =>
      (warmUpMs + measureMs) / 1000 + AROUND_SECONDS + (shape.documents * shape.members * scale) / 200,
    run: (surroundings) => run(shape, surroundings),
  };
}

function describe(shape: TypingShape, sizes: Sizes): string {
  const { documents, members, writers } = sized(shape, sizes);
  const who = writers === members ? `${members} people, all writing,` : `${members} people, ${writers} of them writing,`;
  const where = documents === 1 ? 'in one document' : `in each of ${documents} documents`;
  const pace = shape.pace.type === 'steady' ? `${shape.pace.keysPerSecond} keys/s each` : `${shape.pace.inFlight} edits in flight`;
  return `${who} ${where}, ${pace}${shape.cursors ? ', a cursor move per key' : ''}`;
}

function sized({ documents, members, writers }: TypingShape, sizes: Sizes) {
  if (documents > 1) return { documents: scaled(documents, sizes), members, writers };
  return { documents, members: scaled(members, sizes, 2), writers: scaled(writers, sizes, 2) };
}

async function run(shape: TypingShape, { relay, generator, sizes, seed }: Surroundings): Promise<Figures> {
  const { documents, members, writers } = sized(shape, sizes);
  const result = await generator.ask<'type'>({
    type: 'type',
    target: { port: relay.port, dialect: relay.contender.dialect, pid: relay.pid },
    documents,
    membersEach: members,
    writersEach: writers,
    cursors: shape.cursors,
    pace: shape.pace,
    warmUpMs: sizes.warmUpMs,
    measureMs: sizes.measureMs,
    seed,
  });
  return {
    cpuPerDelivery: (result.cpuMs * 1000) / result.deliveries,
    cpuPerEdit: (result.cpuMs * 1000) / result.edits,
    p50: result.p50Ms,
    p99: result.p99Ms,
    deliveriesPerSecond: result.deliveries / result.seconds,
    cpuShare: result.cpuMs / result.seconds / 10,
    bytesOutPerSecond: result.bytesFromRelay / result.seconds / 1e6,
    bytesInPerSecond: result.bytesToRelay / result.seconds / 1e6,
    cursorFramesPerSecond: result.cursorFrames / result.seconds,
    memory: result.residentBytes / 1e6,
    [GENERATOR_BUSY]: 100 * result.generatorBusy,
    keysLateP99: result.keysLateP99Ms,
  };
}
