import { describe, expect, it } from 'vitest';
import { countingSocket } from '../../src/renderer/session/counting-socket';
import { Gate } from '../../src/renderer/session/gate';
import type { SocketRequest } from '../../src/renderer/session/socket';
import { encodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { decodeAwareness, encodeAwareness } from '../../src/shared/protocol/presence';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { FakeSockets } from '../support/fake-socket';

function openSocket(options: { largestUpdate?: number; isGateOpen?: boolean } = {}) {
  const sockets = new FakeSockets();
  const told: string[] = [];
  const gate = new Gate();
  if (options.isGateOpen ?? true) gate.open();
  const request: SocketRequest = {
    relay: 'http://relay.test',
    document: 'a-document' as DocumentId,
    secret: undefined,
    role: 'editor',
    reader: { name: 'Ann', color: '#336699' },
    relayId: () => undefined,
    lastEventId: undefined,
  };
  const Counting = countingSocket(() => sockets.open(request), {
    gate,
    ownId: 7,
    largestUpdate: options.largestUpdate ?? 100,
    onSent: (frame) => told.push(`sent ${frame}`),
    onTooLarge: (bytes) => told.push(`too large ${bytes}`),
    onHeard: () => told.push('heard'),
    onTaken: () => told.push('taken'),
    onBetter: () => told.push('better'),
    onUnreadable: () => told.push('unreadable'),
  });
  const socket = new Counting('ws://relay/document', ['weft.v1']);
  const send = (frame: Frame) => socket.send(encodeFrame(frame) as Uint8Array<ArrayBuffer>);
  return { socket, inner: sockets.last, told, gate, send };
}

const update = (bytes: number): Frame => ({ type: 'update', update: new Uint8Array(bytes) });
const presence = (...ids: number[]): Frame => ({
  type: 'awareness',
  entries: encodeAwareness(ids.map((id) => ({ id, clock: 1, state: `{"name":"person ${id}"}` }))),
});
const idsIn = (frame: Frame | undefined) => (frame?.type === 'awareness' ? decodeAwareness(frame.entries).map(({ id }) => id) : []);

describe('the socket under the provider', () => {
  it('R1 counts writing frames and nothing else', () => {
    const { inner, send, told } = openSocket();
    inner.opens();
    send({ type: 'sync-request', stateVector: new Uint8Array([0]) });
    send(update(3));
    send({ type: 'sync-reply', update: new Uint8Array(3) });
    send({ type: 'query-awareness' });
    expect(told).toEqual(['sent update', 'sent sync-reply']);
    expect(inner.sentTypes).toEqual(['sync-request', 'update', 'sync-reply', 'query-awareness']);
  });

  it('R2 sends presence of mine alone', () => {
    const { inner, send } = openSocket();
    inner.opens();
    send(presence(1, 7, 2));
    send(presence(1, 2));
    expect(inner.sent.map(idsIn)).toEqual([[7]]);
  });

  it('R3 keeps back what is larger than the relay takes', () => {
    const { inner, send, told } = openSocket({ largestUpdate: 10 });
    inner.opens();
    send(update(10));
    send(update(11));
    expect(told).toEqual(['sent update', 'too large 11']);
    expect(inner.sent).toHaveLength(1);
  });

  it('R4 survives what it cannot read, and says so', () => {
    const { socket, inner, told } = openSocket();
    socket.onmessage = () => {
      throw new Error('the decoder gives up');
    };
    inner.opens();
    inner.saysBytes(new Uint8Array([255]));
    inner.onmessage?.({ data: 'text' } as never);
    expect(told).toEqual(['heard', 'unreadable', 'heard', 'unreadable']);
  });

  it('R5 reports nothing before the gate is open, and then everything in its order', () => {
    const { socket, inner, told, gate } = openSocket({ isGateOpen: false });
    const seen: string[] = [];
    socket.onopen = () => seen.push('open');
    socket.onmessage = () => seen.push('message');
    socket.onclose = () => seen.push('close');
    inner.opens();
    inner.says(update(1));
    inner.isClosedWith(1006);
    expect([...seen, ...told]).toEqual([]);
    gate.open();
    expect(seen).toEqual(['open', 'message', 'close']);
  });

  it('R5 tells the next socket nothing of one before', () => {
    const { socket, inner, gate } = openSocket({ isGateOpen: false });
    socket.onopen = () => expect.unreachable();
    inner.opens();
    gate.shut();
    gate.open();
  });

  it('tells that something was taken in, and that there is a better transport', () => {
    const { socket, inner, told } = openSocket();
    socket.onmessage = () => undefined;
    inner.opens();
    inner.says(update(1));
    inner.onbetter?.();
    expect(told).toEqual(['heard', 'taken', 'better']);
  });

  it('R6 counts nothing that goes nowhere', () => {
    const { inner, send, told } = openSocket();
    send(update(1));
    inner.opens();
    inner.isClosedWith(1006);
    send(update(1));
    expect([told, inner.sent]).toEqual([[], []]);
  });
});
