import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as Y from 'yjs';
import { findMark, MARK_LENGTH, numberOf, sentAtOf, writeMark, writerOf } from '../src/generator/edit-mark.ts';
import { randomFrom } from '../src/generator/random.ts';
import { TypingPerson } from '../src/generator/written-update.ts';

it('a mark says who wrote it, the how manieth it is, and when, to a hundredth of a millisecond', () => {
  const bytes = new Uint8Array(40);
  for (const [writer, number, sentAt] of [
    [0, 0, 0],
    [49, 12_345, 1_234_567.89],
    [4_095, 64 ** 4 - 1, 10_000_000],
  ] as const) {
    writeMark(bytes, 7, writer, number, sentAt);
    const at = findMark(bytes, 0, bytes.length);
    assert.equal(at, 7);
    assert.deepEqual([writerOf(bytes, at), numberOf(bytes, at)], [writer, number]);
    assert.ok(Math.abs(sentAtOf(bytes, at) - sentAt) < 0.011);
  }
});

it('marks are found beside each other, and only whole', () => {
  const bytes = new Uint8Array(3 * MARK_LENGTH);
  for (const number of [0, 1, 2]) writeMark(bytes, number * MARK_LENGTH, 3, number, 5);
  const numbers: number[] = [];
  for (let at = findMark(bytes, 0, bytes.length); at !== -1; at = findMark(bytes, at + MARK_LENGTH, bytes.length))
    numbers.push(numberOf(bytes, at));
  assert.deepEqual(numbers, [0, 1, 2]);
  assert.equal(findMark(bytes, 2 * MARK_LENGTH, bytes.length - 1), -1);
});

it('a megabyte of anything has no marks', () => {
  const random = randomFrom(5);
  const bytes = Uint8Array.from({ length: 1_000_000 }, () => Math.floor(256 * random()));
  let found = 0;
  for (let at = findMark(bytes, 0, bytes.length); at !== -1; at = findMark(bytes, at + 1, bytes.length)) found++;
  // Three bytes of 256 each: one in 16 million places, by chance.
  assert.ok(found <= 1, `${found}`);
});

it('updates written by hand are what Yjs understands: every mark of every writer is in the text', () => {
  const doc = new Y.Doc();
  const people = [0, 1, 2].map((number) => new TypingPerson(1_000 + number, number));
  for (let round = 0; round < 50; round++) for (const person of people) Y.applyUpdate(doc, person.nextUpdate(round));
  const text = Buffer.from(doc.getText('content').toString());
  const next = [0, 0, 0];
  for (let at = findMark(text, 0, text.length); at !== -1; at = findMark(text, at + MARK_LENGTH, text.length)) {
    const writer = writerOf(text, at);
    assert.equal(numberOf(text, at), next[writer]);
    next[writer] = (next[writer] ?? 0) + 1;
  }
  assert.deepEqual(next, [50, 50, 50]);
});
