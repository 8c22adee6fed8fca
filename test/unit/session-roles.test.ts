import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { DocumentSession } from '../../src/renderer/session/document-session';
import { hasAllOf } from '../../src/renderer/session/replacement';
import { DEAD_MS, LATE_MS } from '../../src/renderer/session/step';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { connectionOf, DOCUMENT, ORIGIN, SessionStage, textIn, textOf, type } from '../support/session-stage';

const place = { relay: 'r1', document: DOCUMENT };
let stage: SessionStage;
let setRole: (role: 'editor' | 'viewer') => void;

beforeEach(async () => {
  stage = new SessionStage();
  stage.relay.owner = 'owner';
  stage.storage.known.set(ORIGIN, 'r1');
  setRole = (role) => void stage.relay.link('a-link', role);
  setRole('editor');
  stage.relay.personal.set('my-secret', 'a-link');
  await stage.storage.keyring.keep(place, { secret: 'my-secret', isUnclaimed: false, link: 'a-link', role: 'editor', isOwner: false });
});
afterEach(() => stage.close());

const kindsOfSockets = () => stage.sockets.all.map(({ request, readyState }) => `${request.role}${readyState === 3 ? ' (closed)' : ''}`);

async function openedWith(text: string): Promise<DocumentSession> {
  const session = await stage.open();
  await stage.join(text);
  await stage.save();
  return session;
}

// Rules: session.ts.
describe('a role that is taken away', () => {
  it('R4 is known in the same turn, and on the disk', async () => {
    const session = await openedWith('ours ');
    const roles: string[] = [];
    session.status.subscribe(({ role }) => roles.push(role));
    setRole('viewer');
    stage.sockets.last.says({ type: 'notice', notice: { type: 'role', role: 'viewer' } });
    expect([roles, session.status.current.role]).toEqual([['viewer'], 'viewer']);
    await stage.clock.settle();
    expect((await stage.storage.keyring.find(place))?.role).toBe('viewer');
  });

  it('R4 replaces the document when something typed is refused: filled by the reader’s stream, the refused text kept', async () => {
    const session = await openedWith('ours ');
    const before = session.replica.current;
    type(session, 'refused');
    setRole('viewer');
    await stage.tellRole('viewer');
    expect(kindsOfSockets()).toEqual(['editor (closed)', 'viewer']);
    // Until the new one is filled, what was there is shown.
    expect([textOf(session), session.status.current.truth, connectionOf(session)]).toEqual(['ours refused', 'on-device', 'connecting']);
    await stage.join('ours ');
    expect([textOf(session), connectionOf(session), session.keptText.current?.text]).toEqual(['ours ', 'connected', 'ours refused']);
    expect(session.status.current).toMatchObject({ role: 'viewer', transport: 'event-stream', unsavedSince: undefined, underWay: 0 });
    expect(session.replica.current).not.toBe(before);
    expect(session.replica.current.doc.clientID).not.toBe(before.doc.clientID);
    expect([stage.storage.textOf(place), stage.storage.found.get(JSON.stringify(['r1', DOCUMENT]))?.keptText?.text]).toEqual([
      'ours ',
      'ours refused',
    ]);
    expect(stage.sockets.last.sentTypes).not.toContain('sync-reply');
  });

  it('R4 keeps a title that was refused, though the text is the same', async () => {
    const session = await openedWith('ours ');
    session.replica.current.doc.transact(() => session.replica.current.title.insert(0, 'Refused.md'));
    setRole('viewer');
    await stage.tellRole('viewer');
    await stage.join('ours ');
    expect(session.replica.current.title.toString()).toBe('');
    expect(session.keptText.current).toMatchObject({ title: 'Refused.md', text: 'ours ' });
  });

  it('keeps no text of which the relay took everything before', async () => {
    const session = await openedWith('ours ');
    type(session, 'taken');
    // It arrived, but nobody has heard of that.
    Y.applyUpdate(stage.doc, Y.encodeStateAsUpdate(session.replica.current.doc));
    stage.doc.getText('content').insert(0, 'Theirs, later. ');
    setRole('viewer');
    await stage.tellRole('viewer');
    await stage.join();
    expect([textOf(session), session.keptText.current]).toEqual(['Theirs, later. ours taken', undefined]);
  });

  it('keeps the text of which a deletion was refused', async () => {
    const session = await openedWith('ours, all of it');
    session.replica.current.content.delete(4, 11);
    setRole('viewer');
    await stage.tellRole('viewer');
    await stage.join();
    expect([textOf(session), session.keptText.current?.text]).toEqual(['ours, all of it', 'ours']);
  });

  it('leaves the replica alone when everything is saved, and the old socket in use until the stream is let in', async () => {
    const session = await openedWith('ours ');
    const before = session.replica.current;
    const old = stage.sockets.last;
    setRole('viewer');
    stage.hold();
    await stage.tellRole('viewer');
    expect([connectionOf(session), session.status.current.role, kindsOfSockets()]).toEqual(['connected', 'viewer', ['editor']]);
    old.says({ type: 'update', update: updateOf('meanwhile') });
    expect(textOf(session)).toContain('meanwhile');
    await stage.answer();
    await stage.answer();
    expect(kindsOfSockets()).toEqual(['editor (closed)', 'viewer']);
    await stage.join();
    expect(session.replica.current).toBe(before);
    expect([session.keptText.current, connectionOf(session)]).toEqual([undefined, 'connected']);
  });

  it('says nothing of what was refused after it is given back', async () => {
    const session = await openedWith('ours ');
    for (let round = 0; round < 20; round++) {
      type(session, `refused ${round}`);
      setRole('viewer');
      await stage.tellRole('viewer');
      await stage.join('ours ');
      expect(textOf(session)).toBe('ours ');
      setRole('editor');
      await stage.tellRole('editor');
      const socket = await stage.join('ours ');
      await stage.save();
      expect([socket.request.role, textIn(socket), session.status.current.truth]).toEqual(['editor', '', 'saved']);
    }
    expect(connectionOf(session)).toBe('connected');
  });

  it('is not undone by a relay that gave it back before we came again: what was refused stays refused', async () => {
    const session = await openedWith('ours ');
    type(session, 'refused');
    await stage.tellRole('viewer');
    // The question by what we get in is answered with the newest.
    const socket = await stage.join('ours ');
    expect([socket.request.role, textIn(socket), textOf(session), session.status.current.role]).toEqual(['editor', '', 'ours ', 'editor']);
    expect(session.keptText.current?.text).toBe('ours refused');
  });

  it('while the document is being joined replaces it all the same', async () => {
    const session = await stage.open();
    await stage.clock.settle();
    type(session, 'typed before');
    stage.sockets.last.opens();
    setRole('viewer');
    await stage.tellRole('viewer');
    await stage.join('ours');
    expect([textOf(session), session.keptText.current?.text]).toEqual(['ours', 'typed before']);
  });

  it('survives that the line is cut meanwhile: the old text is shown, and replaced when there is a relay', async () => {
    const session = await openedWith('ours ');
    type(session, 'refused');
    setRole('viewer');
    await stage.tellRole('viewer');
    stage.sockets.last.isClosedWith(1006);
    expect([connectionOf(session), textOf(session), session.status.current.role]).toEqual(['waiting', 'ours refused', 'viewer']);
    await stage.clock.advance(30_000);
    await stage.join('ours ');
    expect([textOf(session), session.keptText.current?.text]).toEqual(['ours ', 'ours refused']);
  });
});

describe('coming back', () => {
  it('R4 as a viewer with unsent edits replaces the document and keeps them', async () => {
    const first = await openedWith('ours ');
    stage.sockets.last.isClosedWith(1006);
    type(first, 'unsent');
    await first.close();
    setRole('viewer');
    const session = await stage.open();
    expect([textOf(session), session.status.current.role]).toEqual(['ours unsent', 'editor']);
    await stage.clock.settle();
    // Expected as an editor, let in as a viewer.
    expect(kindsOfSockets().slice(1)).toEqual(['editor (closed)', 'viewer']);
    await stage.join('ours ');
    expect([textOf(session), session.keptText.current?.text, stage.storage.textOf(place)]).toEqual(['ours ', 'ours unsent', 'ours ']);
    expect(stage.sockets.all.slice(1).map(textIn)).toEqual(['', '']);
  });

  it('as a viewer with nothing unsent keeps the replica', async () => {
    await (await openedWith('ours ')).close();
    setRole('viewer');
    const session = await stage.open();
    const before = session.replica.current;
    await stage.clock.settle();
    await stage.join('ours ');
    expect(session.replica.current).toBe(before);
    expect([session.keptText.current, connectionOf(session)]).toEqual([undefined, 'connected']);
  });

  it('as an editor sends what was not sent', async () => {
    const first = await openedWith('');
    stage.sockets.last.isClosedWith(1006);
    type(first, 'unsent');
    await first.close();
    const session = await stage.open();
    const socket = await stage.join();
    expect([textIn(socket), connectionOf(session)]).toEqual(['unsent', 'connected']);
  });
});

describe('a role that is given', () => {
  it('brings a writing socket without a gap, and the replica stays', async () => {
    setRole('viewer');
    const session = await stage.open();
    await stage.clock.settle();
    await stage.join('ours ');
    const [before, reading] = [session.replica.current, stage.sockets.last];
    setRole('editor');
    stage.hold();
    await stage.tellRole('editor');
    expect([session.status.current.role, connectionOf(session), reading.readyState]).toEqual(['editor', 'connected', 1]);
    type(session, 'mine');
    await stage.answer();
    await stage.answer();
    expect(reading.readyState).toBe(3);
    const socket = await stage.join('ours ');
    expect(session.replica.current).toBe(before);
    expect([socket.request.role, textIn(socket)]).toEqual(['editor', 'mine']);
    await stage.save();
    expect(session.status.current).toMatchObject({ role: 'editor', truth: 'saved', transport: 'websocket' });
    // Nothing that would write is given to a reader's stream, whatever is typed meanwhile.
    expect(textIn(reading)).toBe('');
  });

  it('and taken again before it could be used leaves a viewer, without what was typed in between', async () => {
    setRole('viewer');
    const session = await stage.open();
    await stage.clock.settle();
    await stage.join('ours ');
    stage.hold();
    await stage.tellRole('editor');
    type(session, 'in between');
    await stage.tellRole('viewer');
    await stage.answer();
    await stage.answer();
    await stage.answer();
    await stage.join('ours ');
    expect([textOf(session), session.status.current.role, session.keptText.current?.text]).toEqual(['ours ', 'viewer', 'ours in between']);
  });
});

it('another transport takes over without a gap', async () => {
  const session = await openedWith('ours ');
  const old = stage.sockets.last;
  old.transport = 'http';
  stage.hold();
  const states: string[] = [];
  session.status.subscribe(({ connection }) => states.push(connection.state));
  old.onbetter?.();
  await stage.clock.settle();
  type(session, 'while asking');
  await stage.answer();
  expect([old.readyState, textIn(old)]).toEqual([1, 'while asking']);
  await stage.answer();
  expect([old.readyState, stage.sockets.all.length]).toEqual([3, 2]);
  await stage.join('ours ');
  await stage.save();
  expect([connectionOf(session), session.status.current.truth, session.status.current.transport]).toEqual([
    'connected',
    'saved',
    'websocket',
  ]);
  expect([...new Set(states)]).toEqual(['connected', 'connecting']);
});

it('what works is not given up for another relay at the same address', async () => {
  const session = await openedWith('ours ');
  const { current: replica } = session.replica;
  const old = stage.sockets.last;
  old.transport = 'http';
  stage.relayId = 'r2';
  old.onbetter?.();
  await stage.clock.settle();
  type(session, 'and going on');
  expect([old.readyState, textIn(old), connectionOf(session), session.replica.current]).toEqual([1, 'and going on', 'connected', replica]);
  // It has to prove itself, and the look is repeated.
  old.says({ type: 'awareness', entries: new Uint8Array([0]) });
  stage.relayId = 'r1';
  await stage.clock.advance(LATE_MS + DEAD_MS + 1_000);
  expect([old.readyState, stage.sockets.all.length]).toEqual([3, 2]);
});

it('another transport that cannot be reached after all costs nothing, and is tried again', async () => {
  const session = await openedWith('ours ');
  const old = stage.sockets.last;
  old.transport = 'http';
  stage.hold();
  const states: string[] = [];
  session.status.subscribe(({ connection }) => states.push(connection.state));
  old.onbetter?.();
  await stage.clock.settle();
  await stage.answer(new Response('captive portal', { status: 502 }));
  expect([old.readyState, old.sentTypes.at(-1)]).toEqual([1, 'query-awareness']);
  type(session, 'meanwhile');
  old.says({ type: 'awareness', entries: new Uint8Array([0]) });
  expect([connectionOf(session), textIn(old)]).toEqual(['connected', 'meanwhile']);
  await stage.clock.advance(LATE_MS + DEAD_MS + 1_000);
  await stage.answer();
  await stage.answer();
  expect([old.readyState, stage.sockets.all.length]).toEqual([3, 2]);
  await stage.join('ours ');
  expect([connectionOf(session), session.status.current.transport, [...new Set(states)]]).toEqual([
    'connected',
    'websocket',
    ['connected', 'connecting'],
  ]);
});

it('says when everything was last seen saved, and how much is under way', async () => {
  const session = await stage.open();
  expect(session.status.current).toMatchObject({ savedAt: undefined, underWay: 0, transport: undefined });
  await stage.join();
  await stage.save();
  const first = stage.clock.now();
  expect(session.status.current.savedAt).toBe(first);
  await stage.clock.advance(5_000);
  type(session, 'a');
  type(session, 'b');
  expect(session.status.current).toMatchObject({ savedAt: first, underWay: 2 });
  await stage.save();
  expect(session.status.current).toMatchObject({ savedAt: first + 5_000, underWay: 0 });
  stage.sockets.last.isClosedWith(1006);
  expect(session.status.current).toMatchObject({ savedAt: first + 5_000, underWay: 0, transport: undefined });
});

describe('whether a document has all of another', () => {
  it('counts what was written and what was deleted, by everybody', () => {
    const one = new Y.Doc();
    one.getText('content').insert(0, 'abcdefghij');
    const two = new Y.Doc();
    Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
    expect([hasAllOf(one, two), hasAllOf(two, one)]).toEqual([true, true]);
    two.getText('content').delete(2, 1);
    expect([hasAllOf(one, two), hasAllOf(two, one)]).toEqual([false, true]);
    one.getText('content').delete(1, 5);
    expect([hasAllOf(one, two), hasAllOf(two, one)]).toEqual([true, false]);
    two.getText('content').delete(7, 1);
    expect([hasAllOf(one, two), hasAllOf(two, one)]).toEqual([false, false]);
    Y.applyUpdate(one, Y.encodeStateAsUpdate(two));
    expect(hasAllOf(one, two)).toBe(true);
    two.getText('content').insert(0, 'x');
    expect([hasAllOf(one, two), hasAllOf(two, one)]).toEqual([false, false]);
    expect(hasAllOf(new Y.Doc(), two)).toBe(false);
    expect(hasAllOf(two, new Y.Doc())).toBe(true);
  });
});

function updateOf(text: string): Uint8Array {
  const doc = new Y.Doc();
  doc.getText('content').insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

describe('a document that its owner deletes', () => {
  it('is not saved any more, whatever was, and is not asked for again', async () => {
    const session = await openedWith('ours ');
    expect(session.status.current.truth).toBe('saved');
    const { closeCode, reason } = REJECTIONS.deleted;
    stage.sockets.last.isClosedWith(closeCode, reason);
    expect(session.status.current).toMatchObject({ truth: 'on-device', connection: { state: 'refused', closeCode } });
    const sockets = stage.sockets.all.length;
    await stage.clock.advance(120_000);
    expect(stage.sockets.all).toHaveLength(sockets);
    expect(textOf(session)).toBe('ours ');
  });
});

describe('a session that nobody sees (R5)', () => {
  it('replaces nothing that would have to be, and does nothing more', async () => {
    const session = await openedWith('ours ');
    type(session, 'refused');
    await session.close();
    const misfits: string[] = [];
    setRole('viewer');
    const unseen = await stage.open('', undefined, { onMisfit: () => misfits.push('misfit'), onClosed: () => misfits.push('closed') });
    await stage.clock.settle();
    const sockets = stage.sockets.all.length;
    expect([misfits, textOf(unseen), stage.storage.keptTexts.current]).toEqual([['misfit'], 'ours refused', []]);
    await stage.clock.advance(60_000);
    expect(stage.sockets.all).toHaveLength(sockets);
    await unseen.close();
    expect(misfits).toEqual(['misfit', 'closed']);
    expect(stage.storage.found.get(JSON.stringify(['r1', DOCUMENT]))?.unsavedSince).toBeDefined();
  });

  it('claims nothing, and says nothing, at another relay', async () => {
    const session = await openedWith('ours ');
    type(session, 'unsaved');
    await session.close();
    stage.relayId = 'r2';
    const asked = stage.sentByHttp.length;
    let isMisfit = false;
    const unseen = await stage.open('', undefined, {
      onMisfit: () => {
        isMisfit = true;
      },
    });
    await stage.clock.settle();
    expect(isMisfit).toBe(true);
    expect(stage.sentByHttp.slice(asked).map((request) => request.split(' ')[1])).toEqual(['/health']);
    expect(textOf(unseen)).toBe('ours unsaved');
    await unseen.close();
  });
});
