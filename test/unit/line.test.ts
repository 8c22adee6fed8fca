import { afterEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { destroyReplica, newReplica } from '../../src/renderer/documents/new-replica';
import { Line } from '../../src/renderer/session/line';
import { readerOf } from '../../src/renderer/session/reader';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { FakeSockets } from '../support/fake-socket';
import { ManualClock } from '../support/manual-clock';

const relay = 'http://relay.test';
const document = 'a-document' as DocumentId;
const me = { name: 'Ann', color: '#336699' };
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function makeLine() {
  const sockets = new FakeSockets();
  const replica = newReplica();
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const line = new Line({
    address: { relay, document, secret: '' },
    replica,
    openSocket: sockets.open,
    reader: () => readerOf(replica.awareness.getLocalState(), me),
    watcher: {
      onOpened: tell('opened'),
      onSynced: tell('synced'),
      onEnded: tell('ended'),
      onHeard: () => undefined,
      onSent: () => undefined,
      onTooLarge: tell('too large'),
      onProgress: () => undefined,
      onNotice: () => undefined,
      onBetter: tell('better'),
    },
  });
  ends.push(() => {
    line.destroy();
    destroyReplica(replica);
  });
  const connect = (secret: string | undefined, role: 'editor' | 'viewer') => {
    line.connect({ secret, role });
    const socket = sockets.last;
    if (role === 'viewer') socket.transport = 'event-stream';
    socket.opens();
    return socket;
  };
  return { line, sockets, replica, told, connect };
}

/** Two updates of one client, the second of which cannot be applied without the first. */
function twoUpdates(): [Uint8Array, Uint8Array] {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  doc.getText('content').insert(0, 'a');
  doc.getText('content').insert(1, 'b');
  return updates as [Uint8Array, Uint8Array];
}

it('asks for a socket with what holds at that moment', () => {
  const { line, replica, connect } = makeLine();
  expect(connect(undefined, 'editor').request).toEqual({
    relay,
    relayId: expect.any(Function),
    document,
    secret: undefined,
    role: 'editor',
    reader: me,
    lastEventId: undefined,
  });
  line.disconnect();
  replica.awareness.setLocalState({ user: { name: 'Ben\u202e', color: 'url(x)' } });
  expect(connect('a-secret', 'viewer').request).toMatchObject({
    secret: 'a-secret',
    role: 'viewer',
    reader: { name: 'Ben', color: '#808080' },
  });
});

it('says what carries it while it is connected', () => {
  const { line, connect } = makeLine();
  expect(line.transport).toBe(undefined);
  const socket = connect('a-secret', 'viewer');
  expect(line.transport).toBe(undefined);
  line.admit('r1', 100);
  expect(line.transport).toBe('event-stream');
  socket.isClosedWith(1006);
  expect(line.transport).toBe(undefined);
});

it('goes on where it has taken everything in, and nowhere else', () => {
  const { line, replica, connect } = makeLine();
  const [first, second] = twoUpdates();
  const reading = connect('a-secret', 'viewer');
  reading.lastEventId = 'epoch-1';
  reading.says({ type: 'sync-reply', update: first });
  line.disconnect();
  // Nothing of it passed the gate.
  const again = connect('a-secret', 'viewer');
  expect(again.request.lastEventId).toBe(undefined);
  line.admit('r1', 100);
  again.lastEventId = 'epoch-1';
  again.says({ type: 'sync-reply', update: first });
  line.disconnect();
  expect(connect('a-secret', 'viewer').request.lastEventId).toBe('epoch-1');
  line.disconnect();
  expect(replica.content.toString()).toBe('a');

  const gapped = makeLine();
  const socket = gapped.connect('a-secret', 'viewer');
  gapped.line.admit('r1', 100);
  socket.lastEventId = 'epoch-2';
  socket.says({ type: 'update', update: second });
  gapped.line.disconnect();
  expect(gapped.connect('a-secret', 'viewer').request.lastEventId).toBe(undefined);
});

it('reads all of it again after something that it could not take in', async () => {
  const { line, told, connect } = makeLine();
  const socket = connect('a-secret', 'viewer');
  line.admit('r1', 100);
  socket.lastEventId = 'epoch-1';
  socket.says({ type: 'sync-reply', update: twoUpdates()[0] });
  socket.lastEventId = 'epoch-2';
  socket.saysBytes(new Uint8Array([100]));
  await new ManualClock().settle();
  expect(told).toContain('ended');
  line.disconnect();
  expect(connect('a-secret', 'viewer').request.lastEventId).toBe(undefined);
});

it('tells of a better transport, unless that is of a connection before', async () => {
  const { line, told, connect } = makeLine();
  const socket = connect(undefined, 'editor');
  line.admit('r1', 100);
  socket.onbetter?.();
  await new ManualClock().settle();
  expect(told).toContain('better');
  told.splice(0);
  socket.onbetter?.();
  line.disconnect();
  await new ManualClock().settle();
  expect(told).toEqual([]);
});
