/** Row E8 by every way over HTTP in which somebody says what they are called: cleaned or refused, and one event stays one event. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Link, Links, NewDocument } from '../../src/shared/protocol/sharing';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { FeedClient } from '../support/feed-client';
import { GuardedRelay } from '../support/guarded-relay';
import { endRawClients } from '../support/raw-client';
import { endRelays } from '../support/relay-process';

let relay: GuardedRelay;
let made: NewDocument;

beforeAll(async () => {
  relay = await GuardedRelay.start();
  made = await relay.create();
  bearer.Authorization = `Bearer ${made.secret}`;
});
afterEach(() => {
  endEventStreamClients();
  endRawClients();
});
afterAll(endRelays);

const NAMES: readonly (readonly [what: string, name: string, clean: string])[] = [
  ['line breaks', 'x\r\n\r\ndata: evil\revent: evil\n\n', 'x data: evil event: evil'],
  ['breaks that are no ASCII', 'x\u2028\u2029\u0085data: evil', 'x data: evil'],
  ['control characters', '\u0000\u001b[31mred\u0007\u007f\u009b', '[31mred'],
  ['marks that turn the direction', '\u202eevil\u2066\u200f', 'evil'],
  ['markup', '<img src=x onerror=alert(1)>"\'&', '<img src=x onerror=alert(1)>"\'&'],
  ['words of the protocol', '"}\n\nevent: people\ndata: {"people":[]}', '"} event: people data: {"people":[]}'],
  ['1,000 characters', '🦊'.repeat(500), '🦊'.repeat(64)],
];
const CLEAN = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]{0,64}$/u;

const bearer = { Authorization: '' };
const address = (): string => relay.process.address;

async function linksOf(): Promise<readonly Link[]> {
  return (JSON.parse((await relay.ask('GET', `/documents/${made.document}/links`, made.secret)).body) as Links).links;
}

/** Says a name, and answers what others are shown. */
const WAYS: Readonly<Record<string, (name: string, watcher: EventStreamClient) => Promise<string | undefined>>> = {
  async 'the label of a link'(label) {
    const { link } = await relay.link(made, { role: 'viewer', label });
    await relay.ask('PATCH', `/documents/${made.document}/links/${link.id}`, made.secret, { label: `${label}` });
    return (await linksOf()).find(({ id }) => id === link.id)?.label;
  },
  async 'whoever joins, to the owner'(name) {
    const { secret, link } = await relay.link(made, { role: 'viewer' });
    const joined = await relay.join(made.document, secret, name);
    expect((await linksOf()).find(({ id }) => id === link.id)?.arrivals.map((arrival) => arrival.name)).toEqual([joined.name]);
    return joined.name;
  },
  async 'whoever joins, to the others'(name, watcher) {
    const { secret } = await relay.link(made, { role: 'viewer' });
    const joined = await relay.join(made.document, secret, name);
    read({ Authorization: `Bearer ${joined.secret}` });
    return seen(watcher);
  },
  async 'a reader, in a header'(name, watcher) {
    read({ ...bearer, 'Weft-Name': encodeURIComponent(name) });
    return seen(watcher);
  },
  async 'a reader in a feed'(name, watcher) {
    const parts = [{ document: made.document, kind: 'stream', secret: made.secret }];
    new FeedClient(address(), parts, { 'Weft-Name': encodeURIComponent(name) });
    return seen(watcher);
  },
  async 'a reader who joins a feed'(name, watcher) {
    const feed = await new FeedClient(address(), [{ document: made.document, kind: 'presence', secret: made.secret }]).opened();
    const add = [{ document: made.document, kind: 'stream', secret: made.secret }];
    expect((await feed.change({ add }, { 'Weft-Name': encodeURIComponent(name) })).status).toBe(204);
    const shown = await seen(watcher);
    await until('its own feed tells it too', () => feed.down.people().length === 1);
    expect(feed.down.people().map((person) => person.name)).toEqual([shown]);
    expectWhole(feed.down);
    return shown;
  },
};

function read(headers: Record<string, string>): EventStreamClient {
  return new EventStreamClient(`${address()}/documents/${made.document}/stream`, { headers });
}

async function seen(watcher: EventStreamClient): Promise<string | undefined> {
  await until('somebody is seen', () => watcher.people().length === 1);
  return watcher.people()[0]?.name;
}

/** All that came are events that the relay sends, each of three lines at most. */
function expectWhole(stream: EventStreamClient): void {
  for (const event of stream.text.split('\n\n').slice(0, -1))
    expect(event).toMatch(/^(retry: \d+|(id: \S+\n)?event: [a-z]+\ndata: [^\n\r]+)$/);
  for (const type of stream.types()) expect(['connection', 'people', 'joined', 'left', 'reader', 'frame']).toContain(type);
}

describe.each(Object.entries(WAYS))('a name of %s', (_way, say) => {
  it.each(NAMES)('with %s is one clean line', async (_what, name, clean) => {
    const watcher = await new EventStreamClient(`${address()}/documents/${made.document}/presence`, { headers: bearer }).has('people');
    await until('nobody is left of before', () => watcher.people().length === 0);
    const shown = await say(name, watcher);
    expect(shown).toBe(clean);
    expect(shown).toMatch(CLEAN);
    expectWhole(watcher);
  });
});

describe('a reader who came by a link', () => {
  it('is called as they say now, and as they said then where they say nothing', async () => {
    const watcher = await new EventStreamClient(`${address()}/documents/${made.document}/presence`, { headers: bearer }).has('people');
    await until('nobody is left of before', () => watcher.people().length === 0);
    const { secret } = await relay.link(made, { role: 'viewer' });
    const joined = await relay.join(made.document, secret, 'Ada');
    const as = { Authorization: `Bearer ${joined.secret}` };
    const first = read(as);
    expect(await seen(watcher)).toBe('Ada');
    first.cut();
    await until('nobody is left', () => watcher.people().length === 0);
    read({ ...as, 'Weft-Name': 'Grace' });
    expect(await seen(watcher)).toBe('Grace');
  });
});

describe('a name of 64 KB', () => {
  const name = 'x'.repeat(64 * 1024);

  it('is refused wherever it is said, and makes nothing', async () => {
    made = await relay.create();
    bearer.Authorization = `Bearer ${made.secret}`;
    const { secret } = await relay.link(made, { role: 'viewer' });
    const before = await linksOf();
    const part = { document: made.document, kind: 'stream', secret: made.secret };
    const feed = await new FeedClient(address(), [{ ...part, kind: 'presence' }]).opened();
    const answers = [
      (await relay.ask('POST', `/documents/${made.document}/join`, secret, { name })).status,
      (await relay.ask('POST', `/documents/${made.document}/join`, secret, { name: 'x'.repeat(2_000) })).status,
      (await relay.ask('POST', `/documents/${made.document}/links`, made.secret, { role: 'viewer', label: name })).status,
      (await read({ ...bearer, 'Weft-Name': name }).answered()).status,
      (await new EventStreamClient(`${address()}/feeds`, { body: [part], headers: { 'Weft-Name': name } }).answered()).status,
      (await feed.change({ add: [part] }, { 'Weft-Name': name })).status,
      // Half a surrogate pair is no UTF-8, and half a percent-encoding no name.
      (await feed.change({ add: [part] }, { 'Weft-Name': '%ED%A0%80' })).status,
      (await feed.change({ add: [part] }, { 'Weft-Name': '%' })).status,
    ];
    expect(answers).toEqual([413, 400, 413, 431, 431, 431, 400, 400]);
    expect(await linksOf()).toEqual(before);
    expect([feed.down.isEnded, feed.down.people()]).toEqual([false, []]);
    expect((await feed.add(part)).status).toBe(204);
  });
});
