/** Reads what people write in a command line: sizes, times, counts, origins. Pure. A wrong word is a {@link WrongWord}. */

import { isIP } from 'node:net';
import type { Network } from './access/client-addresses';

/** The value of a flag makes no sense. The message goes on after the flag's name: `has to be …`. */
export class WrongWord extends Error {
  override readonly name = 'WrongWord';
}

export type Unit = 'bytes' | 'milliseconds' | 'count';

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};
const TIMES: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };
const COUNTS: Readonly<Record<string, number>> = { '': 1 };

const UNITS: Readonly<Record<Unit, { factors: Readonly<Record<string, number>>; most: number; example: string }>> = {
  bytes: { factors: SIZES, most: 2 ** 40, example: 'a size from 1 B to 1024 GiB, such as 10MiB' },
  // Timers of Node end at 2^31 - 1 ms and fire at once beyond.
  milliseconds: { factors: TIMES, most: 2 ** 31 - 1, example: 'a time from 1ms to 24 days, such as 30s' },
  count: { factors: COUNTS, most: 2 ** 31, example: 'a whole number from 1 to 2147483648' },
};

/** @throws {WrongWord} */
export function readAmount(word: string, unit: Unit): number {
  const { factors, most, example } = UNITS[unit];
  const match = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(word);
  const factor = match && factors[(match[2] ?? '').toLowerCase()];
  const amount = Number(match?.[1]) * (factor ?? Number.NaN);
  if (!Number.isInteger(amount) || amount < 1 || amount > most) throw new WrongWord(`has to be ${example}`);
  return amount;
}

/** What {@link readAmount} reads back as the same amount, in the largest unit that is exact. */
export function writeAmount(amount: number, unit: Unit): string {
  const steps = unit === 'bytes' ? (['GiB', 'MiB', 'KiB'] as const) : unit === 'milliseconds' ? (['h', 'min', 's', 'ms'] as const) : [];
  const step = steps.find((name) => amount % (UNITS[unit].factors[name.toLowerCase()] ?? 1) === 0);
  return step === undefined ? String(amount) : `${amount / (UNITS[unit].factors[step.toLowerCase()] ?? 1)}${step}`;
}

/** @throws {WrongWord} */
export function readPort(word: string): number {
  const port = /^\d{1,5}$/.test(word) ? Number(word) : Number.NaN;
  if (!(port <= 65_535)) throw new WrongWord('has to be a port from 0 to 65535; 0 picks a free one');
  return port;
}

/** An address or a name, without a port. @throws {WrongWord} */
export function readHost(word: string): string {
  const host = word.replace(/^\[(.*)\]$/, '$1');
  const isAddress = host.includes(':') ? /^[0-9a-f:.]+(%\w+)?$/i.test(host) && host.split(':').length > 2 : /^[\w.-]+$/.test(host);
  if (!isAddress) throw new WrongWord('has to be an address or a name without a port, such as 127.0.0.1 or 0.0.0.0');
  return host;
}

/** An origin as browsers send it (RFC 6454, section 6.2). @throws {WrongWord} */
export function readOrigin(word: string): string {
  if (/^https?:/i.test(word)) return readPublicUrl(word);
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/i.test(word)) return word.toLowerCase();
  throw new WrongWord('has to be one origin without a path, such as https://notes.example');
}

/** @throws {WrongWord} */
export function readPublicUrl(word: string): string {
  const url = URL.canParse(word) ? new URL(word) : undefined;
  const isOrigin =
    url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/' && `${url.search}${url.hash}${url.username}` === '';
  if (!isOrigin) throw new WrongWord('has to be an http or https address without a path, such as https://notes.example');
  return url.origin;
}

/**
 * One address, or a network in CIDR notation. All addresses at once are none that could be trusted: whoever asks would say
 * where they come from.
 *
 * @throws {WrongWord}
 */
export function readNetwork(word: string): Network {
  const [, address = '', bits] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(word) ?? [];
  const family = isIP(address);
  const most = family === 4 ? 32 : family === 6 ? 128 : 0;
  const network = { address, bits: bits === undefined ? most : Number(bits) };
  if (network.bits < 1 || network.bits > most) {
    throw new WrongWord('has to be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8');
  }
  return network;
}

/** @throws {WrongWord} */
export function readChoice<Choice extends string>(word: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((each) => each === word);
  if (choice === undefined) throw new WrongWord(`has to be ${choices.join(' or ')}`);
  return choice;
}

/** @throws {WrongWord} */
export function readPath(word: string): string {
  if (word.trim() === '' || word.includes('\0')) throw new WrongWord('has to be a folder');
  return word;
}

/** @throws {WrongWord} */
export function readFile(word: string): string {
  if (word.trim() === '' || word.includes('\0')) throw new WrongWord('has to be a file');
  return word;
}

/** Whoever can change the keys on their way lets in whom they like: https, but for this machine. @throws {WrongWord} */
export function readKeySetUrl(word: string): string {
  const url = URL.canParse(word) ? new URL(word) : undefined;
  const isLocal = url !== undefined && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  const isFine = url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) && url.username === '';
  if (!isFine) throw new WrongWord('has to be an https address, such as https://login.example/keys.json');
  return url.href;
}

/** @throws {WrongWord} */
export function readSwitch(word: string): boolean {
  if (/^(1|true|yes|on)$/i.test(word)) return true;
  if (/^(0|false|no|off)$/i.test(word)) return false;
  throw new WrongWord('has to be 1 or 0');
}
