/**
 * What a writer inserts: who wrote it, the how manieth of theirs it is, and when it was sent, as fourteen ASCII characters
 * that survive in whatever a relay makes of an update. Receivers find them by looking at bytes; nothing is decoded.
 */

export const MARK_LENGTH = 14;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';
const DIGITS = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const VALUES = new Uint8Array(256);
for (const [value, digit] of DIGITS.entries()) VALUES[digit] = value;
const OPENING = 0x7e;
const OPENING_TOO = 0x5e;
const CLOSING = 0x7e;
const WRITER_AT = 2;
const NUMBER_AT = 4;
const TIME_AT = 8;
const STEPS_IN_A_MS = 100;

/** @param sentAt milliseconds on the generator's clock. */
export function writeMark(into: Uint8Array, at: number, writer: number, number: number, sentAt: number): void {
  into[at] = OPENING;
  into[at + 1] = OPENING_TOO;
  writeDigits(into, at + WRITER_AT, 2, writer);
  writeDigits(into, at + NUMBER_AT, 4, number);
  writeDigits(into, at + TIME_AT, 5, Math.floor(sentAt * STEPS_IN_A_MS));
  into[at + MARK_LENGTH - 1] = CLOSING;
}

/** Where the next mark begins; −1 when there is none before `end`. */
export function findMark(bytes: Uint8Array, from: number, end: number): number {
  const last = end - MARK_LENGTH;
  for (let at = from; at <= last; at++) {
    if (bytes[at] === OPENING && bytes[at + 1] === OPENING_TOO && bytes[at + MARK_LENGTH - 1] === CLOSING) return at;
  }
  return -1;
}

export function writerOf(bytes: Uint8Array, mark: number): number {
  return readDigits(bytes, mark + WRITER_AT, 2);
}

export function numberOf(bytes: Uint8Array, mark: number): number {
  return readDigits(bytes, mark + NUMBER_AT, 4);
}

export function sentAtOf(bytes: Uint8Array, mark: number): number {
  return readDigits(bytes, mark + TIME_AT, 5) / STEPS_IN_A_MS;
}

function writeDigits(into: Uint8Array, at: number, count: number, value: number): void {
  let rest = value;
  for (let index = at + count - 1; index >= at; index--) {
    into[index] = DIGITS[rest % 64] as number;
    rest = Math.floor(rest / 64);
  }
}

function readDigits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) value = value * 64 + (VALUES[bytes[index] as number] as number);
  return value;
}
