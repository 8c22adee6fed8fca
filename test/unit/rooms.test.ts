import { beforeEach, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { UnreadableDocument } from '../../server/rooms/ports';
import { MemoryStore } from '../../server/storage/memory-store';
import { Rejected } from '../../src/shared/protocol/rejections';
import { InMemoryPeer, progressIn } from '../support/in-memory-peer';
import { DOCUMENT, RoomsForTest, Typist } from '../support/room-for-test';
import { UnsteadyStore } from '../support/unsteady-store';

let disk: MemoryStore;
let store: UnsteadyStore;
let world: RoomsForTest;
let typist: Typist;

beforeEach(() => {
  disk = new MemoryStore();
  store = new UnsteadyStore(disk);
  world = new RoomsForTest({ store });
  typist = new Typist(11);
});

async function storedText(): Promise<string> {
  const stored = await disk.load(DOCUMENT);
  const doc = new Y.Doc();
  for (const update of [stored?.snapshot ?? Uint8Array.of(0, 0), ...(stored?.tail ?? [])]) Y.applyUpdate(doc, update);
  return doc.getText('content').toString();
}

async function typeKeys(count: number): Promise<void> {
  for (let key = 0; key < count; key++) typist.type('k');
  await disk.append(DOCUMENT, 1, typist.keys);
}

describe('opening and closing rooms', () => {
  test('a document is loaded once, however many come at once (R2)', async () => {
    let loads = 0;
    const load = store.load.bind(store);
    store.load = async (document) => {
      loads++;
      return load(document);
    };
    await Promise.all(Array.from({ length: 20 }, () => world.join()));
    expect(loads).toBe(1);
    expect(world.rooms.stats()).toEqual({ rooms: 1, peers: 20, unsaved: 0, storageFailing: false });
  });

  test('an unreadable document is refused, nothing is stored, and it is tried again after a moment (R1)', async () => {
    await typeKeys(3);
    let readable = false;
    let loads = 0;
    const load = store.load.bind(store);
    store.load = async (document) => {
      loads++;
      if (!readable) throw new UnreadableDocument('a checksum is wrong');
      return load(document);
    };
    const unreadable = expect.objectContaining({ rejection: 'unreadable' });
    await expect(world.join()).rejects.toEqual(unreadable);
    await expect(world.join()).rejects.toEqual(unreadable);
    expect(loads).toBe(1);
    readable = true;
    await expect(world.join()).rejects.toEqual(unreadable);
    await world.clock.advance(2_000);
    await expect(world.join()).resolves.toBeDefined();
    expect(store.appends).toBe(0);
    expect(await storedText()).toBe('kkk');
  });

  test('bytes in the store that are no document are unreadable, not empty (R1)', async () => {
    await disk.append(DOCUMENT, 1, [Uint8Array.of(9, 9, 9)]);
    await expect(world.join()).rejects.toMatchObject({ rejection: 'unreadable' });
  });

  test('a full room refuses one more', async () => {
    world = new RoomsForTest({ limits: { roomPeers: 2 } });
    const first = await world.join();
    await world.join();
    await expect(world.join()).rejects.toBeInstanceOf(Rejected);
    first.member.leave();
    first.member.leave();
    await expect(world.join()).resolves.toBeDefined();
    await expect(world.join()).rejects.toMatchObject({ rejection: 'full' });
  });

  test('an empty room leaves memory after a grace time, and not while someone came back (room R5)', async () => {
    const first = await world.join();
    first.member.leave();
    await world.clock.advance(29_000);
    const second = await world.join();
    await world.clock.advance(60_000);
    expect(world.rooms.size).toBe(1);
    second.member.leave();
    await world.clock.advance(29_999);
    expect(world.rooms.size).toBe(1);
    await world.clock.advance(1);
    expect(world.rooms.size).toBe(0);
  });

  test('nothing waits for a time any more once everyone left (room R5)', async () => {
    const visitors = [await world.join(), await world.join()];
    visitors[0]?.update(typist.type('a'));
    await world.clock.advance(20_000);
    for (const { member } of visitors) member.leave();
    await world.clock.advance(30_000);
    expect([world.rooms.size, world.clock.waiting]).toEqual([0, 0]);
  });

  test('a room with unsaved edits stays, however long (room R5)', async () => {
    store.steady = false;
    const visitor = await world.join();
    visitor.update(typist.type('a'));
    visitor.member.leave();
    await world.clock.advance(3_600_000);
    expect(world.rooms.size).toBe(1);
    store.finish('works');
    await world.clock.advance(30_000);
    expect(world.rooms.size).toBe(0);
    expect(await storedText()).toBe('a');
  });
});

describe('draining (R3)', () => {
  test('tells everyone, refuses joins, and ends when everything is on disk', async () => {
    store.steady = false;
    const visitor = await world.join();
    visitor.update(typist.type('a'));
    await world.clock.settle();
    visitor.peer.takeFrames();
    let ended = false;
    const drained = world.rooms.drain(8_000).then(() => {
      ended = true;
    });
    expect(visitor.peer.takeFrames()).toContainEqual({ type: 'notice', notice: { type: 'draining', backInMs: 1_000 } });
    await expect(world.join()).rejects.toMatchObject({ rejection: 'restarting' });
    await world.clock.advance(1_000);
    expect(ended).toBe(false);
    store.finish('works');
    await drained;
    // Told before the connections are closed, without another turn.
    expect(progressIn(visitor.peer.takeFrames())).toEqual({ received: 1, saved: 1 });
    expect(await storedText()).toBe('a');
  });

  test('lets nobody in who came while the document was read, and reads none for who comes later', async () => {
    let loads = 0;
    let release = (): void => undefined;
    const load = store.load.bind(store);
    store.load = async (document) => {
      loads++;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return load(document);
    };
    const early = world.join();
    early.catch(() => undefined);
    await world.rooms.drain(8_000);
    release();
    await expect(early).rejects.toMatchObject({ rejection: 'restarting' });
    const other = world.rooms.join('other' as typeof DOCUMENT, new InMemoryPeer());
    await expect(other).rejects.toMatchObject({ rejection: 'restarting' });
    expect(loads).toBe(1);
  });

  test('begins no compaction of what nobody uses', async () => {
    await typeKeys(150);
    await world.rooms.drain(8_000);
    await world.rooms.sweep();
    expect(world.compactions).toEqual([]);
  });

  test('ends at the deadline when the store does not answer, and says so', async () => {
    store.steady = false;
    const visitor = await world.join();
    visitor.update(typist.type('a'));
    await world.clock.settle();
    const drained = world.rooms.drain(8_000);
    await world.clock.advance(8_000);
    await drained;
    expect(world.log.lines.map(({ message }) => message)).toContain('stopping with unsaved edits');
    expect(progressIn(visitor.peer.takeFrames())).toEqual({ received: 1, saved: 0 });
  });
});

describe('compaction (tail-compaction.ts)', () => {
  test('happens in use when the tail outweighs the snapshot, and changes nothing that anybody sees (R1, R3)', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 1_000, count: 50 } });
    const visitor = await world.join();
    for (let key = 0; key < 200; key++) {
      visitor.update(typist.type('k'));
      await world.clock.advance(500);
    }
    expect(world.compactions.length).toBeGreaterThanOrEqual(3);
    expect((await disk.load(DOCUMENT))?.tail.length).toBeLessThan(100);
    expect(await storedText()).toBe('k'.repeat(200));
    expect(progressIn(visitor.peer.takeFrames())).toEqual({ received: 200, saved: 200 });
  });

  test('only what is saved is replaced (R3)', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 1_000, count: 10 } });
    store.steady = false;
    const visitor = await world.join();
    for (let key = 0; key < 20; key++) visitor.update(typist.type('k'));
    await world.clock.advance(1_000);
    expect(world.compactions).toHaveLength(1);
    expect([store.appends, store.replacements]).toEqual([1, 0]);
    store.finish('works');
    await world.clock.settle();
    expect([store.appends, store.replacements]).toEqual([1, 1]);
  });

  test('one at a time, and for at most a fifth of the time (R2)', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 1_000, count: 10 } });
    let running = 0;
    world.compact = async (input) => {
      running++;
      expect(running).toBe(1);
      await new Promise<void>((resolve) => {
        world.clock.after(1_000, resolve);
      });
      running--;
      const { compactDocument } = await import('../../server/rooms/history/compaction');
      return compactDocument(input);
    };
    const visitor = await world.join();
    for (let second = 0; second < 100; second++) {
      for (let key = 0; key < 11; key++) visitor.update(typist.type('k'));
      await world.clock.advance(1_000);
    }
    expect(world.compactions.length).toBeGreaterThan(10);
    expect(world.compactions.length).toBeLessThanOrEqual(20);
  });

  test('not sooner than half a minute after the last one, unless much has gathered (R2)', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 10_000, count: 10 } });
    const visitor = await world.join();
    const typeAndSettle = async (keys: number) => {
      for (let key = 0; key < keys; key++) visitor.update(typist.type('k'));
      await world.clock.settle();
    };
    await typeAndSettle(11);
    expect(world.compactions).toHaveLength(1);
    await typeAndSettle(40);
    await world.clock.advance(29_999);
    expect(world.compactions).toHaveLength(1);
    await typeAndSettle(1);
    expect(world.compactions).toHaveLength(2);
    await world.clock.advance(30_000);
    await typeAndSettle(11);
    expect(world.compactions).toHaveLength(3);
  });

  test('what had to wait is compacted when its time comes, though nothing more is written (R5)', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 10_000, count: 10 } });
    const visitor = await world.join();
    const type = (keys: number) => {
      for (let key = 0; key < keys; key++) visitor.update(typist.type('k'));
    };
    type(11);
    // Not in the one that is under way.
    await Promise.resolve();
    world.clock.endTurn();
    type(11);
    await world.clock.settle();
    expect(world.compactions).toHaveLength(1);
    await world.clock.advance(30_000);
    expect(world.compactions).toHaveLength(2);
    expect((await disk.load(DOCUMENT))?.tail).toEqual([]);
    type(11);
    await world.clock.settle();
    expect(world.compactions).toHaveLength(2);
    // Who leaves does not leave a timer behind.
    visitor.member.leave();
    await world.clock.advance(0);
    await world.clock.advance(60_000);
    expect([world.compactions.length, world.clock.waiting]).toEqual([2, 0]);
  });

  test('a compacted document that differs is not kept, and tried again when twice as much has come (R4)', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 10_000, count: 10 } });
    world.compact = () => ({ ok: false, reason: 'other text' });
    const visitor = await world.join();
    const typeAndSettle = async (keys: number) => {
      for (let key = 0; key < keys; key++) {
        visitor.update(typist.type('k'));
        await world.clock.settle();
      }
    };
    await typeAndSettle(20);
    await world.clock.advance(30_000);
    expect(world.compactions).toHaveLength(1);
    await typeAndSettle(1);
    expect(world.compactions).toHaveLength(1);
    await typeAndSettle(4);
    expect(world.compactions).toHaveLength(2);
    expect(store.replacements).toBe(0);
    expect((await disk.load(DOCUMENT))?.tail).toHaveLength(25);
    expect(world.log.lines.some(({ level, message }) => level === 'error' && message.includes('differs'))).toBe(true);
  });

  test('a compactor or a store that throws costs nothing but the attempt (R4)', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 10_000, count: 10 } });
    world.compact = () => {
      throw new Error('the worker is gone');
    };
    const visitor = await world.join();
    for (let key = 0; key < 30; key++) {
      visitor.update(typist.type('k'));
      await world.clock.settle();
    }
    expect(world.compactions).toHaveLength(1);
    expect(progressIn(visitor.peer.takeFrames())).toEqual({ received: 30, saved: 30 });
    expect(await storedText()).toBe('k'.repeat(30));
  });

  test('after the last one left, what gathered is compacted if it is worth it', async () => {
    await typeKeys(90);
    const visitor = await world.join();
    for (let key = 0; key < 20; key++) visitor.update(typist.type('k'));
    await world.clock.advance(1_000);
    expect((await disk.load(DOCUMENT))?.tail).toHaveLength(110);
    visitor.member.leave();
    await world.clock.advance(1_000);
    expect((await disk.load(DOCUMENT))?.tail).toEqual([]);
    expect(await storedText()).toBe('k'.repeat(110));
  });

  test('sweeping compacts long tails, leaves short ones, and goes on after an unreadable one', async () => {
    await typeKeys(150);
    const short = 'short' as typeof DOCUMENT;
    const broken = 'broken' as typeof DOCUMENT;
    await disk.append(
      broken,
      1,
      Array.from({ length: 150 }, () => Uint8Array.of(7)),
    );
    await disk.append(short, 1, [new Typist(5).type('s')]);
    await world.rooms.sweep();
    expect((await disk.load(DOCUMENT))?.tail).toEqual([]);
    expect((await disk.load(short))?.tail).toHaveLength(1);
    expect((await disk.load(broken))?.tail).toHaveLength(150);
    expect(await storedText()).toBe('k'.repeat(150));
    // What was swept leaves memory at once: there may be thousands. What cannot be read is remembered for a moment.
    await world.clock.advance(0);
    expect(world.rooms.size).toBe(1);
    await world.clock.advance(2_000);
    expect(world.rooms.size).toBe(0);
  });
});
