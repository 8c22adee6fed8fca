import { afterEach, beforeEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LiveReplica } from '../../src/renderer/session/live-replica';
import { NextReplica } from '../../src/renderer/session/next-replica';
import { FakeSockets } from '../support/fake-socket';
import { ManualClock } from '../support/manual-clock';
import { MemoryStorage } from '../support/memory-storage';
import { DOCUMENT, ORIGIN } from '../support/session-stage';

let storage: MemoryStorage;
let next: NextReplica;

beforeEach(() => {
  storage = new MemoryStorage();
  const doc = new Y.Doc();
  doc.getText('content').insert(0, 'at r2');
  storage.found.set(JSON.stringify(['r2', DOCUMENT]), {
    update: Y.encodeStateAsUpdate(doc),
    complete: true,
    unsavedSince: undefined,
    everSaved: true,
    keptText: undefined,
  });
  const watcher = {
    onOpened: () => undefined,
    onSynced: () => undefined,
    onEnded: () => undefined,
    onHeard: () => undefined,
    onTooLarge: () => undefined,
    onNotice: () => undefined,
    onBetter: () => undefined,
    onUnsaved: () => undefined,
    onUpdate: () => undefined,
  };
  next = new NextReplica({
    copies: storage.copies,
    document: DOCUMENT,
    newLive: (found) =>
      new LiveReplica({
        address: { relay: ORIGIN, document: DOCUMENT, secret: '' },
        openSocket: new FakeSockets().open,
        clock: new ManualClock(),
        me: () => ({ name: 'Ann', color: '#336699' }),
        found,
        watcher,
      }),
  });
});
afterEach(() => next.close());

const begun = () => `${next.live?.replica.content.toString()}`;

it('R1 begins empty, or with the copy of the other relay that was met', async () => {
  next.begin('misfit');
  expect(begun()).toBe('');
  await next.meetOther('r2');
  next.begin('misfit');
  expect(begun()).toBe('at r2');
  // It is being filled already.
  const { live } = next;
  next.begin('role');
  expect(next.live).toBe(live);
  expect(next.take()).toMatchObject({ because: 'misfit', other: { relayId: 'r2' } });
  expect(next.live).toBe(undefined);
});

it('is not for another relay any more once the known one is back, begun or not', async () => {
  for (const isBegun of [true, false]) {
    await next.meetOther('r2');
    if (isBegun) next.begin('misfit');
    next.meetKnown();
    expect(next.live).toBe(undefined);
    next.begin('role');
    expect([begun(), next.take()?.other]).toEqual(['', undefined]);
    expect(storage.openCopies).toBe(0);
  }
});

it('R2 is for the relay that was met last', async () => {
  await Promise.all([next.meetOther('r2'), next.meetOther('r3')]);
  next.begin('misfit');
  expect([begun(), storage.openCopies]).toEqual(['', 1]);
  expect(next.take()?.other?.relayId).toBe('r3');
});
