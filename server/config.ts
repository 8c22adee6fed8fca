/**
 * Flags and environment → {@link RelayConfig}, or everything that is wrong with them. Pure.
 *
 * R1  All problems are found at once, one sentence each.
 * R2  A flag wins over its variable; an empty variable is none.
 */
import { isLoopback } from './access/addresses';
import type { AccessMode } from './access/authoriser';
import type { Network } from './access/client-addresses';
import { helpText, LIMIT_SETTINGS, PLAIN_SETTINGS, SETTINGS, VERB_SETTINGS } from './config-table';
import {
  readAmount,
  readChoice,
  readFile,
  readHost,
  readKeySetUrl,
  readNetwork,
  readOrigin,
  readPath,
  readPort,
  readPublicUrl,
  readSwitch,
} from './config-values';
import { type Environment, Words } from './config-words';
import { DEFAULT_LIMITS, NO_LIMITS, type RelayLimits } from './rooms/limits';
import type { DocumentRules } from './rooms/ports';
import type { TlsFiles } from './tls-files';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface RelayConfig {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** As written: relative to where the relay was started. Empty with `store: 'memory'` where the platform has no place. */
  readonly data: string;
  readonly store: 'leveldb' | 'memory';
  readonly documents: DocumentRules;
  readonly access: AccessMode;
  /** Where the keys are that tokens are signed with; `undefined`: no tokens. */
  readonly tokens: TokenSource | undefined;
  /** Besides the relay's own and the app's. */
  readonly origins: readonly string[];
  /** An origin: no path, no slash at its end. */
  readonly publicUrl: string | undefined;
  /** Whose word is taken on where others come from. */
  readonly trustedProxies: readonly Network[];
  /** `undefined`: plain HTTP. */
  readonly tls: TlsFiles | undefined;
  readonly limits: RelayLimits;
  readonly logLevel: LogLevel;
}

export type TokenSource =
  /** A file with a shared secret. As written: relative to where the relay was started. */
  { readonly type: 'secret-file'; readonly path: string } | { readonly type: 'key-set'; readonly url: string };

export type Command =
  | { readonly type: 'run'; readonly config: RelayConfig }
  /** `weft-relay key`: show the relay's key, or replace it. */
  | { readonly type: 'key'; readonly data: string; readonly isNew: boolean }
  /** `weft-relay repair`: save what can be read of a damaged data folder. */
  | { readonly type: 'repair'; readonly data: string; readonly to: string | undefined }
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'version' }
  | { readonly type: 'wrong'; readonly problems: readonly string[] };

/** What can be asked for instead of a relay. */
const VERBS = ['key', 'repair'] as const;

/** @param argv without the program and its script */
export function parseConfig(argv: readonly string[], env: Environment, platform: NodeJS.Platform = process.platform): Command {
  const verb = VERBS.find((each) => each === argv[0]);
  const problems: string[] = [];
  const words = new Words(env, problems);
  words.readFlags(verb === undefined ? argv : argv.slice(1), [...SETTINGS, ...(verb === undefined ? [] : [VERB_SETTINGS[verb]])]);
  words.findMisspeltVariables();
  if (words.has(PLAIN_SETTINGS.help)) return { type: 'help', text: helpText() };
  if (words.has(PLAIN_SETTINGS.version)) return { type: 'version' };
  const config = readConfig(words, env, platform);
  const to = words.one(VERB_SETTINGS.repair, readPath, undefined);
  if (config.store === 'leveldb' && config.data === '') problems.push('This platform names no place for data; say where with --data.');
  if (config.tokens !== undefined && config.access === 'open') problems.push('Tokens open nothing that is open; add --access links.');
  if (config.tokens !== undefined && config.publicUrl === undefined) {
    problems.push('Tokens have to be meant for this relay; say its address, which their claim aud names, with --public-url.');
  }
  if (!hasCreators(config)) {
    problems.push('With --store memory there is no relay key, and others need one to make documents; add --access open, or tokens.');
  }
  if (problems.length > 0) return { type: 'wrong', problems };
  switch (verb) {
    case 'key':
      return { type: 'key', data: config.data, isNew: words.has(VERB_SETTINGS.key) };
    case 'repair':
      return { type: 'repair', data: config.data, to };
    case undefined:
      return { type: 'run', config };
  }
}

/** Whether only this machine can reach the relay. With a public address, or a proxy that is named, others reach it through that. */
export function isForThisMachineAlone(config: Pick<RelayConfig, 'host' | 'publicUrl' | 'trustedProxies'>): boolean {
  return isLoopback(config.host) && config.publicUrl === undefined && config.trustedProxies.length === 0;
}

/** Whether anybody at all can make a document, or write in one that has no owner. */
function hasCreators(config: RelayConfig): boolean {
  return config.store !== 'memory' || config.access === 'open' || config.tokens !== undefined || isForThisMachineAlone(config);
}

function readConfig(words: Words, env: Environment, platform: NodeJS.Platform): RelayConfig {
  const noLimits = words.one(PLAIN_SETTINGS.noLimits, readSwitch, false);
  const limits: { -readonly [Name in keyof RelayLimits]: number } = { ...(noLimits ? NO_LIMITS : DEFAULT_LIMITS) };
  for (const setting of LIMIT_SETTINGS) {
    limits[setting.limit] = words.one(setting, (word) => readAmount(word, setting.unit), limits[setting.limit]);
  }
  return {
    host: words.one(PLAIN_SETTINGS.host, readHost, '127.0.0.1'),
    port: words.one(PLAIN_SETTINGS.port, readPort, 4321),
    data: words.one(PLAIN_SETTINGS.data, readPath, undefined) ?? defaultData(env, platform),
    store: words.one(PLAIN_SETTINGS.store, (word) => readChoice(word, ['leveldb', 'memory']), 'leveldb'),
    documents: words.one(PLAIN_SETTINGS.documents, (word) => readChoice(word, ['text', 'any']), 'text'),
    access: words.one(PLAIN_SETTINGS.access, (word) => readChoice(word, ['open', 'links']), 'links'),
    tokens: readTokens(words),
    origins: words.all(PLAIN_SETTINGS.origin, readOrigin),
    publicUrl: words.one(PLAIN_SETTINGS.publicUrl, readPublicUrl, undefined),
    trustedProxies: words.all(PLAIN_SETTINGS.trustedProxy, readNetwork),
    tls: readTls(words),
    limits,
    logLevel: words.one(PLAIN_SETTINGS.logLevel, (word) => readChoice(word, LOG_LEVELS), 'info'),
  };
}

function readTokens(words: Words): TokenSource | undefined {
  const path = words.one(PLAIN_SETTINGS.jwtSecretFile, readFile, undefined);
  const url = words.one(PLAIN_SETTINGS.jwks, readKeySetUrl, undefined);
  if (path !== undefined && url !== undefined) {
    // With both, a public key could be taken for the shared secret.
    words.complain('Tokens are signed with --jwt-secret-file or --jwks, never both.');
  }
  if (path !== undefined) return { type: 'secret-file', path };
  return url === undefined ? undefined : { type: 'key-set', url };
}

function readTls(words: Words): TlsFiles | undefined {
  const certificate = words.one(PLAIN_SETTINGS.tlsCert, readFile, undefined);
  const key = words.one(PLAIN_SETTINGS.tlsKey, readFile, undefined);
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined) words.complain('A key for TLS needs its certificate; name that with --tls-cert.');
  if (key === undefined) words.complain('A certificate for TLS needs its key; name that with --tls-key.');
  return { certificate: certificate ?? '', key: key ?? '' };
}

/** Empty where the platform's variables are missing. */
function defaultData(env: Environment, platform: NodeJS.Platform): string {
  const within = (base: string | undefined, ...steps: readonly string[]): string | undefined =>
    base === undefined || base === '' ? undefined : [base, ...steps].join(platform === 'win32' ? '\\' : '/');
  switch (platform) {
    case 'win32':
      return within(env.LOCALAPPDATA, 'Weft Relay') ?? within(env.USERPROFILE, 'AppData', 'Local', 'Weft Relay') ?? '';
    case 'darwin':
      return within(env.HOME, 'Library', 'Application Support', 'Weft Relay') ?? '';
    default:
      return within(absolute(env.XDG_DATA_HOME), 'weft-relay') ?? within(env.HOME, '.local', 'share', 'weft-relay') ?? '';
  }
}

/** A relative one is to be ignored (XDG Base Directory Specification, “Basics”). */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') === true ? path : undefined;
}
