import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { systemClock } from '../../src/renderer/documents/clock';
import type { StreamRequest } from '../../src/renderer/streams/event-stream';
import { ownStreams } from '../../src/renderer/streams/own-streams';
import { until } from '../support/condition';
import { endReadingServers, type ReadingServer, SecretsForTest, startReadingServer } from '../support/reading-server';
import { SeenStream, streamRequest } from '../support/seen-stream';
import { endStockClients, StockClient } from '../support/stock-client';

const open: SeenStream[] = [];

afterEach(async () => {
  for (const seen of open.splice(0)) seen.stream.close();
  endStockClients();
  await endReadingServers();
});

const openStream = ownStreams({ fetch: globalThis.fetch, clock: systemClock });

function stream(server: ReadingServer, changes: Partial<Omit<StreamRequest, 'document'>> = {}): SeenStream {
  const seen = new SeenStream(openStream, streamRequest({ relay: server.address, ...changes }));
  open.push(seen);
  return seen;
}

/** What the text is to whoever got these frames. */
function textOf(doc: Y.Doc, seen: SeenStream): string {
  for (const frame of seen.frames()) if (frame.type === 'sync-reply' || frame.type === 'update') Y.applyUpdate(doc, frame.update);
  return doc.getText('content').toString();
}

describe('a stream of a real relay', () => {
  it('goes on after its last event id without a gap, and is seen as a viewer', async () => {
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('one ');
    const doc = new Y.Doc();
    const first = await stream(server, { reader: { name: 'Grâce', color: '#a1b2c3' } }).has('frame');
    await until('one', () => textOf(doc, first) === 'one ');
    await until('Ada sees the reader', () => ada.people.join() === 'Ada,Grâce');
    first.stream.close();
    await until('the reader is gone', () => ada.people.join() === 'Ada', 1_000);
    ada.type('two ');
    const second = await stream(server, { lastEventId: first.lastEventId }).has('frame');
    expect(second.frames()[0]?.type).toBe('sync-reply');
    await until('two', () => textOf(doc, second) === 'one two ');
    const fresh = new Y.Doc();
    expect(textOf(fresh, second)).toBe('');
  });

  it('stays, by its signs of life; without them the relay would end it', async () => {
    const server = await startReadingServer({ limits: { beatMs: 600 } });
    const seen = await stream(server).has('heartbeat', 4);
    expect([seen.ends, server.writers.count]).toEqual([[], 1]);
    const silent = new SeenStream(ownStreams({ fetch: withoutPosts, clock: systemClock }), streamRequest({ relay: server.address }));
    open.push(silent);
    expect(await silent.ended()).toMatchObject({ type: 'lost' });
  });

  it('is refused by a status, and by an event when the grant ends', async () => {
    const secrets = new SecretsForTest().set('good', { role: 'viewer' });
    const server = await startReadingServer({ authoriser: secrets });
    expect(await stream(server, { secret: 'bad' }).ended()).toMatchObject({ type: 'refused', error: 'unauthorized' });
    const seen = await stream(server, { secret: 'good', kind: 'presence' }).has('people');
    secrets.delete('good');
    server.live.end(streamRequest().document, 'good', 'revoked');
    expect(await seen.ended(2_000)).toMatchObject({ type: 'refused', error: 'unauthorized' });
  });

  it('leaves nothing at the relay when it is closed, at any moment', async () => {
    const server = await startReadingServer({ limits: { connectsPerMinute: 10_000 } });
    for (let time = 0; time < 60; time++) {
      const seen = stream(server, { kind: (['reader', 'writer', 'presence'] as const)[time % 3] ?? 'reader' });
      if (time % 4 === 1) await new Promise((resolve) => setTimeout(resolve, time % 7));
      if (time % 4 === 2) await until('something came', () => seen.events.length > 0);
      seen.stream.close();
    }
    await until('nothing is left', () => server.streams.count === 0 && server.writers.count === 0, 2_000);
  });
});

function withoutPosts(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  return init?.method === 'POST' ? Promise.resolve(new Response(null, { status: 502 })) : fetch(url, init);
}
