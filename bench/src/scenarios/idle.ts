/** Thousands of connections that are simply there: what each of them weighs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, type Scenario, type Surroundings, scaled } from './scenario.ts';

const MEMBERS = 10;
const FEW_DOCUMENTS = 50;
const DOCUMENTS = 500;
const SETTLE_MS = 3_000;

export const idle: Scenario = {
  id: 'idle',
  contenders: ['bare-ws', 'y-websocket-server', 'y-websocket-leveldb', 'hocuspocus', 'ours'],
  mostRuns: 3,
  columns: [
    { key: 'memoryEach', label: 'memory per connection', unit: 'KiB', digits: 1, isMain: true },
    { key: 'heapEach', label: 'of it heap and buffers', unit: 'KiB', digits: 1 },
    { key: 'memory', label: 'memory with all', unit: 'MB', digits: 0 },
  ],
  bounds: [{ key: 'memoryEach', than: 'bare-ws', atMost: 1, plus: 4 }],
  describe: (sizes) =>
    `from ${count(scaled(FEW_DOCUMENTS, sizes))} to ${count(scaled(DOCUMENTS, sizes))} connections, ${MEMBERS} in each document; memory after a forced garbage collection`,
  seconds: ({ scale }) => 9 + 20 * scale,
  run,
};

function count(documents: number): string {
  return (documents * MEMBERS).toLocaleString('en');
}

async function run({ relay, generator, sizes }: Surroundings): Promise<Figures> {
  const target = { port: relay.port, dialect: relay.contender.dialect, pid: relay.pid };
  const few = scaled(FEW_DOCUMENTS, sizes);
  const all = scaled(DOCUMENTS, sizes);
  await generator.ask<'hold'>({ type: 'hold', target, documents: few, membersEach: MEMBERS, firstDocument: 0 });
  await sleep(SETTLE_MS);
  const before = await relay.collect();
  await generator.ask<'hold'>({ type: 'hold', target, documents: all - few, membersEach: MEMBERS, firstDocument: few });
  await sleep(SETTLE_MS);
  const after = await relay.collect();
  const more = (all - few) * MEMBERS * 1024;
  return {
    memoryEach: (after.rss - before.rss) / more,
    heapEach: (after.heapUsed + after.external - before.heapUsed - before.external) / more,
    memory: after.rss / 1e6,
  };
}
