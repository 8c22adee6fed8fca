import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/renderer/documents/clock';
import { type Examination, examine, type Findings, type Instruments, type Patient } from '../../src/renderer/session/doctor';
import { webSocketOpener } from '../../src/renderer/session/sockets/websocket';
import { feedStreams } from '../../src/renderer/streams/feed-streams';
import { ownStreams } from '../../src/renderer/streams/own-streams';
import { parseDocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { GuardedRelay } from '../support/guarded-relay';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { UpgradeProxy } from '../support/upgrade-proxy';

const examinations: Examination[] = [];

afterEach(async () => {
  for (const examination of examinations.splice(0)) examination.stop();
  endStockClients();
  endEventStreamClients();
  await endRelays();
});

const clock = systemClock;
const { fetch } = globalThis;

function begin(relay: string, patient: Partial<Patient> = {}, instruments: Partial<Instruments> = {}): Examination {
  const document = parseDocumentId('paper');
  if (document === undefined) throw new Error('no document id');
  const examination = examine(
    { relay, document, secret: undefined, ...patient },
    { fetch, openWebSocket: webSocketOpener(WebSocket), openStream: ownStreams({ fetch, clock }), clock, ...instruments },
  );
  examinations.push(examination);
  return examination;
}

async function result({ findings }: Examination, timeoutMs = 12_000): Promise<Findings> {
  await until(`it is over: ${JSON.stringify(findings.current)}`, () => findings.current.isOver, timeoutMs);
  return findings.current;
}

const states = ({ http, webSocket, eventStream, posts }: Findings) => [http, webSocket, eventStream, posts].map(({ state }) => state);
const WORKS = expect.objectContaining({ state: 'works', ms: expect.any(Number) });

describe('the connection doctor', () => {
  it('finds all ways open, one after the other, over either kind of stream, and how long a round trip takes', async () => {
    const relay = await startRelayProcess();
    for (const openStream of [ownStreams({ fetch, clock }), feedStreams({ fetch, clock })]) {
      const examination = begin(relay.address, {}, { openStream });
      expect(states(examination.findings.current)).toEqual(Array(4).fill('checking'));
      const found = await result(examination);
      expect([found.http, found.webSocket, found.eventStream, found.posts]).toEqual(Array(4).fill(WORKS));
      expect(found.roundTripMs).toBeLessThan(1_000);
    }
  });

  it('R2 is seen by nobody, and writes nothing', async () => {
    const relay = await startRelayProcess();
    const ada = await new StockClient(relay.webSocketAddress, 'paper', { name: 'Ada' }).synced();
    ada.type('Hello');
    const watcher = await new EventStreamClient(`${relay.address}/documents/paper/presence`).has('people');
    await until('the watcher sees Ada', () => watcher.names().join() === 'Ada');
    const events = watcher.types().length;
    expect(states(await result(begin(relay.address)))).toEqual(Array(4).fill('works'));
    expect([ada.people, ada.text, watcher.types().length]).toEqual([['Ada'], 'Hello', events]);
  });

  it('R2 uses up no link, and opens with whatever lets one in, a reader too', async () => {
    const relay = await GuardedRelay.start();
    const made = await relay.create();
    const { link, secret } = await relay.link(made, { role: 'viewer', mostUses: 1 });
    const refused = await result(begin(relay.process.address, { document: made.document, secret }));
    expect(states(refused)).toEqual(['works', 'blocked', 'blocked', 'blocked']);
    expect(refused.webSocket).toEqual({ state: 'blocked', reason: 'This link does not open the document; ask for a new one.' });
    expect([refused.eventStream, refused.posts]).toEqual([refused.webSocket, refused.webSocket]);
    const joined = await relay.join(made.document, secret);
    expect(states(await result(begin(relay.process.address, { document: made.document, secret: joined.secret })))).toEqual(
      Array(4).fill('works'),
    );
    const { links } = JSON.parse((await relay.ask('GET', `/documents/${made.document}/links`, made.secret)).body);
    expect(links.find(({ id }: { id: string }) => id === link.id).uses).toBe(1);
  });

  it.each([
    ['refuse', /refuses WebSocket; ask/],
    ['drop', /refuses WebSocket; ask/],
    ['hang', /refuses WebSocket; ask/],
    ['accept and keep silent', /opens, but nothing comes through; ask/],
  ] as const)('finds that a proxy whose way with upgrades is to %s stands in between, and that HTTP works', async (rule, reason) => {
    const relay = await startRelayProcess();
    const proxy = await UpgradeProxy.start(relay.address, rule);
    onTestFinished(() => proxy.stop());
    const found = await result(begin(proxy.address));
    expect(found.webSocket).toEqual({ state: 'blocked', reason: expect.stringMatching(reason) });
    expect([found.http, found.eventStream, found.posts]).toEqual([WORKS, WORKS, WORKS]);
    expect(found.roundTripMs).toBeLessThan(1_000);
  });

  it('finds that streams do not begin, and that nothing can be POSTed without one', async () => {
    const relay = await startRelayProcess();
    const proxy = await UpgradeProxy.start(relay.address, 'pass');
    onTestFinished(() => proxy.stop());
    proxy.carriesStreams = false;
    const found = await result(begin(proxy.address));
    expect([found.webSocket, found.eventStream.state]).toEqual([WORKS, 'blocked']);
    expect(found.posts).toEqual({ state: 'blocked', reason: expect.stringMatching(/needs an event stream/) });
  });

  it('finds that POSTs get no answer', async () => {
    const relay = await startRelayProcess();
    const withoutPosts: typeof fetch = (url, init) => (init?.method === 'POST' ? new Promise(() => undefined) : fetch(url, init));
    const found = await result(begin(relay.address, {}, { fetch: withoutPosts }));
    expect(states(found)).toEqual(['works', 'works', 'works', 'blocked']);
    expect(found.posts).toEqual({ state: 'blocked', reason: expect.stringMatching(/get no answer/) });
  });

  it('R3 sends nothing but its question to what is no relay, to another relay, or to nobody', async () => {
    const relay = await startRelayProcess();
    const asked: string[] = [];
    const counting: typeof fetch = (url, init) => {
      asked.push(String(url));
      return fetch(url, init);
    };
    const openWebSocket = () => expect.unreachable();
    const openStream = () => expect.unreachable();
    const other = await result(begin(relay.address, { relayId: 'another' }, { fetch: counting, openWebSocket, openStream }));
    expect([states(other), other.http]).toEqual([
      Array(4).fill('blocked'),
      { state: 'blocked', reason: expect.stringMatching(/Another relay/) },
    ]);
    expect(asked).toEqual([`${relay.address}/health`]);
    await relay.stop();
    const gone = await result(begin(relay.address, {}, { openWebSocket, openStream }));
    expect(gone.posts).toEqual({ state: 'blocked', reason: expect.stringMatching(/.+/) });
  });

  it('R1 stopped at any time, leaves nothing and tells nothing more', async () => {
    const relay = await startRelayProcess();
    const proxy = await UpgradeProxy.start(relay.address, 'hang');
    onTestFinished(() => proxy.stop());
    const timers = { count: 0 };
    const counting = {
      now: clock.now,
      after(ms: number, callback: () => void) {
        timers.count++;
        let isOn = true;
        const end = (): void => {
          if (isOn) timers.count--;
          isOn = false;
        };
        const callOff = clock.after(ms, () => {
          end();
          callback();
        });
        return () => {
          end();
          callOff();
        };
      },
    };
    for (const ms of [0, 3, 10, 30, 100, 300]) {
      const examination = begin(proxy.address, {}, { clock: counting, openStream: ownStreams({ fetch, clock: counting }) });
      await new Promise((resolve) => setTimeout(resolve, ms));
      examination.stop();
      const { current } = examination.findings;
      examination.findings.subscribe(() => expect.unreachable());
      expect(current.isOver).toBe(false);
    }
    await until('no timer is left', () => timers.count === 0, 3_000);
    await until('no stream is left', () => proxy.streams === 0, 3_000);
  });
});
