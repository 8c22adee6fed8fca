import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { compactDocument } from '../../server/rooms/history/compaction';
import { openHistory } from '../../server/rooms/history/stored-history';
import { emptyKnowledge } from '../../server/rooms/updates/knowledge';
import { checkUpdate } from '../../server/rooms/updates/update-check';
import { TEXT_RULES } from '../support/honest-session';
import { readSingleTypist } from '../support/traces';

describe('compactDocument', () => {
  it('makes one small snapshot that says the same (R1)', () => {
    const trace = readSingleTypist('sveltecomponent');
    const original = new Y.Doc();
    for (const update of trace.updates()) Y.applyUpdate(original, update);
    const merged = mergedOf([...trace.updates()]);
    const result = compactDocument({ update: merged, clocks: Y.snapshot(original).sv, documents: 'text' });
    if (!result.ok) throw new Error(result.reason);
    expect(result.snapshot.length).toBeLessThan(merged.length / 2);
    const compacted = new Y.Doc();
    Y.applyUpdate(compacted, result.snapshot);
    expect(compacted.getText('content').toString()).toBe(trace.endContent);
    expect(Y.equalSnapshots(Y.snapshot(compacted), Y.snapshot(original))).toBe(true);
  });

  it('keeps the old bytes when the text would be another one: row 25 of the bad inputs (R2)', () => {
    const update = crossed();
    expect(checkUpdate(update, emptyKnowledge(), TEXT_RULES).type).toBe('accepted');
    expect(compactDocument({ update, clocks: new Map([[89, 5]]), documents: 'text' })).toEqual({
      ok: false,
      reason: 'the compacted document has another content',
    });
  });

  it.each([
    ['something is missing', Uint8Array.from(Buffer.from('010105328464000178' + '00', 'hex')), 'missing'],
    ['something is deleted that is missing', Uint8Array.of(0, 1, 100, 1, 0, 1), 'missing'],
    ['Yjs cannot read it', Uint8Array.of(1, 1, 5), 'cannot be loaded'],
  ])('keeps the old bytes when %s (R2)', (_, update, reason) => {
    expect(compactDocument({ update, clocks: new Map(), documents: 'text' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining(reason),
    });
  });

  it('keeps the old bytes when they do not come to the clocks that the room knows (R1)', () => {
    const doc = new Y.Doc();
    doc.getText('content').insert(0, 'four');
    const update = Y.encodeStateAsUpdate(doc);
    expect(compactDocument({ update, clocks: new Map([[doc.clientID, 4]]), documents: 'text' }).ok).toBe(true);
    for (const clocks of [new Map([[doc.clientID, 5]]), new Map([[doc.clientID + 1, 4]]), new Map<number, number>()])
      expect(compactDocument({ update, clocks, documents: 'text' })).toEqual({ ok: false, reason: 'something is missing from it' });
  });

  it('compacts a document that may hold anything, also when its text cannot be compared (R1)', () => {
    const doc = new Y.Doc();
    doc.getMap('content').set('a', new Y.Array());
    doc.getMap('content').set('a', 2);
    const result = compactDocument({ update: Y.encodeStateAsUpdate(doc), clocks: Y.snapshot(doc).sv, documents: 'any' });
    if (!result.ok) throw new Error(result.reason);
    const compacted = new Y.Doc();
    Y.applyUpdate(compacted, result.snapshot);
    expect(compacted.getMap('content').toJSON()).toEqual({ a: 2 });
  });
});

/** Structs by client 89, of which the third has its right neighbour left of its left one. */
function crossed(): Uint8Array {
  return Uint8Array.from(
    Buffer.from(
      '0104590004' + '0107636f6e74656e74' + '0161' + '845900' + '0162' + 'c4590159010261' + '62' + '84590101' + '61' + '00',
      'hex',
    ),
  );
}

function mergedOf(updates: readonly Uint8Array[]): Uint8Array {
  const { history, knowledge } = openHistory({ snapshot: undefined, snapshotUpTo: 0, tail: updates }, 'text');
  return history.answer(Uint8Array.of(0), knowledge);
}
