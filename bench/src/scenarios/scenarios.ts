/** Every load there is, in the order of the report. */
import type { ContenderId } from '../contenders/contender.ts';
import { editorUnderLoad } from './editor.ts';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { longDocument } from './long.ts';
import type { Scenario } from './scenario.ts';
import { screen } from './screen.ts';
import { storm } from './storm.ts';
import { typingScenario } from './typing-scenario.ts';

const EVERYONE: readonly ContenderId[] = ['bare-ws', 'y-websocket-server', 'y-websocket-leveldb', 'hocuspocus', 'ours'];

export const SCENARIOS: readonly Scenario[] = [
  typingScenario({
    id: 'room',
    documents: 1,
    members: 50,
    writers: 50,
    cursors: true,
    pace: { type: 'steady', keysPerSecond: 5 },
    contenders: EVERYONE,
    bounds: [
      { key: 'cpuPerEdit', than: 'y-websocket-server', atMost: 0.45 },
      { key: 'cpuPerEdit', than: 'hocuspocus', atMost: 0.35 },
      { key: 'p50', atMost: 12 },
      { key: 'p99', atMost: 35 },
    ],
  }),
  ...[50, 200, 1_000].map((members) =>
    typingScenario({
      id: `crowd-${members}`,
      documents: 1,
      members,
      writers: 20,
      cursors: true,
      pace: { type: 'steady', keysPerSecond: 1 },
      contenders: EVERYONE,
      bounds: members === 1_000 ? [{ key: 'cpuPerDelivery', thanScenario: 'crowd-50', atMost: 1.2 }] : [],
    }),
  ),
  typingScenario({
    id: 'many',
    documents: 200,
    members: 2,
    writers: 2,
    cursors: true,
    pace: { type: 'steady', keysPerSecond: 4 },
    contenders: EVERYONE,
    bounds: [{ key: 'cpuPerEdit', than: 'y-websocket-leveldb', atMost: 0.7 }],
  }),
  typingScenario({
    id: 'saturated',
    documents: 1,
    members: 50,
    writers: 50,
    cursors: false,
    pace: { type: 'saturated', inFlight: 100 },
    contenders: EVERYONE,
    bounds: [
      { key: 'deliveriesPerSecond', than: 'hocuspocus', atLeast: 2 },
      { key: 'cpuPerDelivery', than: 'hocuspocus', atMost: 0.5 },
    ],
  }),
  longDocument,
  idle,
  storm,
  screen,
  editorUnderLoad,
  ...growth,
];
