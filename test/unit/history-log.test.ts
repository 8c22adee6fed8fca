import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { HistoryLog } from '../../server/rooms/history/history-log';
import { openHistory } from '../../server/rooms/history/stored-history';
import { encodeSnapshot } from '../../server/rooms/history/stored-snapshot';
import { UnreadableDocument } from '../../server/rooms/ports';
import { emptyKnowledge, encodeStateVector } from '../../server/rooms/updates/knowledge';
import { playSession, RelayDocument } from '../support/honest-session';
import { randomFrom, seedFromEnvironment } from '../support/random';

const NOTHING = Uint8Array.of(0);

describe('HistoryLog', () => {
  it('numbers updates from 1, and on from what is stored', () => {
    const updates = typed('abc');
    const history = new HistoryLog();
    expect(updates.map((update) => history.append(update))).toEqual([1, 2, 3]);
    const snapshot = Y.mergeUpdates(updates.slice(0, 2));
    const clocks = Y.parseUpdateMeta(snapshot).to;
    const again = new HistoryLog({ snapshot, clocks, snapshotUpTo: 2, tail: updates.slice(2), lastNumber: 3 });
    expect([again.lastNumber, again.tailCount, again.tailBytes]).toEqual([3, 1, updates[2]?.length]);
  });

  it('answers nobody’s document with an empty update', () => {
    expect(new HistoryLog().answer(NOTHING, emptyKnowledge())).toEqual(Uint8Array.of(0, 0));
  });

  it('answers whoever has everything with no struct at all (R1)', () => {
    const { relay } = relayOf(typed('hello', (text) => text.delete(1, 2)));
    expect(relay.history.answer(encodeStateVector(relay.knowledge.clocks), relay.knowledge)).toEqual(
      Uint8Array.of(0, ...relay.knowledge.deleted.encode()),
    );
  });

  it('answers each clock of a client with the text from there on, also inside a struct and across a snapshot (R1)', () => {
    for (const compactAfter of [0, 3, 700]) {
      const updates = typed('0123456789'.repeat(100));
      const relay = new RelayDocument();
      for (const [index, update] of updates.entries()) {
        relay.take(update);
        if (index + 1 === compactAfter) relay.compact();
      }
      for (let clock = 0; clock <= 1000; clock += 37) {
        const behind = new Y.Doc();
        for (const update of updates.slice(0, clock)) Y.applyUpdate(behind, update);
        const answer = relay.history.answer(Y.encodeStateVector(behind), relay.knowledge);
        Y.applyUpdate(behind, answer);
        expect(behind.getText('content').toString()).toBe('0123456789'.repeat(100));
      }
    }
  });

  it('gives the same bytes to a thousand who ask the same, and new ones after an append (R3)', () => {
    const relay = relayOf(typed('hello')).relay;
    const first = relay.history.answer(NOTHING, relay.knowledge);
    expect(relay.history.answer(NOTHING, relay.knowledge)).toBe(first);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, first);
    doc.getText('content').insert(5, '!');
    relay.take(Y.encodeStateAsUpdate(doc, encodeStateVector(relay.knowledge.clocks)));
    const joined = new Y.Doc();
    Y.applyUpdate(joined, relay.history.answer(NOTHING, relay.knowledge));
    expect(joined.getText('content').toString()).toBe('hello!');
  });

  it('takes no more memory for an answer than it is long (R3)', () => {
    const { relay } = relayOf(typed('0123456789'.repeat(2_000), (text) => text.delete(5, 10)));
    for (const vector of [NOTHING, Uint8Array.of(1, 9, 9)]) {
      const answer = relay.history.answer(vector, relay.knowledge);
      expect(answer.length).toBeGreaterThan(20_000);
      expect(answer.buffer.byteLength).toBeLessThan(answer.length + 100);
    }
  });

  it('gives a compaction everything, and keeps what came during it (R2)', () => {
    const updates = typed('abcdefgh');
    const { relay } = relayOf(updates.slice(0, 5));
    const input = relay.history.compactionInput(relay.knowledge);
    expect([input.upTo, textOf(input.update), [...input.clocks.values()]]).toEqual([5, 'abcde', [5]]);
    for (const update of updates.slice(5)) relay.take(update);
    expect([...input.clocks.values()]).toEqual([5]);
    const snapshot = Y.mergeUpdates(updates.slice(0, 5));
    relay.history.replaceUpTo(5, snapshot);
    expect([relay.history.snapshotBytes, relay.history.tailCount, relay.history.lastNumber]).toEqual([snapshot.length, 3, 8]);
    expect(relay.history.tailBytes).toBe(updates.slice(5).reduce((bytes, update) => bytes + update.length, 0));
    const next = relay.history.compactionInput(relay.knowledge);
    expect([next.upTo, textOf(next.update)]).toEqual([8, 'abcdefgh']);
  });

  it('keeps everything when a compaction failed, and takes the next one for all of it', () => {
    const updates = typed('abcdef');
    const { relay } = relayOf(updates.slice(0, 3));
    relay.history.compactionInput(relay.knowledge);
    for (const update of updates.slice(3)) relay.take(update);
    expect(textOf(relay.history.compactionInput(relay.knowledge).update)).toBe('abcdef');
    expect(() => relay.history.replaceUpTo(2, NOTHING)).toThrow('no compaction');
    relay.compact();
    expect([relay.history.tailCount, relay.history.tailBytes]).toEqual([0, 0]);
  });

  it('gives a client with nothing new nothing, a thousand times, after garbage collection and compaction', () => {
    const seed = seedFromEnvironment();
    const { relay, docs } = playSession(randomFrom(seed), 200);
    relay.compact();
    const { lastNumber } = relay.history;
    for (let time = 0; time < 1000; time++) {
      for (const doc of docs) {
        Y.applyUpdate(doc, relay.history.answer(Y.encodeStateVector(doc), relay.knowledge), 'relay');
        expect(relay.take(Y.encodeStateAsUpdate(doc, encodeStateVector(relay.knowledge.clocks))).type).toBe('nothing-new');
      }
    }
    expect(relay.history.lastNumber).toBe(lastNumber);
  });
});

describe('openHistory', () => {
  it('comes to what was learned and kept update by update, with and without a snapshot', () => {
    const random = randomFrom(seedFromEnvironment());
    for (let session = 0; session < 30; session++) {
      const { relay, sent } = playSession(random, 150);
      const tail = sent.flatMap(({ verdict }) => (verdict.type === 'accepted' ? [verdict.update] : []));
      const half = openHistory({ snapshot: undefined, snapshotUpTo: 0, tail: tail.slice(0, session * 3) }, 'text');
      const { update, clocks, deleteSet } = half.history.compactionInput(half.knowledge);
      const snapshot = session % 2 === 0 ? undefined : encodeSnapshot(update, clocks, deleteSet);
      const snapshotUpTo = snapshot === undefined ? 0 : Math.min(session * 3, tail.length);
      const { history, knowledge } = openHistory({ snapshot, snapshotUpTo, tail: tail.slice(snapshotUpTo) }, 'text');
      expect([history.lastNumber, history.tailCount]).toEqual([tail.length, tail.length - snapshotUpTo]);
      expect(encodeStateVector(knowledge.clocks)).toEqual(encodeStateVector(relay.knowledge.clocks));
      expect(knowledge.deleted.encode()).toEqual(relay.knowledge.deleted.encode());
      expect(textOf(history.answer(NOTHING, knowledge))).toBe(textOf(relay.history.answer(NOTHING, relay.knowledge)));
    }
  });

  it('is new for a document of which nothing is stored', () => {
    const { history, knowledge } = openHistory(undefined, 'text');
    expect([history.lastNumber, knowledge.clocks.size]).toEqual([0, 0]);
  });

  it.each([
    ['malformed bytes', [Uint8Array.of(1, 1, 5)]],
    ['bytes after the end', [Uint8Array.of(0, 0, 7)]],
    ['a hole', typed('abc').slice(1)],
    ['a hole in the middle', typed('abc').filter((_, index) => index !== 1)],
    ['deletions of what is not there', [Uint8Array.of(0, 1, 100, 1, 0, 1)]],
    ['another root', [otherRoot()]],
  ])('throws at %s', (_, tail) => {
    expect(() => openHistory({ snapshot: undefined, snapshotUpTo: 0, tail }, 'text')).toThrow(UnreadableDocument);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['an update with nothing behind it', typed('abc')[0] ?? new Uint8Array()],
    ['lengths that do not add up', encodeSnapshot(new Uint8Array(9), new Map(), Uint8Array.of(0)).fill(255, 10, 20)],
  ])('throws at a snapshot that is %s (stored-snapshot R1)', (_, snapshot) => {
    expect(() => openHistory({ snapshot, snapshotUpTo: 1, tail: [] }, 'text')).toThrow(UnreadableDocument);
  });

  it('can be loaded by Yjs as it is stored', () => {
    const { relay } = relayOf(typed('hello', (text) => text.delete(1, 2)));
    const { update, clocks, deleteSet } = relay.history.compactionInput(relay.knowledge);
    expect(textOf(encodeSnapshot(update, clocks, deleteSet))).toBe(textOf(update));
  });
});

function textOf(update: Uint8Array): string {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  return doc.getText('content').toString();
}

function relayOf(updates: readonly Uint8Array[]): { relay: RelayDocument } {
  const relay = new RelayDocument();
  for (const update of updates) expect(relay.take(update).type).toBe('accepted');
  return { relay };
}

function typed(text: string, then?: (text: Y.Text) => void): Uint8Array[] {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (const [index, character] of [...text].entries()) doc.getText('content').insert(index, character);
  then?.(doc.getText('content'));
  return updates;
}

function otherRoot(): Uint8Array {
  const doc = new Y.Doc();
  doc.getText('evil').insert(0, 'x');
  return Y.encodeStateAsUpdate(doc);
}
