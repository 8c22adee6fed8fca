import { join, resolve } from 'node:path';
import { MEMORY_SETTINGS } from '../../../server/memory-settings.ts';
import type { Command, Contender, ContenderId, Surroundings } from './contender.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

export const OUR_RELAY = join(ROOT, 'out/server/main.js');

export const CONTENDERS: readonly Contender[] = [
  {
    id: 'bare-ws',
    name: 'bare ws broadcast (the floor)',
    shortName: 'bare ws',
    dialect: 'broadcast',
    keeps: false,
    syncs: false,
    command: () => program('bare-ws'),
  },
  {
    id: 'y-websocket-server',
    name: '@y/websocket-server 0.1.1, in memory',
    shortName: '@y/websocket-server',
    dialect: 'yjs',
    keeps: false,
    syncs: true,
    command: () => program('y-websocket-server'),
  },
  {
    id: 'y-websocket-leveldb',
    name: 'y-websocket 2.1 server, LevelDB',
    shortName: 'y-websocket LevelDB',
    dialect: 'yjs',
    keeps: true,
    syncs: true,
    command: ({ data }) => program('y-websocket-leveldb', { YPERSISTENCE: data }),
  },
  {
    id: 'hocuspocus',
    name: 'Hocuspocus 4.7, in memory',
    shortName: 'Hocuspocus',
    dialect: 'hocuspocus',
    keeps: true,
    syncs: true,
    command: ({ data, keepsDocuments }) => program('hocuspocus', keepsDocuments ? { HOCUSPOCUS_FILES: data } : {}),
  },
  {
    id: 'ours-before',
    name: 'Weft, another build',
    shortName: 'Weft before',
    dialect: 'weft',
    keeps: true,
    syncs: true,
    command: (surroundings) => ours(surroundings.builds.before ?? OUR_RELAY, surroundings),
  },
  {
    id: 'ours-stock-page',
    name: 'Weft, LevelDB with fsync',
    shortName: 'Weft, stock page',
    dialect: 'weft',
    keeps: true,
    syncs: true,
    command: (surroundings) => ours(surroundings.builds.ours, surroundings),
  },
  {
    id: 'ours',
    name: 'Weft, LevelDB with fsync',
    shortName: 'Weft',
    dialect: 'weft',
    keeps: true,
    syncs: true,
    command: (surroundings) => ours(surroundings.builds.ours, surroundings),
  },
];

export function contenderOf(id: ContenderId): Contender {
  const contender = CONTENDERS.find((each) => each.id === id);
  if (contender === undefined) throw new Error(`no contender ${id}`);
  return contender;
}

/** With the settings of memory that it begins anew with by itself, were there not the channel to the process that started it. */
function ours(main: string, { data, origins }: Surroundings): Command {
  const allowed = origins.flatMap((origin) => ['--origin', origin]);
  return {
    arguments: [
      ...MEMORY_SETTINGS.nodeFlags,
      main,
      '--no-limits',
      '--access',
      'open',
      '--port',
      '0',
      '--data',
      data,
      '--log',
      'warn',
      ...allowed,
    ],
    environment: MEMORY_SETTINGS.environment,
  };
}

function program(name: string, environment: Readonly<Record<string, string>> = {}): Command {
  return { arguments: [join(import.meta.dirname, 'programs', `${name}.mjs`)], environment };
}
