import { afterEach, expect, it } from 'vitest';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { proveFigure } from '../support/figures';
import { GarbageCollector, residentBytes } from '../support/process-figures';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { asPolyfill } from '../support/stock-client';
import { cursorOf, LoadClient } from './load-client';

afterEach(endRelays);

it('an idle connection costs little memory', async () => {
  const relay = await startRelayProcess({ flags: ['--no-limits'], nodeFlags: ['--inspect-port=0'] });
  const garbage = await GarbageCollector.open(relay.pid, () => relay.stderr);
  const clients: LoadClient[] = [];
  const open = async (count: number) => {
    for (let batch = 0; batch < count; batch += 100) {
      const joining = Array.from(
        { length: Math.min(100, count - batch) },
        (_, index) => new LoadClient(`${relay.webSocketAddress}/idle-${Math.floor((clients.length + index) / 10)}`),
      );
      await Promise.all(joining.map((client) => client.joined()));
      for (const [index, client] of joining.entries()) client.send({ type: 'awareness', entries: cursorOf(clients.length + index) });
      clients.push(...joining);
    }
  };
  // Rooms, code and pools are warm before anything is measured.
  await open(500);
  await garbage.collect();
  const before = residentBytes(relay.pid);
  await open(2_000);
  await garbage.collect();
  const each = (residentBytes(relay.pid) - before) / 2_000 / 1024;
  expect(clients.every((client) => client.isOpen)).toBe(true);
  for (const client of clients) client.socket.terminate();
  garbage.close();
  await relay.stop();
  proveFigure({ what: 'relay memory of one of 2,000 idle people, ten in each document', value: each, unit: 'KiB', atMost: 16 });
});

it('reconnecting with nothing new adds nothing and tells nobody', async () => {
  const times = 1_000;
  const relay = await startRelayProcess({ flags: ['--no-limits'] });
  const doc = new Y.Doc();
  const observer = await new LoadClient(`${relay.webSocketAddress}/again`).joined();
  const connect = async () => {
    const provider = new WebsocketProvider(relay.webSocketAddress, 'again', doc, { WebSocketPolyfill: asPolyfill(), disableBc: true });
    await new Promise<void>((resolve) => provider.once('sync', () => resolve()));
    return provider;
  };
  const first = await connect();
  doc.getText('content').insert(0, 'written once, and changed');
  doc.getText('content').delete(4, 8);
  await observer.until('both edits', () => (observer.counts.get('update') ?? 0) >= 1);
  first.destroy();
  await relay.stop();
  const restarted = await relay.startAgain();
  const again = await new LoadClient(`${restarted.webSocketAddress}/again`).joined();
  const framesBefore = syncFrames(again);
  const bytesBefore = restarted.storedBytes();
  for (let time = 0; time < times; time++) {
    const provider = new WebsocketProvider(restarted.webSocketAddress, 'again', doc, { WebSocketPolyfill: asPolyfill(), disableBc: true });
    await new Promise<void>((resolve) => provider.once('sync', () => resolve()));
    provider.destroy();
  }
  const frames = syncFrames(again) - framesBefore;
  again.close();
  await restarted.stop();
  const bytes = restarted.storedBytes() - bytesBefore;
  proveFigure({ what: `bytes stored by ${times} reconnections`, value: bytes, unit: 'bytes', atMost: 0 });
  proveFigure({ what: `sync frames to others by ${times} reconnections`, value: frames, unit: 'frames', atMost: 0 });
});

function syncFrames(client: LoadClient): number {
  return (client.counts.get('update') ?? 0) + (client.counts.get('sync-request') ?? 0);
}
