/** Everything that can be said to the relay when it starts: one table for flags, environment, defaults and help. */
import { type Unit, writeAmount } from './config-values';
import { DEFAULT_LIMITS, type RelayLimits } from './rooms/limits';

export interface Setting {
  /** Without the two dashes. */
  readonly flag: string;
  readonly environment: string | undefined;
  /** `once`: takes a word. `many`: takes several, parted by commas, and may be repeated. `switch`: takes none. */
  readonly takes: 'once' | 'many' | 'switch';
  /** The word, in the help. */
  readonly placeholder?: string;
  readonly help: string;
  /** For the help. */
  readonly fallback?: string;
}

export interface LimitSetting extends Setting {
  readonly limit: keyof RelayLimits;
  readonly unit: Unit;
}

const LIMIT_HELP: Readonly<Record<keyof RelayLimits, readonly [Unit, string]>> = {
  documentBytes: ['bytes', 'a document after compaction, an update, a sync-reply'],
  updateStructs: ['count', 'structs in one update'],
  updateClients: ['count', 'client ids in one update'],
  documentClients: ['count', 'client ids in one document'],
  awarenessBytes: ['bytes', 'an awareness frame'],
  roomPeers: ['count', 'people and programs in one document at once'],
  connections: ['count', 'connections of the whole relay'],
  connectsPerMinute: ['count', 'new connections from one address in a minute'],
  failuresPerMinute: ['count', 'wrong secrets from one address in a minute; beyond, it waits'],
  messagesPerSecond: ['count', 'messages a second read from one connection'],
  messagesBurst: ['count', 'messages that may come in a burst'],
  bytesPerSecond: ['bytes', 'bytes a second read from one connection'],
  bytesBurst: ['bytes', 'bytes that may come in a burst'],
  pingsPerSecond: ['count', 'pings a second from one connection; a flood closes it'],
  fullSyncsPerMinute: ['count', 'whole documents a minute that one connection gets'],
  laggingBytes: ['bytes', 'unsent bytes from which on a connection gets no live frames'],
  stuckBytes: ['bytes', 'unsent bytes that end a connection'],
  pingMs: ['milliseconds', 'between two pings'],
  beatMs: ['milliseconds', 'a client hears at least this often'],
  holderMs: ['milliseconds', 'a silent holder of a client id loses it after this'],
  graceMs: ['milliseconds', 'how long an empty room stays in memory'],
  presenceMs: ['milliseconds', 'between two presence frames to one peer'],
};

export const LIMIT_SETTINGS: readonly LimitSetting[] = (Object.keys(DEFAULT_LIMITS) as (keyof RelayLimits)[]).map((limit) => {
  const [unit, help] = LIMIT_HELP[limit];
  const flag = `limit-${limit.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const placeholder = unit === 'bytes' ? 'size' : unit === 'milliseconds' ? 'time' : 'number';
  return {
    limit,
    unit,
    flag,
    environment: environmentOf(flag),
    takes: 'once',
    placeholder,
    help,
    fallback: writeAmount(DEFAULT_LIMITS[limit], unit),
  };
});

export const PLAIN_SETTINGS = {
  host: word('host', 'address', 'where to listen; 0.0.0.0 for everyone who can reach this machine', '127.0.0.1'),
  port: word('port', 'number', '0 picks a free one', '4321'),
  data: word('data', 'folder', 'where documents are kept', "this platform's place for data"),
  store: word('store', 'kind', 'leveldb, or memory: gone when the relay ends', 'leveldb'),
  documents: word('documents', 'kind', 'text: the Y.Texts content and title; any: all that Yjs can hold', 'text'),
  origin: { ...word('origin', 'origin', 'a web page that may use the relay, besides its own; may be repeated'), takes: 'many' },
  publicUrl: word('public-url', 'url', 'the address by which others know the relay'),
  trustedProxy: {
    ...word('trusted-proxy', 'addresses', 'proxies that say where others come from (X-Forwarded-For), such as 127.0.0.1,10.0.0.0/8'),
    takes: 'many',
  },
  tlsCert: word('tls-cert', 'file', 'a certificate in PEM, for https (HTTP/2 and HTTP/1.1) and wss; with --tls-key'),
  tlsKey: word('tls-key', 'file', 'the key of the certificate, in PEM'),
  access: word('access', 'kind', "links: nobody gets in without a link; open: whoever knows a document's id may edit it", 'links'),
  jwtSecretFile: word('jwt-secret-file', 'file', 'takes tokens too (HS256), signed with what is in the file'),
  jwks: word('jwks', 'url', 'takes tokens too (ES256, EdDSA, RS256), signed by one of the keys there'),
  logLevel: word('log', 'level', 'debug, info, warn, error or silent', 'info'),
  noLimits: {
    flag: 'no-limits',
    environment: environmentOf('no-limits'),
    takes: 'switch',
    help: 'for measuring: raises every limit that protects the relay',
  },
  help: { flag: 'help', environment: undefined, takes: 'switch', help: 'prints this' },
  version: { flag: 'version', environment: undefined, takes: 'switch', help: 'prints the version' },
} as const satisfies Record<string, Setting>;

/** The one flag that each command besides running has of its own. */
export const VERB_SETTINGS = {
  key: { flag: 'new', environment: undefined, takes: 'switch', help: 'replaces it' },
  repair: { flag: 'to', environment: undefined, takes: 'once', help: 'where what could be read is written' },
} as const satisfies Record<string, Setting>;

export const SETTINGS: readonly Setting[] = [...Object.values(PLAIN_SETTINGS), ...LIMIT_SETTINGS];

export function helpText(): string {
  const { help, version, ...rest } = PLAIN_SETTINGS;
  return [
    'weft-relay: passes edits on, keeps them, and says who is there.',
    '',
    'Usage: weft-relay [flags]',
    "       weft-relay key [--new] [--data <folder>]   shows the relay's key to a terminal, or replaces it",
    '       weft-relay repair [--data <folder>] [--to <folder>]',
    '                                                  saves what can be read of a damaged data folder into a new one',
    '',
    ...[...Object.values(rest), help, version].map(helpLine),
    '',
    'Limits. Sizes such as 10MiB, times such as 30s:',
    '',
    ...LIMIT_SETTINGS.map(helpLine),
    '',
    `Every flag but --help and --version can also be set as an environment variable: --port as ${PLAIN_SETTINGS.port.environment}.`,
    'Where both are set, the flag counts.',
    '',
  ].join('\n');
}

function helpLine({ flag, placeholder, help, fallback }: Setting): string {
  const usage = `  --${flag}${placeholder === undefined ? '' : ` <${placeholder}>`}`;
  return `${usage.padEnd(40)} ${help}${fallback === undefined ? '' : ` (${fallback})`}`;
}

function word(flag: string, placeholder: string, help: string, fallback?: string): Setting & { readonly environment: string } {
  const setting = { flag, environment: environmentOf(flag), takes: 'once', placeholder, help } as const;
  return fallback === undefined ? setting : { ...setting, fallback };
}

function environmentOf(flag: string): string {
  return `WEFT_RELAY_${flag.toUpperCase().replaceAll('-', '_')}`;
}
