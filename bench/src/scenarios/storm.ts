/** Everybody comes back at once, and those who never left must not feel it. */
import { historyWords, recordedHistory } from '../generator/histories.ts';
import { type Figures, type Scenario, type Surroundings, scaled } from './scenario.ts';

const CLIENTS = 1_000;
const DOCUMENTS = 20;
const EDITS = 260_000;

export const storm: Scenario = {
  id: 'storm',
  contenders: ['y-websocket-server', 'y-websocket-leveldb', 'hocuspocus', 'ours'],
  columns: [
    { key: 'allSynced', label: 'all synced after', unit: 'ms', digits: 0, isMain: true },
    { key: 'cpuEach', label: 'CPU per client', unit: 'ms', digits: 2 },
    { key: 'othersP99', label: 'p99 of an unaffected room meanwhile', unit: 'ms', digits: 1 },
    { key: 'quietP99', label: 'in quiet', unit: 'ms', digits: 1 },
    { key: 'lagMax', label: 'longest stall', unit: 'ms', digits: 0 },
    { key: 'ownLagMax', label: 'as it says itself, all in all', unit: 'ms', digits: 0 },
  ],
  bounds: [
    { key: 'allSynced', atMost: 10_000 },
    { key: 'othersP99', atMost: 200 },
  ],
  describe: (sizes) =>
    `${scaled(CLIENTS, sizes).toLocaleString('en')} clients in ${DOCUMENTS} documents of ${historyWords(scaled(EDITS, sizes))} drop and come back at once, each with a state vector that lacks the last tenth`,
  seconds: () => 15,
  run,
};

async function run({ relay, generator, sizes, seed }: Surroundings): Promise<Figures> {
  const target = { port: relay.port, dialect: relay.contender.dialect, pid: relay.pid };
  const history = await recordedHistory(scaled(EDITS, sizes));
  const documents = Array.from({ length: DOCUMENTS }, (_, index) => `stormy-${index}`);
  const clients = scaled(CLIENTS, sizes);
  await generator.ask<'fill'>({ type: 'fill', target, documents, updateFile: history.compactedFile, lastText: history.lastText });
  await relay.watchLag();
  const result = await generator.ask<'storm'>({
    type: 'storm',
    target,
    documents,
    clients,
    ...history,
    stateVector: history.oldStateVector,
    seed,
  });
  const lag = await relay.tellLag();
  return {
    allSynced: result.allSyncedMs,
    cpuEach: result.cpuMs / clients,
    othersP99: result.othersP99Ms,
    quietP99: result.quietP99Ms,
    lagMax: lag.lagMaxMs,
    ownLagMax: await relay.ownLagMaxMs(),
  };
}
