import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { type FoundDocument, mendDocument } from '../../server/storage/mended-document';

/** One update for each letter that somebody typed, and what was typed. */
function typed(text: string, client: number): Uint8Array[] {
  const doc = new Y.Doc();
  doc.clientID = client;
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (const [at, letter] of [...text].entries()) doc.getText('content').insert(at, letter);
  return updates;
}

const head = (last: number, sequence: number) => ({ snapshotUpTo: 0, snapshotBytes: 0, last, tailBytes: 0, sequence });
const run = (first: number, updates: readonly Uint8Array[], sequence: number) => ({ first, updates, sequence });
const found = (parts: Partial<FoundDocument>): FoundDocument => ({ head: undefined, snapshot: undefined, runs: [], damaged: 0, ...parts });

function textOf(updates: readonly Uint8Array[] | undefined): string {
  const doc = new Y.Doc();
  for (const update of updates ?? []) Y.applyUpdate(doc, update);
  expect(doc.store.pendingStructs).toBeNull();
  return doc.getText('content').toString();
}

describe('a mended document', () => {
  const [ada, ben] = [typed('ada', 1), typed('ben', 2)] as const;

  it('R1 is as it was where everything fits, and without its head as far as it goes', () => {
    const runs = [run(1, ada.slice(0, 2), 10), run(3, ada.slice(2), 20)];
    expect(mendDocument(found({ head: head(3, 21), runs }))).toEqual({
      stored: { snapshot: undefined, snapshotUpTo: 0, tail: ada },
      losses: [],
    });
    const headless = mendDocument(found({ runs }));
    expect(headless.stored?.tail).toEqual(ada);
    expect(headless.losses).toEqual(['how many updates it had']);
    const short = mendDocument(found({ head: head(5, 31), runs }));
    expect(short).toEqual({ stored: { snapshot: undefined, snapshotUpTo: 0, tail: ada }, losses: ['2 of 5 updates'] });
    expect(mendDocument(found({}))).toEqual({ stored: undefined, losses: [] });
  });

  it('R2 goes on behind a hole with what others wrote, and not with what builds on what is missing', () => {
    const runs = [run(1, ada.slice(0, 1), 10), run(3, [...ada.slice(2), ...ben], 30)];
    const { stored, losses } = mendDocument(found({ head: head(6, 31), runs }));
    expect([textOf(stored?.tail), textOf([...ada.slice(0, 1), ...ben])].map((text) => [...text].sort().join(''))).toEqual(
      ['abeen', 'abeen'].map(() => [...'aben'].sort().join('')),
    );
    expect(losses).toEqual(['1 of 6 updates', 'what builds on them']);
  });

  it('R2 has nothing where everything builds on what is missing', () => {
    const { stored, losses } = mendDocument(
      found({ head: { ...head(3, 21), snapshotUpTo: 1, snapshotBytes: 9 }, runs: [run(2, ada.slice(1), 20)] }),
    );
    expect(stored).toBeUndefined();
    expect(losses).toEqual(['its snapshot', '1 of 3 updates', 'what builds on them']);
  });

  it('R3 takes nothing of what had the same id before', () => {
    // Runs of two, then removed; then runs of one. What said that the old ones were removed is lost.
    const runs = [run(1, ben.slice(0, 1), 110), run(2, ada.slice(1), 20), run(5, ada, 30)];
    expect(mendDocument(found({ head: head(1, 111), runs }))).toEqual({
      stored: { snapshot: undefined, snapshotUpTo: 0, tail: ben.slice(0, 1) },
      losses: [],
    });
    const snapshot = { upTo: 9, bytes: Uint8Array.of(1), sequence: 50 };
    expect(mendDocument(found({ head: head(1, 111), snapshot, runs }))).toMatchObject({ stored: { snapshot: undefined }, losses: [] });
    expect(mendDocument(found({ snapshot, runs }))).toMatchObject({ stored: { snapshot: undefined, tail: ben.slice(0, 1) } });
  });
});
