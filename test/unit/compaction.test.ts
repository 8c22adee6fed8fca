import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { compactDocument } from '../../server/rooms/compaction';
import { packInput, unpackInput } from '../../server/rooms/compaction-message';
import { emptyKnowledge } from '../../server/rooms/knowledge';
import { checkUpdate } from '../../server/rooms/update-check';
import { TEXT_RULES } from '../support/honest-session';
import { readSingleTypist } from '../support/traces';

describe('compactDocument', () => {
  it('makes one small snapshot that says the same (R1)', () => {
    const trace = readSingleTypist('sveltecomponent');
    const tail = [...trace.updates()];
    const half = compactDocument({ snapshot: undefined, tail: tail.slice(0, 5_000), documents: 'text' });
    if (!half.ok) throw new Error(half.reason);
    const result = compactDocument({ snapshot: half.snapshot, tail: tail.slice(5_000), documents: 'text' });
    if (!result.ok) throw new Error(result.reason);
    expect(result.snapshot.length).toBeLessThan(tail.reduce((bytes, update) => bytes + update.length, 0) / 2);
    const [compacted, original] = [new Y.Doc(), new Y.Doc()];
    Y.applyUpdate(compacted, result.snapshot);
    for (const update of tail) Y.applyUpdate(original, update);
    expect(compacted.getText('content').toString()).toBe(trace.endContent);
    expect(Y.equalSnapshots(Y.snapshot(compacted), Y.snapshot(original))).toBe(true);
  });

  it('keeps the old bytes when the text would be another one: row 25 of the bad inputs (R2)', () => {
    const update = crossed();
    expect(checkUpdate(update, emptyKnowledge(), TEXT_RULES).type).toBe('accepted');
    expect(compactDocument({ snapshot: undefined, tail: [update], documents: 'text' })).toEqual({
      ok: false,
      reason: 'the compacted document has another content',
    });
  });

  it.each([
    ['something is missing', [Uint8Array.from(Buffer.from('010105328464000178' + '00', 'hex'))], 'missing'],
    ['something is deleted that is missing', [Uint8Array.of(0, 1, 100, 1, 0, 1)], 'missing'],
    ['Yjs cannot read it', [Uint8Array.of(1, 1, 5)], 'cannot be loaded'],
  ])('keeps the old bytes when %s (R2)', (_, tail, reason) => {
    expect(compactDocument({ snapshot: undefined, tail, documents: 'text' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining(reason),
    });
  });

  it('compacts a document that may hold anything, also when its text cannot be compared (R1)', () => {
    const doc = new Y.Doc();
    doc.getMap('content').set('a', new Y.Array());
    doc.getMap('content').set('a', 2);
    const result = compactDocument({ snapshot: undefined, tail: [Y.encodeStateAsUpdate(doc)], documents: 'any' });
    if (!result.ok) throw new Error(result.reason);
    const compacted = new Y.Doc();
    Y.applyUpdate(compacted, result.snapshot);
    expect(compacted.getMap('content').toJSON()).toEqual({ a: 2 });
  });
});

describe('a packed compaction', () => {
  it.each([
    [{ documents: 'text', snapshot: undefined, tail: [] }],
    [{ documents: 'any', snapshot: Uint8Array.of(1, 2), tail: [Uint8Array.of(3), Uint8Array.of(4, 5, 6)] }],
    [{ documents: 'text', snapshot: undefined, tail: [Uint8Array.of(3), Uint8Array.of(4, 5, 6)] }],
  ] as const)('is what it was, unpacked: %j', (input) => {
    expect(unpackInput(packInput(input))).toEqual(input);
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
