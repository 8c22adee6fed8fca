import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LoadClient } from '../load/load-client';
import { until } from '../support/condition';
import { endRelays, startRelayProcess } from '../support/relay-process';

afterEach(endRelays);

describe('SIGTERM', () => {
  it('while 20 type ends with 0 within ten seconds, and everything that each was told is saved is there afterwards', async () => {
    const relay = await startRelayProcess({ flags: ['--limit-connects-per-minute', '1000'] });
    const url = `${relay.webSocketAddress}/busy`;
    const writers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const doc = new Y.Doc();
        const client = await new LoadClient(url).joined();
        await client.until('its sync-reply was asked for', () => client.sent === 1);
        doc.on('update', (update: Uint8Array) => client.send({ type: 'update', update }));
        return { doc, client };
      }),
    );
    const typing = setInterval(() => {
      for (const { doc } of writers) doc.getText('content').insert(0, 'k');
    }, 5);
    await until('much is saved', () => writers.every(({ client }) => client.saved > 50), 20_000);
    const began = performance.now();
    const exitCode = await relay.stop();
    clearInterval(typing);
    expect(exitCode).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    await until('everyone is told', () => writers.every(({ client }) => client.closeCode !== undefined));
    expect(writers.map(({ client }) => client.closeCode)).toEqual(writers.map(() => 1012));

    const again = await relay.startAgain();
    const kept = new Y.Doc();
    Y.applyUpdate(kept, (await new LoadClient(`${again.webSocketAddress}/busy`).joined()).syncReply ?? Uint8Array.of(0, 0));
    // The sync-reply was the first of each one's writing frames, and every key is one clock.
    for (const { doc, client } of writers) expect(Y.getState(kept.store, doc.clientID)).toBeGreaterThanOrEqual(client.saved - 1);
    expect(kept.getText('content').length).toBe(writers.reduce((keys, { doc }) => keys + Y.getState(kept.store, doc.clientID), 0));
  });
});
