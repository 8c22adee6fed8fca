import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { newReplica } from '../../src/renderer/documents/new-replica';
import { toCursor, toSpan, toSpans } from '../../src/renderer/editor/text-places';
import type { PresenceCursor, RelativePosition } from '../../src/shared/protocol/presence';
import { below, randomFrom, seedFromEnvironment } from '../support/random';

/** A text that several people wrote, took back and deleted in: items of all kinds, in an order that nobody chose. */
function muchEdited(random: () => number) {
  const replica = newReplica();
  const other = new Y.Doc();
  const exchange = () => {
    Y.applyUpdate(other, Y.encodeStateAsUpdate(replica.doc), 'other');
    Y.applyUpdate(replica.doc, Y.encodeStateAsUpdate(other), 'other');
  };
  for (let edit = 0; edit < 120; edit++) {
    const { doc, content } = random() < 0.5 ? replica : { doc: other, content: other.getText('content') };
    const at = below(random, content.length + 1);
    doc.transact(
      () => {
        if (random() < 0.35) content.delete(at, Math.min(3, content.length - at));
        else if (random() < 0.05) content.insertEmbed(at, { picture: true });
        else content.insert(at, 'words'.slice(0, 1 + below(random, 5)));
      },
      doc === replica.doc ? [...replica.undo.trackedOrigins][0] : 'theirs',
    );
    if (random() < 0.2) exchange();
    if (random() < 0.1) replica.undo.undo();
    if (random() < 0.1) replica.undo.redo();
  }
  exchange();
  return replica;
}

describe('many places at once', () => {
  it('are where Yjs says that each of them is, one by one', () => {
    const random = randomFrom(seedFromEnvironment());
    for (let round = 0; round < 30; round++) {
      const replica = muchEdited(random);
      const cursors = new Map<string, PresenceCursor>();
      for (const [client, structs] of replica.doc.store.clients) {
        for (const { id, length } of structs) {
          for (const assoc of [0, -1]) {
            const place = (clock: number): RelativePosition => ({ type: null, tname: 'content', item: { client, clock }, assoc });
            cursors.set(`${client} ${id.clock} ${assoc}`, { anchor: place(id.clock), head: place(id.clock + below(random, length)) });
          }
        }
      }
      for (let at = 0; at <= replica.content.length; at++) cursors.set(`${at}`, toCursor(replica.content, { anchor: at, head: at }));
      const spans = toSpans(replica, cursors);
      for (const [key, cursor] of cursors) expect(spans.get(key), key).toEqual(toSpan(replica, cursor));
    }
  });

  it('leave out whoever points to what is not here, or to nonsense, and nobody else', () => {
    const replica = newReplica();
    replica.content.insert(0, 'some words');
    const elsewhere = new Y.Doc().getText('content');
    elsewhere.insert(0, 'not here yet');
    const strange = { type: { client: 1, clock: 2 }, tname: null, item: null, assoc: 0 };
    const title = { type: null, tname: 'title', item: null, assoc: 0 };
    const cursors = new Map<string, PresenceCursor>([
      ['here', toCursor(replica.content, { anchor: 2, head: 4 })],
      ['not yet', toCursor(elsewhere, { anchor: 2, head: 4 })],
      ['strange', { anchor: strange, head: strange }],
      ['title', { anchor: title, head: title }],
      ['end', toCursor(replica.content, { anchor: 10, head: 10 })],
    ]);
    expect([...toSpans(replica, cursors)]).toEqual([
      ['here', { anchor: 2, head: 4 }],
      ['end', { anchor: 10, head: 10 }],
    ]);
  });

  it('walk over the text once, not once for each person', () => {
    const replica = newReplica();
    for (let word = 0; word < 2_000; word++) replica.content.insert(0, 'x');
    const cursors = new Map(Array.from({ length: 100 }, (_, index) => [index, toCursor(replica.content, { anchor: 1_900, head: index })]));
    let steps = 0;
    const items: Y.Item[] = [];
    for (let item = replica.content._start; item !== null; item = item.right) items.push(item);
    for (const item of items) {
      const { right } = item;
      Object.defineProperty(item, 'right', {
        configurable: true,
        get: () => {
          steps++;
          return right;
        },
      });
      Object.defineProperty(item, 'left', {
        configurable: true,
        get: () => {
          throw new Error('somebody walks to the beginning');
        },
      });
    }
    expect(toSpans(replica, cursors).size).toBe(100);
    expect(steps).toBeLessThanOrEqual(items.length);
  });
});
