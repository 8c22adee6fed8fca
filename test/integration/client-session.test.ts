import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../src/renderer/documents/clock';
import { LOCAL_ORIGIN } from '../../src/renderer/documents/new-replica';
import { type DocumentSession, newDocumentSession, openDocumentSession } from '../../src/renderer/session/document-session';
import type { OpenSocket } from '../../src/renderer/session/socket';
import { webSocketOpener } from '../../src/renderer/session/sockets/websocket';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { MemoryStorage } from '../support/memory-storage';
import { endRelays, startRelayProcess } from '../support/relay-process';

const sessions = new Set<DocumentSession>();
const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
const openSocket = webSocketOpener(WebSocket);
const document = 'a-document' as DocumentId;

afterEach(async () => {
  for (const session of sessions) await session.close();
  sessions.clear();
  await endRelays();
});

function optionsFor(relay: string, more: { storage?: MemoryStorage; openSocket?: OpenSocket } = {}) {
  const storage = more.storage ?? new MemoryStorage();
  return {
    address: { relay, document, secret: '' },
    storage,
    clock: systemClock,
    random,
    openSocket: more.openSocket ?? openSocket,
    me: () => ({ name: 'Ann', color: '#336699' }),
    fetch,
  };
}

async function open(relay: string, more: { storage?: MemoryStorage; openSocket?: OpenSocket } = {}): Promise<DocumentSession> {
  const session = await openDocumentSession(optionsFor(relay, more));
  sessions.add(session);
  return session;
}

function type(session: DocumentSession, text: string): void {
  const { doc, content } = session.replica.current;
  doc.transact(() => content.insert(content.length, text), LOCAL_ORIGIN);
}

const textOf = (session: DocumentSession) => session.replica.current.content.toString();
const isSaved = (session: DocumentSession) => session.status.current.truth === 'saved' && session.status.current.unsavedSince === undefined;
const untilConnection = async (session: DocumentSession, state: string) =>
  until(`the connection is ${state}`, () => session.status.current.connection.state === state);

describe('a session', () => {
  it('carries text from one to the other and says saved only then', async () => {
    const relay = await startRelayProcess();
    const [ann, ben] = [await open(relay.address), await open(relay.address)];
    expect(ann.status.current).toMatchObject({ truth: 'on-device', loaded: false });
    await Promise.all([untilConnection(ann, 'connected'), untilConnection(ben, 'connected')]);
    type(ann, 'hello ');
    expect(ann.status.current.truth).not.toBe('saved');
    await until('Ben sees it', () => textOf(ben) === 'hello ');
    type(ben, 'you');
    await until('both have all of it, saved', () => textOf(ann) === 'hello you' && isSaved(ann) && isSaved(ben));
  });

  it('opens without the relay, tells the truth about what is unsaved, and merges on return', async () => {
    const relay = await startRelayProcess();
    const storage = new MemoryStorage();
    const first = await open(relay.address, { storage });
    await untilConnection(first, 'connected');
    type(first, 'before');
    await until('it is saved', () => isSaved(first));
    await relay.kill9();
    await untilConnection(first, 'waiting');
    expect(isSaved(first)).toBe(true);
    type(first, ' offline');
    expect(first.status.current.truth).toBe('on-device');
    const since = first.status.current.unsavedSince;
    expect(since).toBeTypeOf('number');
    await first.close();

    const second = await open(relay.address, { storage });
    expect(textOf(second)).toBe('before offline');
    expect(second.status.current).toMatchObject({ truth: 'on-device', unsavedSince: since, loaded: true });
    await untilConnection(second, 'waiting');
    const restarted = await relay.startAgain();
    second.retry();
    await until('it is saved', () => isSaved(second));
    await second.close();
    await restarted.kill9();
    const third = await open(relay.address, { storage });
    expect(third.status.current).toMatchObject({ truth: 'saved', unsavedSince: undefined });
    await untilConnection(third, 'waiting');
    expect(isSaved(third)).toBe(true);
  });

  it('begins a document here, and moves its copy under the relay once that is known', async () => {
    const relay = await startRelayProcess();
    const storage = new MemoryStorage();
    const session = await newDocumentSession(optionsFor(relay.address, { storage }), { text: 'a\r\nb\ud83d', title: 'file.md' });
    sessions.add(session);
    expect(textOf(session)).toBe('a\nb\ufffd');
    expect(storage.textOf({ relay: relay.address, document })).toBe('a\nb\ufffd');
    await until('it is saved', () => isSaved(session));
    expect(session.relayId).not.toBe(relay.address);
    expect(storage.textOf({ relay: session.relayId, document })).toBe('a\nb\ufffd');
    expect(storage.textOf({ relay: relay.address, document })).toBe(undefined);
  });

  it('writes nothing by itself', async () => {
    const relay = await startRelayProcess();
    const session = await open(relay.address);
    await until('it is complete', () => isSaved(session));
    expect(session.replica.current.doc.store.clients.size).toBe(0);
  });

  it('stops when its text is too large, keeps it, and stops again after a restart (A17)', async () => {
    const relay = await startRelayProcess({ flags: ['--limit-document-bytes', '100000'] });
    const storage = new MemoryStorage();
    let connections = 0;
    const counting: OpenSocket = (request) => {
      connections++;
      return openSocket(request);
    };
    const session = await open(relay.address, { storage, openSocket: counting });
    await untilConnection(session, 'connected');
    type(session, 'x'.repeat(200_000));
    await untilConnection(session, 'refused');
    expect(session.status.current.connection).toMatchObject({ closeCode: 4413 });
    session.probe();
    await session.close();
    const again = await open(relay.address, { storage, openSocket: counting });
    expect(textOf(again)).toHaveLength(200_000);
    await untilConnection(again, 'refused');
    expect(again.status.current).toMatchObject({ truth: 'on-device', offlineCopy: { ok: true } });
    expect(connections).toBe(2);
  });

  it('stops as well when many edits together are too large, and keeps them all (A17)', async () => {
    const relay = await startRelayProcess({ flags: ['--limit-document-bytes', '100000'] });
    const storage = new MemoryStorage();
    let connections = 0;
    const counting: OpenSocket = (request) => {
      connections++;
      return openSocket(request);
    };
    const session = await open(relay.address, { storage, openSocket: counting });
    await untilConnection(session, 'connected');
    for (let part = 0; part < 6; part++) type(session, 'x'.repeat(30_000));
    await untilConnection(session, 'refused');
    expect(session.status.current.connection).toMatchObject({ closeCode: 4413, reason: REJECTIONS['too-large'].reason });
    type(session, '!');
    session.probe();
    expect(session.status.current).toMatchObject({ connection: { state: 'refused' }, truth: 'on-device' });
    await session.close();
    expect(storage.textOf({ relay: session.relayId, document })).toBe(`${'x'.repeat(180_000)}!`);
    expect(connections).toBe(1);
  });

  it('never merges into another relay at the same address: the old copy stays, the new one starts empty', async () => {
    const relay = await startRelayProcess();
    const storage = new MemoryStorage();
    const session = await open(relay.address, { storage });
    await untilConnection(session, 'connected');
    type(session, 'for the first');
    await until('it is saved', () => isSaved(session));
    const firstId = session.relayId;
    const { port } = relay;
    await relay.kill9();
    await untilConnection(session, 'waiting');
    await startRelayProcess({ port });
    session.retry();
    await until('it is another document', () => session.relayId !== firstId && textOf(session) === '');
    expect(storage.textOf({ relay: firstId, document })).toBe('for the first');
    expect(session.keptText.current?.text).toBe('for the first');
    type(session, 'for the second');
    await until('it is saved', () => isSaved(session));
    expect(storage.textOf({ relay: session.relayId, document })).toBe('for the second');
  });

  it('replaces its document on 4409: filled from the relay alone, old text kept, undo anew', async () => {
    const relay = await startRelayProcess();
    const other = await open(relay.address);
    await untilConnection(other, 'connected');
    type(other, 'at the relay');
    await until('it is saved', () => isSaved(other));
    const refusing = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    refusing.on('connection', (socket) => socket.close(4409));
    await new Promise((resolve) => refusing.once('listening', resolve));
    const refuser = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    let connections = 0;
    const storage = new MemoryStorage();
    const begun = await newDocumentSession(
      optionsFor(relay.address, {
        storage,
        openSocket: (request) => openSocket(connections++ === 0 ? { ...request, relay: refuser } : request),
      }),
      { text: 'only here', title: '' },
    );
    sessions.add(begun);
    const old = begun.replica.current;
    const seen: string[] = [];
    begun.replica.subscribe((replica) => seen.push(replica.content.toString()));
    await until('the replica is another', () => begun.replica.current !== old);
    expect(seen).toEqual(['at the relay']);
    expect(begun.replica.current.doc.clientID).not.toBe(old.doc.clientID);
    expect(begun.keptText.current?.text).toBe('only here');
    expect(begun.replica.current.undo.canUndo()).toBe(false);
    await until('the copy is replaced', () => storage.textOf({ relay: begun.relayId, document }) === 'at the relay');
    type(begun, '!');
    await until('both agree', () => textOf(other) === 'at the relay!' && isSaved(begun));
    refusing.close();
  });

  it('never calls anything saved that a memory relay keeps', async () => {
    const relay = await startRelayProcess({ flags: ['--store', 'memory'] });
    const session = await open(relay.address);
    await untilConnection(session, 'connected');
    const truths = new Set<string>();
    session.status.subscribe((status) => truths.add(status.truth));
    type(session, 'x');
    await until('it is at the relay', () => session.status.current.truth === 'at-relay');
    expect(truths).not.toContain('saved');
    expect(session.status.current.unsavedSince).toBeTypeOf('number');
  });
});
