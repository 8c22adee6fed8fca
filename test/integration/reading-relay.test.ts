import { afterEach, describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { SUBPROTOCOL_PLAIN, SUBPROTOCOL_SECRET_PREFIX } from '../../src/shared/protocol/frames';
import type { NewDocument, NewLink } from '../../src/shared/protocol/sharing';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { PostWriter } from '../support/post-writer';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { Typist } from '../support/room-for-test';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endStockClients();
  await endRelays();
});

const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

async function ask<Answer>(relay: RelayProcess, method: string, path: string, secret?: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${relay.address}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(secret === undefined ? {} : bearer(secret)) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return (await answer.json()) as Answer;
}

describe('a relay with links', () => {
  test('lets a link for readers read and no more, and ends what it opened when it is revoked; no log has a secret', async () => {
    const relay = await startRelayProcess({ flags: ['--access', 'links'] });
    const { document, secret: owner } = await ask<NewDocument>(relay, 'POST', '/documents', undefined, {});
    const { secret, link } = await ask<NewLink>(relay, 'POST', `/documents/${document}/links`, owner, { role: 'viewer' });
    const ada = new StockClient(relay.webSocketAddress, document, {
      name: 'Ada',
      protocols: [SUBPROTOCOL_PLAIN, `${SUBPROTOCOL_SECRET_PREFIX}${owner}`],
    });
    await ada.synced();
    ada.type('Hello');
    const path = `${relay.address}/documents/${document}`;
    const reader = new EventStreamClient(`${path}/stream`, { headers: { ...bearer(secret), 'Weft-Name': 'Grace' } });
    await until('it reads', () => reader.readInto(new Y.Doc()) === 'Hello');
    const feed = new EventStreamClient(`${relay.address}/feeds`, { body: [{ document, kind: 'presence', secret }] });
    await until('both are seen', () => feed.names().join() === 'Ada,Grace');
    expect(
      feed
        .people()
        .map(({ name, role }) => `${name} ${role}`)
        .sort(),
    ).toEqual(['Ada editor', 'Grace viewer']);
    // A viewer that asks for a way up gets one that takes nothing.
    const writer = await new PostWriter(relay.address, document, { headers: bearer(secret) }).opened();
    await writer.post(1, [{ type: 'update', update: new Typist(9).type('no') }]);
    for (const wrong of [{}, bearer('x'.repeat(24))]) {
      expect((await new EventStreamClient(`${path}/stream`, { headers: wrong }).ended()).status).toBe(401);
      expect((await new EventStreamClient(`${path}/presence`, { headers: wrong }).ended()).status).toBe(401);
    }
    await ask(relay, 'PATCH', `/documents/${document}/links/${link.id}`, owner, { isRevoked: true });
    await reader.ended(2_000);
    await writer.down.ended(2_000);
    await until('the feed is told', () => feed.of('refused').length === 1, 2_000);
    expect(ada.text).toBe('Hello');
    await ada.shows('Hello');
    await relay.stop();
    for (const each of [owner, secret]) expect(relay.stdout + relay.stderr).not.toContain(each);
  });
});

describe('a relay that stops', () => {
  test('ends its streams, and what was POSTed before is there when it is back', async () => {
    let relay = await startRelayProcess();
    const writer = await new PostWriter(relay.address, 'paper').opened();
    await writer.post(1, [{ type: 'update', update: new Typist(9).type('kept') }]);
    await until('it is saved', () => writer.progress.saved === 1);
    const feed = await new EventStreamClient(`${relay.address}/documents/paper/presence`).has('people');
    expect(await relay.stop()).toBe(0);
    await Promise.all([writer.down.ended(2_000), feed.ended(2_000)]);
    relay = await relay.startAgain();
    const reader = new EventStreamClient(`${relay.address}/documents/paper/stream`, {
      headers: { 'Last-Event-ID': writer.down.lastEventId ?? '' },
    });
    await until('it reads', () => reader.readInto(new Y.Doc()) === 'kept');
  });
});
