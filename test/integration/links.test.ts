/** Links against the real relay: who gets in by what, who is let go, and that no secret is ever written down. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LOOPBACK_FACTOR } from '../../server/access/attempts-per-minute';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import type { Links } from '../../src/shared/protocol/sharing';
import { until } from '../support/condition';
import { GuardedRelay, SECRETS_GIVEN } from '../support/guarded-relay';
import { limitFlags } from '../support/limit-flag';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

let relay: GuardedRelay;

beforeAll(async () => {
  relay = await GuardedRelay.start();
});
afterEach(() => {
  endRawClients();
  endStockClients();
});
afterAll(endRelays);

function update(text: string): Uint8Array {
  const doc = new Y.Doc();
  doc.getText('content').insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

const deleted = { code: 4410, reason: REJECTIONS.deleted.reason };
const closing = { code: 4401, reason: 'This link does not open the document; ask for a new one.' };

describe('a WebSocket', () => {
  it('opens with a secret as a sub-protocol, and with one in Authorization; the answer names no secret', async () => {
    const { document, secret } = await relay.create();
    const page = await relay.open(document, secret).joined();
    expect(page.socket.protocol).toBe('weft.v1');
    const headers = { Authorization: `Bearer ${secret}` };
    await new RawClient(`${relay.process.webSocketAddress}/${document}`, { headers }).joined();
  });

  it('R4 with a wrong secret is upgraded and closed with 4401, and nothing it sends is looked at', async () => {
    const made = await relay.create();
    const other = await relay.create();
    const revoked = await relay.link(made, { role: 'editor' });
    await relay.revoke(made, revoked.link.id);
    const limited = await relay.link(made, { role: 'editor', mostUses: 1 });
    const expired = await relay.link(made, { role: 'editor', expiresAt: 1 });
    for (const secret of [undefined, 'x'.repeat(24), 'a.b.c', other.secret, revoked.secret, limited.secret, expired.secret]) {
      const client = relay.open(made.document, secret);
      client.socket.on('open', () => {
        // Malformed: a relay that read it would close with 4400.
        for (let count = 0; count < 100; count++) client.send(Uint8Array.of(77, 77));
        client.send({ type: 'update', update: update('written by nobody') });
      });
      expect(await client.ended()).toEqual(closing);
      expect(client.frames).toEqual([]);
    }
    const owner = await relay.open(made.document, made.secret).joined();
    const reply = owner.frames.find((frame) => frame.type === 'sync-reply');
    expect(reply?.type === 'sync-reply' && [...reply.update]).toEqual([0, 0]);
  });

  it('of a stock client opens by a link without a limit, and two of them write together', async () => {
    const made = await relay.create();
    const { secret } = await relay.link(made, { role: 'editor' });
    const protocols = ['weft.plain', `weft.secret.${secret}`];
    const [one, two] = [1, 2].map(() => new StockClient(relay.process.webSocketAddress, made.document, { protocols }));
    await until('both are in', () => one?.provider.synced === true && two?.provider.synced === true);
    one?.content.insert(0, 'hello');
    await until('the other has it', () => two?.text === 'hello');
  });

  it('of a stock client with a wrong secret does not come again', async () => {
    const { document } = await relay.create();
    const client = new StockClient(relay.process.webSocketAddress, document, {
      protocols: ['weft.plain', `weft.secret.${'y'.repeat(24)}`],
    });
    await until('it is closed', () => client.closes.length > 0);
    expect(client.closes).toEqual([closing]);
    expect(client.provider.shouldConnect).toBe(false);
  });
});

describe('a link', () => {
  it('is exchanged for a personal secret that goes on working when the relay starts again', async () => {
    const own = await GuardedRelay.start();
    const made = await own.create();
    const { secret, link } = await own.link(made, { role: 'editor', mostUses: 1, label: 'for Ada' });
    const joined = await own.join(made.document, secret, '  Ada\n<b>  ');
    expect(joined).toMatchObject({ document: made.document, role: 'editor', isOwner: false, name: 'Ada <b>' });
    expect((await own.ask('POST', `/documents/${made.document}/join`, secret, {})).status).toBe(401);
    const client = await own.open(made.document, joined.secret).joined();
    client.send({ type: 'update', update: update('kept') });
    await until('it is saved', () => client.frames.some((frame) => frame.type === 'progress' && frame.saved === 1));
    const port = own.process.port;
    await own.process.kill9();
    const again = await GuardedRelay.start({ data: own.process.data, port });
    const member = await again.ask('GET', `/documents/${made.document}`, joined.secret);
    expect(JSON.parse(member.body)).toEqual({ document: made.document, role: 'editor', isOwner: false, name: 'Ada <b>' });
    const { links } = JSON.parse((await again.ask('GET', `/documents/${made.document}/links`, made.secret)).body) as Links;
    expect(links).toEqual([expect.objectContaining({ id: link.id, label: 'for Ada', uses: 1, mostUses: 1, isRevoked: false })]);
    expect(links[0]?.arrivals.map(({ name }) => name)).toEqual(['Ada <b>']);
  });

  it.each([
    ['no body', undefined],
    ['no role', {}],
    ['a role that is none', { role: 'owner' }],
    ['a misspelt expiry', { role: 'viewer', expires: 1 }],
    ['an expiry in words', { role: 'viewer', expiresAt: 'tomorrow' }],
    ['an expiry beyond time', { role: 'viewer', expiresAt: 1e17 }],
    ['no uses', { role: 'viewer', mostUses: 0 }],
    ['half a use', { role: 'viewer', mostUses: 1.5 }],
    ['a label of 64 KB', { role: 'viewer', label: 'x'.repeat(65_536) }],
    ['a list', []],
  ])('with %s is not made, and the answer says nothing of it', async (_what, body) => {
    const made = await relay.create();
    const { status, body: said } = await relay.ask('POST', `/documents/${made.document}/links`, made.secret, body);
    expect([400, 413]).toContain(status);
    expect(said).not.toContain('expires"');
    expect(said.length).toBeLessThan(300);
  });

  it('that is revoked lets go of all its 50 sockets in under two seconds, and nothing they send then is kept', async () => {
    const made = await relay.create();
    const { secret, link } = await relay.link(made, { role: 'editor' });
    const personal = await relay.join(made.document, secret);
    const stay = await relay.open(made.document, made.secret).joined();
    const clients = await Promise.all(
      Array.from({ length: 50 }, (_, index) => relay.open(made.document, index % 2 === 0 ? secret : personal.secret).joined()),
    );
    const began = performance.now();
    await relay.revoke(made, link.id);
    for (const client of clients)
      if (client.socket.readyState === client.socket.OPEN) client.send({ type: 'update', update: update('too late') });
    for (const client of clients) expect(await client.ended(2_000)).toEqual(closing);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await relay.open(made.document, secret).ended()).toEqual(closing);
    expect(await relay.open(made.document, personal.secret).ended()).toEqual(closing);
    expect(stay.closed).toBeUndefined();
    expect(stay.count('update')).toBe(0);
  });

  it.each(['presence', 'stream'])('that is revoked ends its event streams too: %s', async (kind) => {
    const made = await relay.create();
    const { secret, link } = await relay.link(made, { role: 'viewer' });
    await relay.watch(`/documents/${made.document}/${kind}`, secret, async (response) => {
      expect(response.status).toBe(200);
      const began = performance.now();
      await relay.revoke(made, link.id);
      expect(await response.text()).toContain('unauthorized');
      expect(performance.now() - began).toBeLessThan(2_000);
    });
  });

  it('that expires lets go of its sockets then', async () => {
    const made = await relay.create();
    const { secret } = await relay.link(made, { role: 'editor', expiresAt: Date.now() + 1_500 });
    const client = await relay.open(made.document, secret).joined();
    expect(await client.ended(4_000)).toEqual(closing);
  });

  it('that is removed lets go of its sockets, and is listed no more', async () => {
    const made = await relay.create();
    const { secret, link } = await relay.link(made, { role: 'viewer' });
    const client = await relay.open(made.document, secret).joined();
    expect((await relay.ask('DELETE', `/documents/${made.document}/links/${link.id}`, made.secret)).status).toBe(204);
    expect(await client.ended()).toEqual(closing);
    expect(JSON.parse((await relay.ask('GET', `/documents/${made.document}/links`, made.secret)).body)).toEqual({ links: [] });
    expect((await relay.ask('DELETE', `/documents/${made.document}/links/${link.id}`, made.secret)).status).toBe(404);
  });
});

describe('deleting a document', () => {
  it('lets go of everybody, and leaves neither text nor links, now and when the relay starts again', async () => {
    const own = await GuardedRelay.start();
    const key = await own.key();
    const [made, kept] = [await own.create(), await own.create()];
    const { secret } = await own.link(made, { role: 'editor' });
    const clients = [await own.open(made.document, made.secret).joined(), await own.open(made.document, secret).joined()];
    const elsewhere = await own.open(kept.document, kept.secret).joined();
    for (const [client, text] of [
      [clients[0], 'a text that goes'],
      [elsewhere, 'a text that stays'],
    ] as const) {
      client?.send({ type: 'update', update: update(text) });
      await until('it is saved', () => client?.frames.some((frame) => frame.type === 'progress' && frame.saved === 1) === true);
    }
    clients[1]?.send({ type: 'update', update: update('on its way') });
    expect((await own.ask('DELETE', `/documents/${made.document}`, secret)).status).toBe(403);
    expect((await own.ask('DELETE', `/documents/${made.document}`, made.secret)).status).toBe(204);
    for (const client of clients) expect(await client.ended(2_000)).toEqual(deleted);
    expect(elsewhere.closed).toBeUndefined();
    for (const each of [made.secret, secret]) expect((await own.ask('GET', `/documents/${made.document}`, each)).status).toBe(401);
    const listed = async (at: GuardedRelay) => JSON.parse((await at.ask('GET', '/documents', key)).body) as unknown;
    expect(await listed(own)).toEqual({ documents: [kept.document] });
    await own.process.stop();
    const again = await own.process.startAgain();
    const answer = await fetch(`${again.address}/documents`, { headers: { Authorization: `Bearer ${key}` } });
    expect(await answer.json()).toEqual({ documents: [kept.document] });
  });

  it('ends the streams of those who only watch', async () => {
    const made = await relay.create();
    for (const kind of ['presence', 'stream']) {
      const watched = kind === 'presence' ? made : await relay.create();
      await relay.watch(`/documents/${watched.document}/${kind}`, watched.secret, async (response) => {
        expect((await relay.ask('DELETE', `/documents/${watched.document}`, watched.secret)).status).toBe(204);
        expect(await response.text()).toContain('"error":"deleted"');
      });
    }
  });

  it('under open access needs the owner, and the id can be used anew', async () => {
    const own = await GuardedRelay.start({ flags: ['--access', 'open'] });
    const made = await own.create();
    const client = await own.open(made.document, undefined).joined();
    client.send({ type: 'update', update: update('old') });
    await until('it is saved', () => client.frames.some((frame) => frame.type === 'progress' && frame.saved === 1));
    const stock = await new StockClient(own.process.webSocketAddress, made.document).synced();
    expect((await own.ask('DELETE', `/documents/${made.document}`)).status).toBe(403);
    expect((await own.ask('DELETE', `/documents/${made.document}`, made.secret)).status).toBe(204);
    // One that came again would bring the document back.
    await until('the stock client is told', () => stock.closes.length > 0);
    expect([stock.closes, stock.provider.shouldConnect]).toEqual([[deleted], false]);
    const anew = await own.open(made.document, undefined).joined();
    const reply = anew.frames.find((frame) => frame.type === 'sync-reply');
    expect(reply?.type === 'sync-reply' && [...reply.update]).toEqual([0, 0]);
  });
});

describe("the relay's key", () => {
  it('is in a file that nobody else may read, named in the log, and never said', async () => {
    const key = await relay.key();
    const file = join(relay.process.data, 'relay-key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(relay.process.stderr).toContain(file);
    expect(`${relay.process.stdout}${relay.process.stderr}`).not.toContain(key);
  });
});

// Last in this file, when everything above has been said and done.
describe('secrets', () => {
  it('are in nothing that the relay printed, and of what it keeps in the file of its key alone', async () => {
    expect(SECRETS_GIVEN.size).toBeGreaterThan(20);
    const printed = `${relay.process.stdout}${relay.process.stderr}`;
    expect(printed).toContain('request refused');
    const folder = join(relay.process.data, 'documents');
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1')));
    expect(files.join('')).toContain('personal');
    for (const secret of SECRETS_GIVEN) for (const text of [printed, ...files]) expect(text.includes(secret)).toBe(false);
  });

  it('are in no answer to whoever is refused, and in no answer twice', async () => {
    const made = await relay.create();
    const wrong = 'w'.repeat(24);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/links'],
      ['POST', '/join'],
      ['POST', '/links'],
    ] as const) {
      const { status, body, headers } = await relay.ask(
        method,
        `/documents/${made.document}${path}`,
        wrong,
        method === 'POST' ? {} : undefined,
      );
      expect(status).toBe(401);
      expect(`${body}${JSON.stringify([...headers])}`).not.toContain(wrong);
    }
    const member = await relay.ask('GET', `/documents/${made.document}`, made.secret);
    expect(member.headers.get('Cache-Control')).toBe('no-store');
    expect(member.body).not.toContain(made.secret);
  });
});

it('what was revoked locks nobody out, however often it is tried from one address; guesses do', async () => {
  const own = await GuardedRelay.start({ flags: limitFlags({ failuresPerMinute: 1 }) });
  const made = await own.create();
  const { link, secret } = await own.link(made, { role: 'viewer' });
  const joined = await Promise.all(Array.from({ length: 40 }, () => own.join(made.document, secret)));
  await own.revoke(made, link.id);
  const statusBy = async (by: string) => (await own.ask('GET', `/documents/${made.document}`, by)).status;
  const revoked = await Promise.all([secret, ...joined.map((each) => each.secret)].map(statusBy));
  expect([new Set(revoked), await statusBy(made.secret)]).toEqual([new Set([401]), 200]);
  for (let count = 0; count < LOOPBACK_FACTOR; count++) expect(await statusBy('x'.repeat(24))).toBe(401);
  expect(await statusBy(made.secret)).toBe(429);
});
