/**
 * What `npm test` looks through once all suites have run (scripts/secrets-in-logs.mjs): everything that a program logged, and
 * every secret that a test had in its hands. A test that is run by itself keeps nothing.
 */
import { appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'vitest';

const FOLDER = process.env.WEFT_TEST_LOGS;
/** Shorter ones are words of a test, and words are in every log. */
const SHORTEST = 20;
/** What a test fills a field with (`xxx…`) has fewer, and may stand in any log: nothing that is made at random. */
const FEWEST_CHARACTERS = 6;

const registered = new Set<string>();
let files = 0;
let inProcess: { readonly testPath: string | undefined; readonly write: (text: string) => void } | undefined;

/** Whether anybody will look. */
export const isLogKept = FOLDER !== undefined;

/** Calls of what is returned are added to one file, which is named after the running test's. */
export function openLogFile(name: string): (text: string) => void {
  if (FOLDER === undefined) return () => undefined;
  const { testPath } = expect.getState();
  const file = join(FOLDER, `${basename(testPath ?? 'unknown')}-${name}-${process.pid}-${++files}.log`);
  return (text) => appendFileSync(file, text);
}

/** Everything that a program prints. */
export function keepOutput(name: string, ...streams: readonly (Readable | null)[]): void {
  if (!isLogKept) return;
  const write = openLogFile(name);
  for (const stream of streams) stream?.on('data', (chunk: Buffer | string) => write(String(chunk)));
}

/** A line of a log in this process, written as pino would. */
export function keepLine(line: object): void {
  if (!isLogKept) return;
  const { testPath } = expect.getState();
  if (inProcess?.testPath !== testPath) inProcess = { testPath, write: openLogFile('in-process') };
  const written = JSON.stringify(line, (_name, value: unknown) =>
    value instanceof Error ? { ...value, type: value.name, message: value.message, stack: value.stack } : value,
  );
  inProcess?.write(`${written}\n`);
}

/** Something that must not be in any log, now or later. */
export function registerSecret(secret: string | undefined): void {
  if (FOLDER === undefined || secret === undefined || registered.has(secret)) return;
  if (secret.length < SHORTEST || new Set(secret).size < FEWEST_CHARACTERS) return;
  registered.add(secret);
  appendFileSync(join(FOLDER, 'secrets'), `${JSON.stringify(secret)}\n`);
}

/** Of the headers of a request: what came in `Authorization`, or as a sub-protocol of a WebSocket. */
export function registerHeaders(header: (name: string) => unknown): void {
  const authorization = header('authorization');
  if (typeof authorization === 'string') registerSecret(/^bearer +(.*)$/i.exec(authorization)?.[1]);
  const protocols = header('sec-websocket-protocol');
  if (typeof protocols !== 'string') return;
  for (const protocol of protocols.split(',')) registerSecret(/^\s*weft\.secret\.(\S+)/.exec(protocol)?.[1]);
}

/** Of a JSON text: every field that is called a secret. */
export function registerSecretsIn(text: string): void {
  for (const [, secret] of text.matchAll(/"secret"\s*:\s*"([^"\\]+)"/g)) registerSecret(secret);
}
