import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LOCAL_ORIGIN } from '../../src/renderer/documents/new-replica';
import { type DocumentSession, openDocumentSession } from '../../src/renderer/session/document-session';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { FakeSocket } from '../support/fake-socket';
import { FakeSockets } from '../support/fake-socket';
import { ManualClock } from '../support/manual-clock';
import { MemoryStorage } from '../support/memory-storage';
import { below, randomFrom } from '../support/random';

const origin = 'http://relay.test';
const document = 'a-document' as DocumentId;

/** A question to /health that the test answers. */
interface Question {
  readonly signal: AbortSignal;
  answer(relay: string): void;
}

let clock: ManualClock;
let storage: MemoryStorage;
let sockets: FakeSockets;
let questions: Question[];
const sessions: DocumentSession[] = [];

beforeEach(() => {
  clock = new ManualClock();
  storage = new MemoryStorage();
  sockets = new FakeSockets();
  questions = [];
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

async function open(): Promise<DocumentSession> {
  const random = randomFrom(1);
  const session = await openDocumentSession({
    address: { relay: origin, document, secret: '' },
    storage,
    clock,
    random: (bytes) => Uint8Array.from({ length: bytes }, () => below(random, 256)),
    openSocket: sockets.open,
    me: () => ({ name: 'Ann', color: '#336699' }),
    fetch: (_input, init) =>
      new Promise((resolve, reject) => {
        const signal = init?.signal as AbortSignal;
        signal.addEventListener('abort', () => reject(signal.reason));
        const health = { status: 'ok', version: '1', checks: {}, limits: { documentBytes: 1e6 }, durable: true };
        questions.push({ signal, answer: (relay) => resolve(Response.json({ ...health, relay })) });
      }),
  });
  sessions.push(session);
  return session;
}

async function answerWith(relay: string): Promise<void> {
  questions.at(-1)?.answer(relay);
  await clock.settle();
}

/** Everything a relay sends to who joins: its question, then its answer. */
function join(socket: FakeSocket, text = ''): void {
  const doc = new Y.Doc();
  if (text !== '') doc.getText('content').insert(0, text);
  socket.says({ type: 'sync-request', stateVector: Y.encodeStateVector(doc) });
  socket.says({ type: 'sync-reply', update: Y.encodeStateAsUpdate(doc) });
}

async function connect(relay: string, text = ''): Promise<FakeSocket> {
  const socket = sockets.last;
  socket.opens();
  await answerWith(relay);
  join(socket, text);
  await clock.settle();
  return socket;
}

function type(session: DocumentSession, text: string): void {
  const { doc, content } = session.replica.current;
  doc.transact(() => content.insert(content.length, text), LOCAL_ORIGIN);
}

const textOf = (session: DocumentSession) => session.replica.current.content.toString();
const connectionOf = (session: DocumentSession) => session.status.current.connection.state;

describe('a session', () => {
  it('R2 opens its socket while it asks who is there, and sends and takes nothing before it knows', async () => {
    const session = await open();
    type(session, 'mine ');
    const socket = sockets.last;
    socket.opens();
    join(socket, 'theirs');
    await clock.settle();
    expect([socket.sentTypes, textOf(session), questions.length]).toEqual([[], 'mine ', 1]);
    await answerWith('r1');
    expect(socket.sentTypes.slice(0, 3)).toEqual(['sync-request', 'awareness', 'sync-reply']);
    expect(textOf(session)).toContain('theirs');
    expect(connectionOf(session)).toBe('connected');
    expect(sockets.all).toHaveLength(1);
  });

  it('R2 gives a stranger at the address nothing of the document, and takes nothing into it', async () => {
    storage.known.set(origin, 'r1');
    const session = await open();
    type(session, 'for r1');
    const first = sockets.last;
    first.opens();
    join(first, 'from r2');
    await answerWith('r2');
    expect([first.readyState, first.sent]).toEqual([3, []]);
    expect(textOf(session)).toBe('for r1');
    const second = sockets.last;
    expect(second).not.toBe(first);
    second.opens();
    join(second, 'from r2');
    expect([textOf(session), session.keptText.current?.text]).toEqual(['from r2', 'for r1']);
    expect(storage.textOf({ relay: 'r1', document })).toBe('for r1');
    const replies = second.sent.filter((frame) => frame.type === 'sync-reply');
    expect(replies.map(({ update }) => Y.decodeUpdate(update).structs)).toEqual([[]]);
  });

  it('R2 goes on with its own replica when the relay that it knows is back', async () => {
    storage.known.set(origin, 'r1');
    const session = await open();
    type(session, 'for r1');
    await answerWith('r2');
    sockets.last.isClosedWith(1006);
    await clock.advance(1_000);
    await answerWith('r1');
    const socket = sockets.last;
    socket.opens();
    join(socket);
    expect([textOf(session), session.relayId, connectionOf(session)]).toEqual(['for r1', 'r1', 'connected']);
    expect(socket.sentTypes).toContain('sync-reply');
  });

  it('waits no longer than 15 s for an answer to who is there, and lets go of everything then', async () => {
    const session = await open();
    sockets.last.opens();
    await clock.advance(14_999);
    expect(connectionOf(session)).toBe('connecting');
    await clock.advance(1);
    expect(session.status.current.connection).toMatchObject({ state: 'waiting', reason: 'The relay does not answer.' });
    expect([questions[0]?.signal.aborted, sockets.last.readyState]).toEqual([true, 3]);
    await clock.advance(1_000);
    expect(questions).toHaveLength(2);
  });

  it('R3 ends what is under way when it is closed while connecting', async () => {
    const session = await open();
    const statuses: string[] = [];
    session.status.subscribe(({ connection }) => statuses.push(connection.state));
    await session.close();
    sockets.last.opens();
    await answerWith('r1');
    await clock.advance(60_000);
    expect([questions[0]?.signal.aborted, sockets.last.readyState, sockets.last.sent, statuses]).toEqual([true, 3, [], []]);
    expect([sockets.all.length, questions.length]).toEqual([1, 1]);
  });

  it('R3 closes the copy that it finds where it moves, when it is closed meanwhile', async () => {
    const { move } = storage.copies;
    let letMove: () => void = () => undefined;
    storage.copies.move = async (copy, to) => {
      await copy.close();
      await new Promise<void>((resolve) => {
        letMove = resolve;
      });
      return await move(copy, to);
    };
    const session = await open();
    type(session, 'a');
    sockets.last.opens();
    await answerWith('r1');
    type(session, 'b');
    const closed = session.close();
    letMove();
    await closed;
    expect(storage.openCopies).toBe(0);
    expect(storage.textOf({ relay: 'r1', document })).toBe('ab');
    expect(storage.known.get(origin)).toBe('r1');
  });

  it('does not remember a relay under whose id no copy could be put', async () => {
    storage.copies.move = async (copy) => copy;
    const session = await open();
    type(session, 'a');
    await connect('r1');
    expect([connectionOf(session), storage.known.get(origin)]).toEqual(['connected', undefined]);
    expect(storage.textOf({ relay: origin, document })).toBe('a');
  });

  it('stays connected while a line proves itself, and not when that takes long', async () => {
    const session = await open();
    const socket = await connect('r1');
    await clock.advance(10_000);
    const states: string[] = [];
    session.status.subscribe(({ connection }) => states.push(connection.state));
    session.probe();
    await clock.advance(1_000);
    socket.says({ type: 'query-awareness' });
    await clock.advance(10_000);
    expect(states).toEqual([]);
    session.probe();
    await clock.advance(2_000);
    expect(states).toEqual(['connecting']);
    socket.says({ type: 'query-awareness' });
    expect(states).toEqual(['connecting', 'connected']);
    session.probe();
    await clock.advance(2_000);
    session.probe();
    await clock.advance(5_000);
    expect(states).toContain('waiting');
  });

  it('starts over when another window replaced the document, once, and joins what that window began', async () => {
    storage.known.set(origin, 'r1');
    const session = await open();
    await connect('r1', 'old');
    type(session, ' and mine');
    storage.outdate({ relay: 'r1', document });
    await clock.settle();
    // Nothing of what is typed now reaches the disk: leaving would lose it, and that is said.
    expect(session.status.current).toMatchObject({ truth: 'on-device', offlineCopy: { ok: false } });
    // What is typed while it is being filled meets the copy of the other window again.
    storage.outdate({ relay: 'r1', document });
    await clock.settle();
    expect(connectionOf(session)).toBe('connecting');
    await connect('r1', 'new');
    expect([connectionOf(session), textOf(session), session.keptText.current?.text]).toEqual(['connected', 'new', 'old and mine']);
    await clock.settle();
    expect(session.status.current.offlineCopy).toEqual({ ok: true, isWritten: true });
    expect(storage.textOf({ relay: 'r1', document })).toBe('new');
  });

  it('survives that Yjs gives its document another client id, and is seen under that one', async () => {
    const session = await open();
    const socket = await connect('r1');
    const { doc, awareness } = session.replica.current;
    awareness.setLocalState({ user: { name: 'Ann' } });
    const before = doc.clientID;
    const clone = new Y.Doc();
    clone.clientID = before;
    clone.getText('content').insert(0, 'from my clone');
    socket.says({ type: 'update', update: Y.encodeStateAsUpdate(clone) });
    await clock.settle();
    expect(doc.clientID).not.toBe(before);
    expect([awareness.clientID, awareness.getLocalState(), [...awareness.getStates().keys()]]).toEqual([
      doc.clientID,
      { user: { name: 'Ann' } },
      [doc.clientID],
    ]);
    expect(connectionOf(session)).toBe('waiting');
    await clock.advance(1_000);
    await connect('r1', 'from my clone');
    expect(connectionOf(session)).toBe('connected');
    expect(sockets.last.sentTypes).toContain('awareness');
    await session.close();
  });
});
