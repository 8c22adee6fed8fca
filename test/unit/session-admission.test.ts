import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Key } from '../../src/renderer/documents/keyring';
import { connectionOf, DOCUMENT, ORIGIN, SessionStage, textIn, textOf, type } from '../support/session-stage';

const place = { relay: 'r1', document: DOCUMENT };
const mine: Key = { secret: 'my-secret', isUnclaimed: false, link: 'a-link', role: 'editor', isOwner: false };
const owner: Key = { secret: 'owner', isUnclaimed: false, link: undefined, role: 'editor', isOwner: true };
let stage: SessionStage;
const said: string[] = [];

beforeEach(() => {
  stage = new SessionStage();
  stage.relay.owner = 'owner';
  for (const method of ['warn', 'error', 'info', 'log'] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void said.push(words.map(String).join(' ')));
  }
});
afterEach(async () => {
  await stage.close();
  vi.restoreAllMocks();
  said.splice(0);
});

/** This device came before, by a link with this role. */
async function knowsTheWay(role: 'editor' | 'viewer' = 'editor'): Promise<void> {
  stage.storage.known.set(ORIGIN, 'r1');
  stage.relay.link('a-link', role);
  stage.relay.personal.set('my-secret', 'a-link');
  await stage.storage.keyring.keep(place, { ...mine, role });
}

const asked = () => stage.sentByHttp.map((request) => request.split(' ').slice(0, 2).join(' '));
const secretsOfSockets = () => stage.sockets.all.map(({ request }) => request.secret);

// Rules: door.ts.
describe('a known key', () => {
  it('is asked about though it was refused once, and is as good as before when it opens the document again', async () => {
    await knowsTheWay();
    await stage.storage.keyring.noteRefused(place, 'another');
    expect(await stage.storage.keyring.find(place)).toEqual(mine);
    await stage.storage.keyring.noteRefused(place, mine.secret);
    expect(await stage.storage.keyring.find(place)).toEqual({ ...mine, isRefused: true });
    await stage.open();
    await stage.join('there');
    expect(await stage.storage.keyring.find(place)).toEqual(mine);
  });

  it('opens a socket as soon as the relay is the right one, and uses it when the relay says that it holds', async () => {
    await knowsTheWay();
    stage.hold();
    const session = await stage.open();
    await stage.clock.settle();
    expect([asked(), stage.sockets.all.length]).toEqual([['GET /health'], 0]);
    await stage.answer();
    expect([asked().at(-1), secretsOfSockets()]).toEqual(['GET /documents/a-document', ['my-secret']]);
    const socket = stage.sockets.last;
    socket.opens();
    expect([socket.sent, session.currentSecret()]).toEqual([[], undefined]);
    await stage.answer();
    expect(socket.sentTypes).toContain('sync-request');
    expect(session.currentSecret()).toBe('my-secret');
    await stage.join('hello', socket);
    expect([connectionOf(session), textOf(session), stage.sockets.all.length]).toEqual(['connected', 'hello', 1]);
    expect(session.status.current).toMatchObject({ role: 'editor', isOwner: false, access: 'links', transport: 'websocket' });
    await session.close();
    expect(session.currentSecret()).toBe(undefined);
  });

  it('R3 says what the relay said last until it says something else, and no socket of another kind is used', async () => {
    await knowsTheWay('editor');
    stage.relay.link('a-link', 'viewer');
    stage.hold();
    const session = await stage.open();
    expect(session.status.current).toMatchObject({ role: 'editor', access: 'links' });
    await stage.answer();
    const wrong = stage.sockets.last;
    wrong.opens();
    await stage.answer();
    expect([wrong.request.role, wrong.readyState, wrong.sent]).toEqual(['editor', 3, []]);
    expect(stage.sockets.last.request).toMatchObject({ role: 'viewer', secret: 'my-secret' });
    await stage.join('text');
    expect(session.status.current).toMatchObject({ role: 'viewer', transport: 'event-stream', connection: { state: 'connected' } });
    expect((await stage.storage.keyring.find(place))?.role).toBe('viewer');
    expect((await stage.open()).status.current.role).toBe('viewer');
  });

  it('is found at an address where its relay was never met before', async () => {
    await knowsTheWay();
    stage.storage.known.clear();
    // Where nobody without the relay's key could begin it anew.
    stage.relay.relayKey = 'the-relay-key';
    const session = await stage.open();
    await stage.join('text');
    expect([connectionOf(session), session.currentSecret(), session.status.current.isOwner]).toEqual(['connected', 'my-secret', false]);
    expect(asked().filter((request) => !request.endsWith('/health'))).toEqual(['GET /documents/a-document']);
  });

  it('R1 goes to no other relay at the same address, nor does the secret in the address that the known one has seen', async () => {
    await knowsTheWay();
    stage.relayId = 'r2';
    // It could be claimed there: not by somebody who came by a link.
    stage.relay.owner = undefined;
    for (const secret of ['', 'a-link', 'my-secret']) {
      const session = await stage.open(secret);
      await stage.clock.settle();
      // It may be the other one again, any time.
      expect(session.status.current.connection).toMatchObject({
        state: 'waiting',
        reason: 'Another relay answers at this address; check it with whoever sent you the link.',
      });
      expect(session.currentSecret()).toBe(undefined);
    }
    expect(stage.sentByHttp.join()).not.toMatch(/my-secret|a-link/);
    expect(secretsOfSockets()).toEqual([]);
    expect(await stage.storage.keyring.find(place)).toEqual(mine);
  });

  it('is used again when its relay is back', async () => {
    await knowsTheWay();
    stage.relayId = 'r2';
    const session = await stage.open();
    await stage.clock.settle();
    stage.relayId = 'r1';
    await stage.clock.advance(1_000);
    await stage.join('text');
    expect([connectionOf(session), session.currentSecret(), textOf(session)]).toEqual(['connected', 'my-secret', 'text']);
  });

  it('R1 lets a new link to another relay at the same address be used there, and keeps both keys', async () => {
    await knowsTheWay();
    stage.relayId = 'r2';
    stage.relay.link('new-link', 'editor', 1);
    const session = await stage.open('new-link');
    await stage.join('theirs');
    expect(connectionOf(session)).toBe('connected');
    expect(await stage.storage.keyring.find({ ...place, relay: 'r2' })).toMatchObject({ link: 'new-link' });
    expect(await stage.storage.keyring.find(place)).toEqual(mine);
  });

  it('of an owner begins the document anew at a relay that lost it', async () => {
    stage.storage.known.set(ORIGIN, 'r1');
    await stage.storage.keyring.keep(place, owner);
    stage.relayId = 'r2';
    stage.relay.owner = undefined;
    const session = await stage.open();
    await stage.join();
    expect(session.status.current).toMatchObject({ isOwner: true, connection: { state: 'connected' } });
    expect(stage.sentByHttp.join()).not.toContain('owner');
  });

  it('is refused when it opens nothing any more; what is typed stays, and “try again” tries again', async () => {
    await knowsTheWay();
    stage.relay.link('a-link', 'editor').isRevoked = true;
    const session = await stage.open();
    await stage.clock.settle();
    expect(session.status.current.connection).toEqual({
      state: 'refused',
      closeCode: 4401,
      reason: 'This link does not open the document; ask for a new one.',
    });
    expect([stage.sockets.last.readyState, stage.sockets.last.sent]).toEqual([3, []]);
    type(session, 'still here');
    await stage.clock.advance(120_000);
    expect([connectionOf(session), session.status.current.truth, asked().length]).toEqual(['refused', 'on-device', 2]);
    stage.relay.link('a-link', 'editor');
    session.retry();
    await stage.join();
    expect([connectionOf(session), textIn(stage.sockets.last)]).toEqual(['connected', 'still here']);
  });
});

describe('a link', () => {
  it('R4 is exchanged before any socket is opened; then its key is on the disk, and the address needs no secret', async () => {
    const link = stage.relay.link('a-link', 'viewer', 1);
    stage.hold();
    const session = await stage.open('a-link');
    expect([session.address.secret, session.keptKey.current, session.status.current]).toMatchObject([
      'a-link',
      undefined,
      { role: 'viewer', access: 'unknown', loaded: false },
    ]);
    const kept: (Key | undefined)[] = [];
    session.keptKey.subscribe((key) => kept.push(key));
    await stage.answer();
    expect([asked(), stage.sockets.all.length]).toEqual([['GET /health', 'POST /documents/a-document/join'], 0]);
    // What was made is on the disk before it is sent.
    expect(await stage.storage.keyring.find(place)).toMatchObject({ isUnclaimed: true, link: 'a-link' });
    await stage.answer();
    await stage.join('to read');
    const key = await stage.storage.keyring.find(place);
    expect(key).toMatchObject({ isUnclaimed: false, link: 'a-link', role: 'viewer', isOwner: false });
    expect(kept).toEqual([key]);
    expect([session.address.secret, session.currentSecret(), stage.sockets.last.request.secret]).toEqual(['', key?.secret, key?.secret]);
    expect([link.uses, textOf(session), session.status.current.role]).toEqual([1, 'to read', 'viewer']);
  });

  it('R2 is used once, however many connections there are and where nothing can be kept', async () => {
    const link = stage.relay.link('a-link', 'editor', 1);
    stage.storage.keyring.isFailing = true;
    const session = await stage.open('a-link');
    for (let round = 0; round < 4; round++) {
      await stage.join();
      expect(connectionOf(session)).toBe('connected');
      stage.sockets.last.isClosedWith(1006);
      await stage.clock.advance(30_000);
    }
    expect([link.uses, session.keptKey.current, session.address.secret]).toEqual([1, undefined, 'a-link']);
  });

  it('R2 is used once where its key cannot take the place of one that opens nothing any more', async () => {
    await knowsTheWay();
    stage.relay.link('a-link', 'editor').isRevoked = true;
    const link = stage.relay.link('new-link', 'editor', 1);
    stage.storage.keyring.isFull = true;
    const session = await stage.open('new-link');
    for (let round = 0; round < 3; round++) {
      await stage.join();
      expect(connectionOf(session)).toBe('connected');
      stage.sockets.last.isClosedWith(1006);
      await stage.clock.advance(30_000);
    }
    expect([link.uses, session.address.secret]).toEqual([1, 'new-link']);
  });

  it('is used once when its answers are lost, over restarts too', async () => {
    const link = stage.relay.link('a-link', 'editor', 1);
    stage.hold();
    for (let round = 0; round < 3; round++) {
      const session = await stage.open('a-link');
      await stage.clock.settle();
      await stage.answer();
      // It arrives, and its answer does not.
      const request = stage.requests.shift();
      const made = (JSON.parse(request?.path.split(' ').slice(4).join(' ') ?? '{}') as { secret: string }).secret;
      stage.relay.answer({ type: 'exchange', link: 'a-link', made });
      request?.answer(Response.error());
      await session.close();
    }
    const session = await stage.open('');
    await stage.clock.settle();
    await stage.answer();
    await stage.answer();
    await stage.join();
    expect([link.uses, connectionOf(session)]).toEqual([1, 'connected']);
  });

  it('leaves an owner the owner', async () => {
    stage.storage.known.set(ORIGIN, 'r1');
    await stage.storage.keyring.keep(place, owner);
    const link = stage.relay.link('a-link', 'viewer', 5);
    const session = await stage.open('a-link');
    await stage.join();
    expect([session.status.current.isOwner, link.uses, session.address.secret, session.keptKey.current]).toEqual([true, 0, '', owner]);
  });

  it('comes back after too many attempts, and asks no sooner', async () => {
    stage.relay.link('a-link', 'editor');
    stage.hold();
    const session = await stage.open('a-link');
    await stage.clock.settle();
    await stage.answer();
    await stage.answer(Response.json({}, { status: 429 }));
    expect(session.status.current.connection).toMatchObject({ state: 'waiting', reason: 'Too many attempts; trying again soon.' });
    expect(stage.requests).toEqual([]);
    await stage.clock.advance(1_000);
    await stage.answer();
    await stage.answer();
    await stage.join();
    expect(connectionOf(session)).toBe('connected');
  });

  it('is not waited for longer than 15 s', async () => {
    stage.relay.link('a-link', 'editor');
    stage.hold();
    const session = await stage.open('a-link');
    await stage.clock.settle();
    await stage.answer();
    const [request] = stage.requests;
    await stage.clock.advance(14_999);
    expect(connectionOf(session)).toBe('connecting');
    await stage.clock.advance(1);
    expect(session.status.current.connection).toMatchObject({ state: 'waiting', reason: 'The relay does not answer.' });
    expect(request?.signal?.aborted).toBe(true);
  });
});

describe('a document that begins here', () => {
  it('is claimed with a secret that is on the disk before it is sent', async () => {
    stage.relay.owner = undefined;
    stage.hold();
    const session = await stage.open('', { text: 'mine', title: '' });
    expect(session.status.current).toMatchObject({ role: 'editor', isOwner: false, loaded: true });
    await stage.clock.settle();
    await stage.answer();
    const made = await stage.storage.keyring.find(place);
    expect(made).toMatchObject({ isUnclaimed: true, isOwner: true, link: undefined });
    expect(made?.secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([stage.sockets.all.length, session.keptKey.current]).toEqual([0, undefined]);
    await stage.answer();
    await stage.join();
    expect(stage.relay.owner).toBe(made?.secret);
    expect(await stage.storage.keyring.find(place)).toEqual({ ...made, isUnclaimed: false });
    expect(session.status.current).toMatchObject({ isOwner: true, connection: { state: 'connected' } });
    expect(session.keptKey.current?.secret).toBe(made?.secret);
    expect(textIn(stage.sockets.last)).toBe('mine');
  });

  it('is claimed with the same secret after a restart in between', async () => {
    stage.relay.owner = undefined;
    stage.hold();
    const session = await stage.open('', { text: 'mine', title: '' });
    await stage.clock.settle();
    await stage.answer();
    const made = await stage.storage.keyring.find(place);
    await session.close();
    stage.requests.splice(0);
    const again = await stage.open();
    await stage.clock.settle();
    await stage.answer();
    // Nobody knows yet whether it opens anything.
    expect(secretsOfSockets()).not.toContain(made?.secret);
    await stage.answer();
    await stage.join();
    expect([stage.relay.owner, again.status.current.isOwner]).toEqual([made?.secret, true]);
  });

  it('waits for the key of a relay that needs one, and goes on with it', async () => {
    stage.relay.owner = undefined;
    stage.relay.relayKey = 'the-relay-key';
    const session = await stage.open('', { text: 'mine', title: '' });
    await stage.clock.settle();
    expect(session.status.current.connection).toMatchObject({ state: 'needs-relay-key', reason: expect.stringContaining('need its key') });
    expect([asked(), session.status.current.truth]).toEqual([['GET /health'], 'on-device']);
    await session.useRelayKey('wrong-key');
    await stage.clock.settle();
    expect(session.status.current.connection).toMatchObject({ state: 'needs-relay-key', reason: expect.stringContaining('not the key') });
    await session.useRelayKey(' the-relay-key\n');
    await stage.join();
    expect(session.status.current).toMatchObject({ isOwner: true, connection: { state: 'connected' } });
    expect(await stage.storage.keyring.relayKey(ORIGIN)).toBe('the-relay-key');
  });

  it('is refused when it has another owner, and keeps what was typed', async () => {
    const session = await stage.open('', { text: 'mine', title: '' });
    await stage.clock.settle();
    expect(session.status.current.connection).toMatchObject({ state: 'refused', closeCode: 4401 });
    expect([textOf(session), session.status.current.isOwner]).toEqual(['mine', false]);
    expect(await stage.storage.keyring.find(place)).toBe(undefined);
  });
});

describe('open access', () => {
  it('costs no round trip before the socket, and no secret', async () => {
    stage.access = 'open';
    stage.hold();
    const session = await stage.open();
    await stage.clock.settle();
    expect(secretsOfSockets()).toEqual([undefined]);
    await stage.answer();
    await stage.join('text', stage.sockets.last);
    expect(session.status.current).toMatchObject({ access: 'open', role: 'editor', isOwner: false, connection: { state: 'connected' } });
    expect([asked(), session.keptKey.current, session.currentSecret()]).toEqual([['GET /health'], undefined, undefined]);
  });

  it('is sent an owner’s key, and no link’s secret', async () => {
    stage.access = 'open';
    const byLink = await stage.open('a-link');
    await stage.join();
    expect([byLink.address.secret, secretsOfSockets()]).toEqual(['a-link', [undefined]]);
    await stage.storage.keyring.keep(place, owner);
    const own = await stage.open();
    await stage.join();
    expect([own.status.current.isOwner, stage.sockets.last.request.secret]).toEqual([true, 'owner']);
  });

  it('that ended is noticed: a socket without a secret is dropped unused', async () => {
    stage.relay.owner = undefined;
    const session = await stage.open();
    const early = stage.sockets.last;
    early.opens();
    await stage.clock.settle();
    session.begin();
    await stage.join();
    expect([early.request.secret, early.readyState, early.sent]).toEqual([undefined, 3, []]);
    expect([connectionOf(session), session.status.current.isOwner]).toEqual(['connected', true]);
  });
});

it('a socket that cannot be opened is not quoted', async () => {
  await knowsTheWay();
  const { open } = stage.sockets;
  Object.assign(stage.sockets, {
    open: ({ secret }: { secret: string }) => {
      throw new SyntaxError(`'weft.secret.${secret}' is no protocol`);
    },
  });
  const session = await stage.open();
  await stage.clock.settle();
  expect(session.status.current.connection).toMatchObject({ state: 'waiting', reason: 'This relay cannot be reached from here.' });
  expect(said.join()).toContain('SyntaxError');
  expect(said.join()).not.toContain('my-secret');
  Object.assign(stage.sockets, { open });
});

it('nothing of a secret is said anywhere', async () => {
  stage.storage.keyring.isFailing = true;
  stage.relay.link('a-link', 'editor');
  const session = await stage.open('a-link');
  const statuses: string[] = [];
  session.status.subscribe((status) => statuses.push(JSON.stringify(status)));
  await stage.join();
  await session.useRelayKey('the-relay-key');
  stage.sockets.last.isClosedWith(4401, 'This link does not open the document; ask for a new one.');
  await stage.clock.settle();
  const secrets = ['a-link', stage.sockets.last.request.secret ?? '', 'the-relay-key'];
  for (const words of [...said, ...statuses]) for (const secret of secrets) expect(words).not.toContain(secret);
  expect(said.length).toBeGreaterThan(0);
});
