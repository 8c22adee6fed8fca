import { describe, expect, it } from 'vitest';
import { KeptAnswers } from '../../server/rooms/history/kept-answers';

const MEBIBYTE = 1024 * 1024;

/** One that asks, told apart by a number. */
const asker = (number: number): Uint8Array => Uint8Array.of(1, number, 1);
const found = (answers: KeptAnswers, numbers: readonly number[]) => numbers.filter((number) => answers.find(asker(number)) !== undefined);

describe('kept answers', () => {
  it('are found by the state vector they were made for', () => {
    const answers = new KeptAnswers();
    const answer = Uint8Array.of(7);
    answers.keep(asker(1), answer);
    expect(answers.find(Buffer.from([0, 1, 1, 1]).subarray(1))).toBe(answer);
    expect(answers.find(asker(2))).toBeUndefined();
  });

  it('R1 are eight at most, the newest', () => {
    const answers = new KeptAnswers();
    for (let number = 0; number < 20; number++) answers.keep(asker(number), Uint8Array.of(number));
    expect(found(answers, [...Array(20).keys()])).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('R1 are four megabytes at most, with what they are found by', () => {
    const answers = new KeptAnswers();
    for (let number = 0; number < 8; number++) answers.keep(asker(number), new Uint8Array(MEBIBYTE));
    expect(found(answers, [0, 1, 2, 3, 4, 5, 6, 7])).toEqual([5, 6, 7]);
    expect(answers.bytes).toBe(3 * (MEBIBYTE + 3));
    answers.keep(new Uint8Array(2 * MEBIBYTE), Uint8Array.of(1));
    expect(found(answers, [5, 6, 7])).toEqual([7]);
  });

  it('R1 have the newest among them, however large: a crowd may want all of a large document', () => {
    const answers = new KeptAnswers();
    answers.keep(asker(1), Uint8Array.of(1));
    answers.keep(asker(2), new Uint8Array(10 * MEBIBYTE));
    expect(found(answers, [1, 2])).toEqual([2]);
    answers.keep(asker(3), Uint8Array.of(3));
    expect(found(answers, [2, 3])).toEqual([3]);
    expect(answers.bytes).toBe(4);
  });

  it('R2 are let go of when nobody asks for them', () => {
    const answers = new KeptAnswers();
    answers.keep(asker(1), Uint8Array.of(1));
    answers.keep(asker(2), Uint8Array.of(2));
    answers.coolDown();
    answers.find(asker(2));
    answers.coolDown();
    expect([found(answers, [1, 2]), answers.bytes]).toEqual([[2], 4]);
    answers.coolDown();
    answers.coolDown();
    expect([found(answers, [2]), answers.bytes]).toEqual([[], 0]);
  });
});
