import { describe, expect, test } from 'vitest';
import type { DocumentHead } from '../../server/storage/document-head';
import { KnownHeads } from '../../server/storage/known-heads';
import type { DocumentId } from '../../src/shared/protocol/routes';

const id = (text: string): DocumentId => text as DocumentId;
const head = (last: number): DocumentHead => ({ snapshotUpTo: 0, snapshotBytes: 0, last, tailBytes: last });

describe('the heads a store knows', () => {
  test('are those it was told, until it forgets them (R1)', () => {
    const heads = new KnownHeads();
    heads.set(id('a'), head(1));
    heads.set(id('b'), head(2));
    heads.set(id('a'), head(3));
    expect([heads.get(id('a')), heads.get(id('b'))]).toEqual([head(3), head(2)]);
    heads.forget(id('a'));
    expect([heads.get(id('a')), heads.get(id('b'))]).toEqual([undefined, head(2)]);
    heads.forgetAll();
    expect(heads.get(id('b'))).toBeUndefined();
  });

  test('are no more than so many: those written to longest ago are forgotten (R2)', () => {
    const heads = new KnownHeads(2);
    for (const name of ['a', 'b', 'a', 'c']) heads.set(id(name), head(1));
    expect(['a', 'b', 'c'].map((name) => heads.get(id(name)) !== undefined)).toEqual([true, false, true]);
  });
});
