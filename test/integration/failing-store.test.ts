/** What a relay says and does when its store fails, hangs or takes its time: over real sockets, on a store in a test's hands. */
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Health } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { endRawClients, RawClient } from '../support/raw-client';
import { type RelayOnStore, startRelayOn } from '../support/relay-on-store';
import { UnsteadyStore } from '../support/unsteady-store';

let started: RelayOnStore | undefined;
let store: UnsteadyStore;

afterEach(async () => {
  endRawClients();
  store.steadyFromNow();
  await started?.relay.stop();
  started = undefined;
});

async function start(): Promise<RelayOnStore> {
  store = new UnsteadyStore();
  started = await startRelayOn(store);
  return started;
}

async function healthOf({ relay }: RelayOnStore): Promise<{ status: number; health: Health }> {
  const response = await fetch(`${relay.address}/health`);
  return { status: response.status, health: (await response.json()) as Health };
}

async function writer({ webSocketAddress }: RelayOnStore): Promise<RawClient> {
  const client = await new RawClient(`${webSocketAddress}/paper`, { protocols: ['weft.v1'] }).joined();
  const doc = new Y.Doc();
  doc.getText('content').insert(0, 'text');
  client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) });
  await until('the store has something to write', () => store.waiting > 0);
  return client;
}

describe('/health', () => {
  it('is 200 while the store works, 503 while edits wait for it in vain, and 200 again', async () => {
    const relay = await start();
    expect(await healthOf(relay)).toMatchObject({ status: 200, health: { status: 'ok', checks: { store: 'ok' } } });
    const client = await writer(relay);
    store.finish('fails');
    await until('it fails', async () => (await healthOf(relay)).status === 503);
    expect((await healthOf(relay)).health).toMatchObject({ status: 'failing', checks: { store: 'failing', 'event-loop': 'ok' } });
    expect(client.frames).toContainEqual({ type: 'notice', notice: { type: 'storage', failing: true } });
    store.steady = true;
    store.steadyFromNow();
    await until('it works again', async () => (await healthOf(relay)).status === 200);
    await until('it is saved', () => client.frames.some((frame) => frame.type === 'progress' && frame.saved === 1));
  });

  it('is 503 when the store itself says that it cannot work, and says no more than that', async () => {
    const relay = await start();
    store.crash(() => false);
    const { status, health } = await healthOf(relay);
    expect(status).toBe(503);
    expect(health.checks.store).toBe('failing');
    expect(relay.log.lines.some(({ level, message }) => level === 'error' && message === 'the store failed its check')).toBe(true);
  });
});

describe('stopping', () => {
  it('with a store that hangs takes less than ten seconds, calls nothing saved, and says that it was not clean', async () => {
    const relay = await start();
    const client = await writer(relay);
    // Neither the write nor the end of the store ever comes.
    store.close = () => new Promise(() => undefined);
    const began = performance.now();
    await expect(relay.relay.stop()).rejects.toThrow('in time');
    started = undefined;
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await client.ended()).code).toBe(1012);
    expect(client.frames.some((frame) => frame.type === 'progress' && frame.saved > 0)).toBe(false);
    expect(relay.log.lines).toContainEqual({ level: 'error', fields: { unsaved: 1 }, message: 'stopping with unsaved edits' });
  });
});

describe('the page, where none was built,', () => {
  it.each(['/', '/d/paper'])('is one that says so, at %s', async (path) => {
    const { relay } = await start();
    const response = await fetch(`${relay.address}${path}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain('has not been built yet');
    expect(page).not.toContain(import.meta.dirname.split('/test/')[0]);
  });
});
