/** What deleting a document has to end (server/rooms/rooms.ts, R5; room.ts, R6): whatever is under way then brings nothing back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../server/storage/memory-store';
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

const erase = () => store.remove(DOCUMENT);

describe('deleting a document', () => {
  it('lets go of everybody in it, takes nothing more from them, and leaves nothing', async () => {
    const [one, two] = [await world.join(), await world.join()];
    one.update(typist.type('a'));
    await world.clock.settle();
    await world.rooms.delete(DOCUMENT, erase);
    expect([one.peer.closed?.rejection, two.peer.closed?.rejection]).toEqual(['deleted', 'deleted']);
    one.update(typist.type('b'));
    await world.clock.settle();
    expect(await disk.load(DOCUMENT)).toBeUndefined();
    expect(world.rooms.size).toBe(0);
  });

  it('refuses whoever comes meanwhile, and lets in whoever comes afterwards, to an empty document', async () => {
    (await world.join()).update(typist.type('a'));
    await world.clock.settle();
    let erased: () => void = () => undefined;
    const deleting = world.rooms.delete(DOCUMENT, async () => {
      await new Promise<void>((resolve) => {
        erased = resolve;
      });
      await erase();
    });
    await world.clock.settle();
    await expect(world.join()).rejects.toMatchObject({ rejection: 'deleted' });
    expect(world.rooms.delete(DOCUMENT, erase)).toBe(deleting);
    erased();
    await deleting;
    const visitor = await world.join();
    visitor.update(new Typist(12).type('new'));
    await world.clock.settle();
    expect((await disk.load(DOCUMENT))?.tail).toHaveLength(1);
  });

  it('refuses everybody who was waiting for the room to open, or lets go of them', async () => {
    await disk.append(DOCUMENT, 1, [typist.type('a')]);
    const coming = Array.from({ length: 5 }, () => world.join());
    const deleting = world.rooms.delete(DOCUMENT, erase);
    coming.push(world.join());
    const outcomes = await Promise.allSettled(coming);
    await deleting;
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') expect(outcome.value.peer.closed?.rejection).toBe('deleted');
      else expect(outcome.reason).toMatchObject({ rejection: 'deleted' });
    }
    expect(outcomes.at(-1)?.status).toBe('rejected');
    expect(await disk.load(DOCUMENT)).toBeUndefined();
  });

  it('waits for an append that is under way, and makes no other', async () => {
    const visitor = await world.join();
    store.steady = false;
    visitor.update(typist.type('a'));
    await world.clock.settle();
    visitor.update(typist.type('b'));
    const deleting = world.rooms.delete(DOCUMENT, () => disk.remove(DOCUMENT));
    await world.clock.settle();
    expect(await disk.load(DOCUMENT)).toBeUndefined();
    store.finish('works');
    await deleting;
    await world.clock.advance(60_000);
    expect([store.waiting, store.appends]).toEqual([0, 1]);
    expect(await disk.load(DOCUMENT)).toBeUndefined();
  });

  it('does not wait for a store that fails, and tries no append again', async () => {
    const visitor = await world.join();
    store.steady = false;
    visitor.update(typist.type('a'));
    await world.clock.settle();
    store.finish('fails');
    await world.clock.settle();
    await world.rooms.delete(DOCUMENT, () => disk.remove(DOCUMENT));
    const { appends } = store;
    store.steadyFromNow();
    await world.clock.advance(60_000);
    expect(store.appends).toBe(appends);
    expect(await disk.load(DOCUMENT)).toBeUndefined();
  });

  it('keeps a compaction that is under way from bringing it back', async () => {
    world = new RoomsForTest({ store, smallTail: { bytes: 0, count: 0 } });
    let finish: () => void = () => undefined;
    const { compact } = world;
    world.compact = async (input) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return compact(input);
    };
    (await world.join()).update(typist.type('a'));
    await world.clock.settle();
    expect(world.compactions).toHaveLength(1);
    await world.rooms.delete(DOCUMENT, erase);
    finish();
    await world.clock.settle();
    expect([store.replacements, await disk.load(DOCUMENT)]).toEqual([0, undefined]);
  });

  it('is possible where the document cannot be read, and leaves what is opened anew alone', async () => {
    await disk.append(DOCUMENT, 1, [Uint8Array.of(9, 9, 9)]);
    await expect(world.join()).rejects.toMatchObject({ rejection: 'unreadable' });
    await world.rooms.delete(DOCUMENT, erase);
    const visitor = await world.join();
    visitor.update(typist.type('a'));
    // When the failed load would have been forgotten.
    await world.clock.advance(5_000);
    expect([world.rooms.size, visitor.peer.closed]).toEqual([1, undefined]);
    expect((await world.join()).peer.closed).toBeUndefined();
    expect(world.rooms.stats().peers).toBe(2);
  });

  it('can be asked for again where it failed', async () => {
    (await world.join()).update(typist.type('a'));
    await world.clock.settle();
    await expect(world.rooms.delete(DOCUMENT, () => Promise.reject(new Error('no space left')))).rejects.toThrow('no space left');
    await world.rooms.delete(DOCUMENT, erase);
    expect(await disk.load(DOCUMENT)).toBeUndefined();
  });
});
