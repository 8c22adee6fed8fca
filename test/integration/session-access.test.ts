/** How a device gets into documents of a real relay with links, and keeps to it; rows E and F of the threats. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DocumentId, newDocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { GuardedRelay, SECRETS_GIVEN } from '../support/guarded-relay';
import { LossyProxy } from '../support/lossy-proxy';
import type { MemoryStorage } from '../support/memory-storage';
import { randomFrom, seedFromEnvironment } from '../support/random';
import { endRelays } from '../support/relay-process';
import { endSessionClients, SessionClient, type SessionClientOptions } from '../support/session-client';

let relay: GuardedRelay;
let document: DocumentId;

beforeAll(async () => {
  relay = await GuardedRelay.start();
});
beforeEach(() => {
  document = newDocumentId((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
});
afterEach(endSessionClients);
afterAll(endRelays);

const client = (more: Partial<SessionClientOptions> = {}) => new SessionClient({ relay: relay.process.address, document, ...more });
const secretsIn = (storage: MemoryStorage) => [...storage.keyring.keys.values()].flatMap(({ secret, link }) => [secret, link ?? '']);

/** A document that began on a device, and whose owner is there. */
async function begun(text = ''): Promise<SessionClient> {
  const owner = await client({ name: 'Olga' }).open('', { text, title: '' });
  await owner.connected();
  await owner.saved();
  return owner;
}

const reasonOf = ({ status: { connection } }: SessionClient) => ('reason' in connection ? (connection.reason ?? '') : '');
const made = (owner: SessionClient) => ({ document, secret: owner.session.currentSecret() ?? '' });
const linksOf = async (owner: SessionClient) =>
  JSON.parse((await relay.ask('GET', `/documents/${document}/links`, owner.session.currentSecret())).body).links as readonly {
    uses: number;
    arrivals: readonly { name: string }[];
  }[];

describe('getting in', () => {
  it('a document begins without a relay’s leave, is its maker’s, and is written and read by links', async () => {
    const owner = await begun('From the beginning. ');
    expect(owner.status).toMatchObject({ isOwner: true, access: 'links', role: 'editor', truth: 'saved', transport: 'websocket' });
    const writing = await relay.link(made(owner), { role: 'editor', mostUses: 1 });
    const reading = await relay.link(made(owner), { role: 'viewer', mostUses: 1 });
    const writer = await (await client({ name: 'Wim' }).open(writing.secret)).connected();
    const reader = await (await client({ name: 'Rita' }).open(reading.secret)).connected('viewer');
    writer.type('And more.');
    await until('all read it', () => [owner, reader].every(({ text }) => text === 'From the beginning. And more.'));
    expect(reader.status).toMatchObject({ role: 'viewer', isOwner: false, access: 'links', unsavedSince: undefined });
    expect([writer, reader].map(({ session, key }) => [session.address.secret, key?.link])).toEqual([
      ['', writing.secret],
      ['', reading.secret],
    ]);
    expect((await linksOf(owner)).map(({ uses, arrivals }) => [uses, arrivals[0]?.name])).toEqual([
      [1, 'Wim'],
      [1, 'Rita'],
    ]);
    // Again, as after a restart: without the link, and with it.
    for (const secret of ['', writing.secret]) {
      await writer.close();
      await (await writer.open(secret)).connected();
    }
    expect((await linksOf(owner)).map(({ uses }) => uses)).toEqual([1, 1]);
    expect(reader.textSent()).toBe('');
  });

  it('nobody gets in without a link, and the link of another document opens nothing', async () => {
    const owner = await begun('secret');
    const first = document;
    document = newDocumentId((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
    const { secret } = await relay.link(made(await begun()), { role: 'editor' });
    document = first;
    for (const offered of ['', secret, 'nonsense', 'a.b.c']) {
      const stranger = await client().open(offered);
      await until('it is refused', () => stranger.status.connection.state === 'refused');
      expect(stranger.status.connection).toMatchObject({ closeCode: 4401 });
      expect([stranger.text, stranger.requests.filter((request) => request.secret !== undefined)]).toEqual(['', []]);
      expect(stranger.storage.keyring.keys.size).toBe(0);
    }
    expect(owner.status.connection.state).toBe('connected');
  });

  it('a document from before there were owners is claimed by who has it, or by who comes first and asks for that, with all that it has', async () => {
    const { data, port } = relay.process;
    await relay.process.stop();
    relay = await GuardedRelay.start({ data, port, flags: ['--access', 'open'] });
    const before = await client().open();
    await before.connected();
    before.type('from before');
    await before.saved();
    expect(before.status).toMatchObject({ access: 'open', isOwner: false });
    const { storage } = before;
    await before.close();
    await relay.process.stop();
    relay = await GuardedRelay.start({ data, port });
    const owner = await (await client({ storage }).open()).connected();
    expect(owner.status).toMatchObject({ isOwner: true, access: 'links' });
    await until('all is there', () => owner.text === 'from before');
    const late = await client().open();
    await until('it is refused', () => late.status.connection.state === 'refused');
    late.session.begin();
    await until('it is told why', () => /made this document already/.test(reasonOf(late)));
  });

  it('an address without a link makes no document, and one that is wanted at it is its maker’s', async () => {
    const stranger = await client().open();
    await until('it is refused', () => stranger.status.connection.state === 'refused');
    expect(stranger.status).toMatchObject({ loaded: false, connection: { closeCode: 4401, mayBegin: true } });
    expect(reasonOf(stranger)).toMatch(/no key in it/);
    expect([stranger.storage.keyring.keys.size, (await relay.ask('GET', `/documents/${document}`, 'x'.repeat(43))).status]).toEqual([
      0, 401,
    ]);
    // Nobody owns it yet: it is there for whoever makes it.
    stranger.session.begin();
    await stranger.connected();
    expect([stranger.status.isOwner, stranger.status.loaded]).toEqual([true, true]);
  });

  it('answers that are lost cost no document and no use; nor do requests that come twice', async () => {
    const seed = seedFromEnvironment();
    const random = randomFrom(seed);
    const proxy = await LossyProxy.start(relay.process.address, random);
    const through = { relay: proxy.address, socketRelay: relay.process.address };
    try {
      for (let round = 0; round < 12; round++) {
        document = newDocumentId((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
        const owner = client(through);
        await comesThrough(owner, '', { text: 'begun here', title: '' });
        expect(owner.status.isOwner).toBe(true);
        await owner.saved();
        const { secret } = await relay.link(made(owner), { role: 'editor', mostUses: 3 });
        for (let guest = 0; guest < 3; guest++) await comesThrough(client(through), secret);
        expect(
          (await linksOf(owner)).map(({ uses }) => uses),
          `seed ${seed}`,
        ).toEqual([3]);
        await endSessionClients();
      }
      expect(proxy.counts.get('answer lost')).toBeGreaterThan(0);
    } finally {
      proxy.stop();
    }
  }, 60_000);

  /** Restarts, as an impatient person does, whenever an answer is lost. */
  async function comesThrough(guest: SessionClient, secret: string, first?: { text: string; title: string }): Promise<void> {
    await guest.open(secret, first);
    for (;;) {
      await until('something happens', () => ['connected', 'waiting', 'refused'].includes(guest.status.connection.state));
      if (guest.status.connection.state === 'connected') return;
      expect(guest.status.connection).toMatchObject({ state: 'waiting' });
      await guest.close();
      await guest.open(secret);
    }
  }

  it('says no secret to any log, those that were made here included', async () => {
    const owner = await begun('text');
    const { secret } = await relay.link(made(owner), { role: 'viewer' });
    const reader = await (await client().open(secret)).connected('viewer');
    const secrets = [...secretsIn(owner.storage), ...secretsIn(reader.storage), ...SECRETS_GIVEN].filter((one) => one !== '');
    expect(secrets.length).toBeGreaterThan(4);
    const said = `${relay.process.stdout}${relay.process.stderr}`;
    expect(secrets.filter((one) => said.includes(one))).toEqual([]);
  });
});

describe('being let go', () => {
  it('by revoking, takes under two seconds; what is typed after that stays on the device', async () => {
    const owner = await begun('text ');
    for (const role of ['editor', 'viewer'] as const) {
      const { secret, link } = await relay.link(made(owner), { role });
      const guest = await (await client().open(secret)).connected(role);
      const at = performance.now();
      await relay.revoke(made(owner), link.id);
      await until('it is refused', () => guest.status.connection.state === 'refused', 2_000);
      expect(performance.now() - at).toBeLessThan(2_000);
      expect(guest.status.connection).toMatchObject({ closeCode: 4401 });
      expect(guest.text).toBe('text ');
      if (role === 'viewer') continue;
      guest.type('mine');
      expect(guest.status).toMatchObject({ truth: 'on-device', connection: { state: 'refused' } });
      await guest.close();
      await guest.open();
      await until('it is refused', () => guest.status.connection.state === 'refused');
      expect([guest.text, guest.status.loaded]).toEqual(['text mine', true]);
    }
    expect(owner.text).toBe('text ');
  });
});
