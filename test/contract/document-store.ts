/** What every DocumentStore owes its callers (server/rooms/ports.ts, R1–R6): one suite, run on each of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStore, DocumentSummary } from '../../server/rooms/ports';
import type { DocumentId } from '../../src/shared/protocol/routes';

export interface StoreUnderTest {
  readonly store: DocumentStore;
  /** The same data after the process has ended; `undefined` where nothing outlives it. */
  readonly reopen?: () => Promise<DocumentStore>;
  /** Throws away what `store` was opened on. */
  readonly discard: () => Promise<void>;
}

const id = (text: string): DocumentId => text as DocumentId;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const texts = (updates: readonly Uint8Array[] | undefined): string[] | undefined =>
  updates?.map((update) => Buffer.from(update).toString());
const NOTES = id('notes');

async function all(store: DocumentStore): Promise<DocumentSummary[]> {
  const summaries: DocumentSummary[] = [];
  for await (const summary of store.list()) summaries.push(summary);
  return summaries.sort((one, other) => (one.document < other.document ? -1 : 1));
}

export function describeDocumentStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: DocumentStore;

    beforeEach(async () => {
      under = await open();
      store = under.store;
    });

    afterEach(async () => {
      await store.close();
      await under.discard();
    });

    /** What is there now, and what is there after a restart where there is one, are the same. */
    async function expectStored(document: DocumentId, expected: { snapshot?: string; upTo?: number; tail: string[] }): Promise<void> {
      for (const look of ['now', 'after a restart']) {
        if (look === 'after a restart') {
          if (under.reopen === undefined) return;
          await store.close();
          store = await under.reopen();
        }
        const found = await store.load(document);
        expect(texts(found?.tail), look).toEqual(expected.tail);
        expect(found?.snapshotUpTo, look).toBe(expected.upTo ?? 0);
        expect(found?.snapshot && Buffer.from(found.snapshot).toString(), look).toBe(expected.snapshot);
      }
    }

    it('knows nothing of a document that was never stored', async () => {
      expect(await store.load(NOTES)).toBeUndefined();
      expect(await all(store)).toEqual([]);
    });

    it('R1 has an update once append has resolved', async () => {
      await store.append(NOTES, 1, [bytes('a')]);
      await expectStored(NOTES, { tail: ['a'] });
    });

    it('R2 loads updates in the order of their numbers, however many came at once', async () => {
      const expected = Array.from({ length: 1500 }, (_, index) => `update ${index}`);
      await Promise.all(expected.map((text, index) => store.append(NOTES, index + 1, [bytes(text)])));
      await store.append(NOTES, 1501, ['x', 'y', 'z'].map(bytes));
      await expectStored(NOTES, { tail: [...expected, 'x', 'y', 'z'] });
    });

    it('R2 refuses an append that would leave a hole, and stores nothing of it', async () => {
      await store.append(NOTES, 1, [bytes('a')]);
      await expect(store.append(NOTES, 3, [bytes('c')])).rejects.toThrow('cannot follow 1');
      await expect(store.append(id('other'), 2, [bytes('b')])).rejects.toThrow('cannot follow 0');
      await expect(store.append(id('other'), 0, [bytes('b')])).rejects.toThrow('numbered from 1');
      await expectStored(NOTES, { tail: ['a'] });
      expect(await store.load(id('other'))).toBeUndefined();
    });

    it('R2 an append that is refused costs those beside it nothing', async () => {
      const outcomes = await Promise.allSettled([
        store.append(NOTES, 1, [bytes('a')]),
        store.append(id('other'), 7, [bytes('?')]),
        store.append(NOTES, 5, [bytes('?')]),
        store.append(NOTES, 2, [bytes('b')]),
      ]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      await expectStored(NOTES, { tail: ['a', 'b'] });
    });

    it('R3 appending the same numbers again changes nothing, and what follows them is added', async () => {
      await store.append(NOTES, 1, ['a', 'b'].map(bytes));
      await store.append(NOTES, 1, ['a', 'b'].map(bytes));
      await store.append(NOTES, 2, ['b', 'c'].map(bytes));
      await Promise.all([store.append(NOTES, 4, [bytes('d')]), store.append(NOTES, 3, ['c', 'd', 'e'].map(bytes))]);
      await expectStored(NOTES, { tail: ['a', 'b', 'c', 'd', 'e'] });
      expect((await all(store))[0]).toMatchObject({ tailBytes: 5, tailCount: 5 });
    });

    it('R3 a number that stands for one update is never given to another without a word', async () => {
      await store.append(NOTES, 1, ['a', 'b'].map(bytes));
      await expect(store.append(NOTES, 2, [bytes('other')])).rejects.toThrow('stands for another update');
      await expectStored(NOTES, { tail: ['a', 'b'] });
    });

    it('R4 a snapshot takes the place of the updates up to its number, and of no other', async () => {
      await store.append(NOTES, 1, ['a', 'b', 'c'].map(bytes));
      await store.append(NOTES, 4, ['d', 'e'].map(bytes));
      await store.replaceUpTo(NOTES, 2, bytes('AB'));
      await expectStored(NOTES, { snapshot: 'AB', upTo: 2, tail: ['c', 'd', 'e'] });
      expect(await all(store)).toEqual([{ document: NOTES, snapshotBytes: 2, tailBytes: 3, tailCount: 3 }]);
      await store.replaceUpTo(NOTES, 5, bytes('ABCDE'));
      await expectStored(NOTES, { snapshot: 'ABCDE', upTo: 5, tail: [] });
      await store.append(NOTES, 6, [bytes('f')]);
      await expectStored(NOTES, { snapshot: 'ABCDE', upTo: 5, tail: ['f'] });
    });

    it('R3 appending numbers that are inside a snapshot brings none of them back', async () => {
      await store.append(NOTES, 1, ['a', 'b'].map(bytes));
      await store.replaceUpTo(NOTES, 2, bytes('AB'));
      await store.append(NOTES, 1, ['a', 'b'].map(bytes));
      await store.append(NOTES, 2, ['b', 'c'].map(bytes));
      await expectStored(NOTES, { snapshot: 'AB', upTo: 2, tail: ['c'] });
    });

    it('R4 a snapshot may hold updates that were not stored yet; storing them afterwards is harmless', async () => {
      await store.append(NOTES, 1, [bytes('a')]);
      await store.replaceUpTo(NOTES, 3, bytes('ABC'));
      await store.append(NOTES, 2, ['b', 'c', 'd'].map(bytes));
      await expectStored(NOTES, { snapshot: 'ABC', upTo: 3, tail: ['d'] });
    });

    it('R4 an older snapshot never replaces a newer one', async () => {
      await store.append(NOTES, 1, ['a', 'b', 'c'].map(bytes));
      await store.replaceUpTo(NOTES, 3, bytes('ABC'));
      await expect(store.replaceUpTo(NOTES, 2, bytes('AB'))).rejects.toThrow('newer');
      await store.replaceUpTo(NOTES, 3, bytes('abc'));
      await expectStored(NOTES, { snapshot: 'abc', upTo: 3, tail: [] });
    });

    it('R6 removes a document, and nothing of another whose id begins alike', async () => {
      for (const document of [NOTES, id('notes2'), id('note')]) {
        await store.append(document, 1, ['a', 'b', 'c'].map(bytes));
        await store.replaceUpTo(document, 2, bytes('AB'));
      }
      await store.remove(NOTES);
      expect((await all(store)).map((summary) => summary.document)).toEqual(['note', 'notes2']);
      await expectStored(id('notes2'), { snapshot: 'AB', upTo: 2, tail: ['c'] });
      expect(await store.load(NOTES)).toBeUndefined();
      await store.append(NOTES, 1, [bytes('new')]);
      await expectStored(NOTES, { tail: ['new'] });
    });

    it('R6 removing what is not there, and what was asked for just before, is in order', async () => {
      await store.remove(NOTES);
      await Promise.all([store.append(NOTES, 1, [bytes('a')]), store.remove(NOTES), store.append(NOTES, 1, [bytes('b')])]);
      await expectStored(NOTES, { tail: ['b'] });
    });

    it('R4 appends and snapshots asked for at once are done in that order', async () => {
      await Promise.all([
        store.append(NOTES, 1, ['a', 'b'].map(bytes)),
        store.replaceUpTo(NOTES, 2, bytes('AB')),
        store.append(NOTES, 3, [bytes('c')]),
        store.replaceUpTo(NOTES, 3, bytes('ABC')),
        store.append(NOTES, 4, [bytes('d')]),
      ]);
      await expectStored(NOTES, { snapshot: 'ABC', upTo: 3, tail: ['d'] });
    });

    it('keeps documents apart whose ids begin alike', async () => {
      const ids = ['a', 'a-', 'a.', 'a0', 'aa', 'a_', 'a~', 'A', '~', '-'].map(id);
      await Promise.all(ids.map((document) => store.append(document, 1, [bytes(`in ${document}`)])));
      await store.replaceUpTo(id('a'), 1, bytes('snapshot'));
      for (const document of ids.slice(1)) expect(texts((await store.load(document))?.tail)).toEqual([`in ${document}`]);
      expect((await all(store)).map((summary) => summary.document)).toEqual([...ids].sort());
    });

    it('lists more documents than one step of a read', async () => {
      const ids = Array.from({ length: 1200 }, (_, index) => id(`document-${index}`));
      await Promise.all(ids.map((document) => store.append(document, 1, [bytes('12345')])));
      const summaries = await all(store);
      expect(summaries.map((summary) => summary.document)).toEqual([...ids].sort());
      expect(new Set(summaries.map((summary) => summary.tailBytes))).toEqual(new Set([5]));
    });

    it('keeps empty updates, and large ones beside them', async () => {
      const large = new Uint8Array(12 * 1024 * 1024).map((_, index) => index * 31);
      await store.append(NOTES, 1, [new Uint8Array(0), large, bytes('z')]);
      await store.replaceUpTo(id('big'), 1, large);
      expect((await store.load(NOTES))?.tail.map((update) => update.length)).toEqual([0, large.length, 1]);
      expect(Buffer.compare((await store.load(NOTES))?.tail[1] ?? bytes(''), large)).toBe(0);
      expect(Buffer.compare((await store.load(id('big')))?.snapshot ?? bytes(''), large)).toBe(0);
    });

    it('hands out plain bytes that no later change of the caller reaches', async () => {
      const update = bytes('before');
      await store.append(NOTES, 1, [update]);
      update.fill(0);
      const [found] = (await store.load(NOTES))?.tail ?? [];
      expect(found?.constructor).toBe(Uint8Array);
      expect(texts(found && [found])).toEqual(['before']);
    });

    it('passes its own check, beside documents and without becoming one', async () => {
      await Promise.all([store.check(), store.append(NOTES, 1, [bytes('a')]), store.check()]);
      expect((await all(store)).map((summary) => summary.document)).toEqual([NOTES]);
    });

    it('finishes what is under way before it closes', async () => {
      if (under.reopen === undefined) return;
      const appended = store.append(NOTES, 1, [bytes('a')]);
      await store.close();
      await appended;
      store = await under.reopen();
      expect(texts((await store.load(NOTES))?.tail)).toEqual(['a']);
    });
  });
}
