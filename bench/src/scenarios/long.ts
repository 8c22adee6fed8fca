/** A document with a long life: taking it in, handing it out, and what it costs to have it open. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyWords, readTexts, recordedHistory } from '../generator/histories.ts';
import { MOST_UNDER_WAY } from '../generator/ingesting.ts';
import type { RecordedHistory } from '../generator/recorded-history.ts';
import { median } from '../measure/statistics.ts';
import { type Figures, type Scenario, type Sizes, type Surroundings, scaled } from './scenario.ts';

const EDITS = 260_000;
const OPEN_DOCUMENTS = 50;
const HOT_JOINS = 20;
/** Relays that save or compact later have had the time for it. */
const SETTLE_MS = 6_000;
const DOCUMENT = 'long';
const NOTHING: readonly number[] = [0];

export const longDocument: Scenario = {
  id: 'long',
  contenders: ['y-websocket-server', 'y-websocket-leveldb', 'hocuspocus', 'ours'],
  keepsDocuments: true,
  mostRuns: 3,
  columns: [
    { key: 'ingestSeconds', label: 'ingest', unit: 's', digits: 2, isMain: true },
    { key: 'ingestCpuPerEdit', label: 'CPU per edit', unit: 'µs', digits: 1 },
    { key: 'hotJoin', label: 'hot join', unit: 'ms', digits: 1 },
    { key: 'hotJoinCpu', label: 'CPU', unit: 'ms', digits: 1 },
    { key: 'oldJoin', label: 'join with 90 %', unit: 'ms', digits: 1 },
    { key: 'restartJoin', label: 'join after restart', unit: 'ms', digits: 1 },
    { key: 'restartJoinCpu', label: 'CPU', unit: 'ms', digits: 1 },
    { key: 'replyKilobytes', label: 'reply', unit: 'kB', digits: 0 },
    { key: 'memoryOverEmpty', label: 'memory over the empty process, per open document', unit: 'kB', digits: 0 },
    { key: 'memoryEach', label: 'for each after the first', unit: 'kB', digits: 0 },
    { key: 'heapEach', label: 'of it heap and buffers', unit: 'kB', digits: 0 },
  ],
  bounds: [
    { key: 'ingestSeconds', than: 'y-websocket-server', atMost: 1 },
    { key: 'restartJoin', than: 'hocuspocus', atMost: 0.1 },
    { key: 'restartJoinCpu', than: 'hocuspocus', atMost: 0.1 },
    { key: 'memoryOverEmpty', than: 'y-websocket-server', atMost: 0.3 },
  ],
  nameOf: ({ id, name }) => (id === 'hocuspocus' ? 'Hocuspocus 4.7, a file for each document' : name),
  describe: (sizes) =>
    `a document of ${historyWords(scaled(EDITS, sizes))}, at most ${MOST_UNDER_WAY.toLocaleString('en')} of them under way; memory with ${scaled(OPEN_DOCUMENTS, sizes)} such documents open, after a forced garbage collection`,
  seconds: ({ scale }) => 30 + 30 * scale,
  run,
};

async function run(surroundings: Surroundings): Promise<Figures> {
  const { sizes } = surroundings;
  const history = await recordedHistory(scaled(EDITS, sizes));
  const scratch = await mkdtemp(joinPath(tmpdir(), 'relay-bench-long-'));
  try {
    const memory = await memoryOfOpenDocuments(surroundings, history, sizes);
    return { ...memory, ...(await lifeOfOne(surroundings, history, scratch)) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function memoryOfOpenDocuments({ relay, generator }: Surroundings, history: RecordedHistory, sizes: Sizes): Promise<Figures> {
  const target = targetOf(relay);
  const count = scaled(OPEN_DOCUMENTS, sizes);
  const empty = await relay.collect();
  const names = (first: number, many: number) => Array.from({ length: many }, (_, index) => `open-${first + index}`);
  const { compactedFile: updateFile, lastText } = history;
  // One document first: code that was never run, and buffers that grow once, are no document's.
  await generator.ask<'fill'>({ type: 'fill', target, documents: names(0, 1), updateFile, lastText });
  await sleep(SETTLE_MS / 2);
  const before = await relay.collect();
  await generator.ask<'fill'>({ type: 'fill', target, documents: names(1, count), updateFile, lastText });
  await sleep(SETTLE_MS);
  const after = await relay.collect();
  await generator.ask<'release'>({ type: 'release' });
  return {
    memoryOverEmpty: (after.rss - empty.rss) / (count + 1) / 1000,
    memoryEach: (after.rss - before.rss) / count / 1000,
    heapEach: (after.heapUsed + after.external - before.heapUsed - before.external) / count / 1000,
  };
}

async function lifeOfOne({ relay, generator }: Surroundings, history: RecordedHistory, scratch: string): Promise<Figures> {
  const { updatesFile, lastText, oldStateVector, textSha256 } = history;
  const receivedFile = joinPath(scratch, 'received');
  const replyFile = joinPath(scratch, 'reply');
  const oldReplyFile = joinPath(scratch, 'old-reply');
  // A process that has done nothing else: what the open documents left behind is no part of this.
  await relay.stop();
  await relay.startAgain();
  await relay.watchLag();
  const ingested = await generator.ask<'ingest'>({
    type: 'ingest',
    target: targetOf(relay),
    document: DOCUMENT,
    updatesFile,
    lastText,
    receivedFile,
  });
  await sleep(SETTLE_MS);
  const lag = await relay.tellLag();
  const join = (stateVector: readonly number[], times: number, file: string) =>
    generator.ask<'join'>({ type: 'join', target: targetOf(relay), document: DOCUMENT, stateVector, times, replyFile: file });
  const hot = await join(NOTHING, HOT_JOINS, replyFile);
  const old = await join(oldStateVector, HOT_JOINS, oldReplyFile);
  await generator.ask<'release'>({ type: 'release' });
  const texts = await readTexts(receivedFile, replyFile);
  if (texts.received !== textSha256) throw new Error('the receiver has another text than was written');
  if (texts.reply !== textSha256) throw new Error('who joined has another text than was written');
  const restarted = relay.contender.keeps ? await joinAfterRestart() : { restartJoin: Number.NaN, restartJoinCpu: Number.NaN };
  return {
    ingestSeconds: ingested.ms / 1000,
    ingestCpuPerEdit: (ingested.cpuMs * 1000) / ingested.updates,
    hotJoin: median(hot.ms),
    hotJoinCpu: hot.cpuMs / HOT_JOINS,
    oldJoin: median(old.ms),
    replyKilobytes: hot.replyBytes / 1000,
    lagMaxMs: lag.lagMaxMs,
    memoryAfterIngest: ingested.residentBytes / 1e6,
    ...restarted,
  };

  async function joinAfterRestart(): Promise<Figures> {
    await relay.stop();
    await relay.startAgain();
    await sleep(1_000);
    const first = await join(NOTHING, 1, replyFile);
    const { reply } = await readTexts(receivedFile, replyFile);
    // The first client of some servers is answered before they have read the document: no time for a wrong answer.
    if (reply !== textSha256) return { restartJoin: Number.NaN, restartJoinCpu: Number.NaN, restartAnswersEmpty: 1 };
    return { restartJoin: median(first.ms), restartJoinCpu: first.cpuMs };
  }
}

function targetOf(relay: Surroundings['relay']) {
  return { port: relay.port, dialect: relay.contender.dialect, pid: relay.pid };
}
