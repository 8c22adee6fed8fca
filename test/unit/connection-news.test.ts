import { beforeEach, expect, it } from 'vitest';
import type { SessionStatus } from '../../src/renderer/session/status';
import { WORRYING_MS, watchConnectionNews } from '../../src/renderer/shell/connection-news';
import { ObservableValue } from '../../src/shared/observable';
import { ManualClock } from '../support/manual-clock';
import { SAVED } from '../support/saved-status';

const AWAY = { state: 'waiting', retryAt: 0, reason: undefined } as const;
let clock: ManualClock;
let status: ObservableValue<SessionStatus>;
let told: string[];

beforeEach(() => {
  clock = new ManualClock();
  status = new ObservableValue(SAVED);
  told = [];
  watchConnectionNews(status, clock, (sentence) => told.push(sentence));
});

const become = (change: Partial<SessionStatus>) => status.set({ ...status.current, ...change });

// Rules: connection-news.ts.
it('R1 says once that the connection is gone, and that it is back', async () => {
  become({ connection: AWAY });
  await clock.advance(2_999);
  expect(told).toEqual([]);
  become({ connection: { state: 'connecting' } });
  become({ connection: AWAY });
  await clock.advance(1);
  await clock.advance(60_000);
  expect(told).toEqual(['Offline: what you type is kept on this device.']);
  become({ connection: { state: 'connected' } });
  become({ connection: { state: 'connected' }, underWay: 1 });
  expect(told.slice(1)).toEqual(['Connected again.']);
});

it('R1 says nothing of what is back before it was worth a word', async () => {
  become({ connection: AWAY });
  await clock.advance(2_000);
  become({ connection: { state: 'connected' } });
  await clock.advance(60_000);
  expect(told).toEqual([]);
});

it('promises a copy only where there is one, and none to whoever reads', async () => {
  become({ connection: AWAY, offlineCopy: { ok: false, reason: 'The disk is full.' } });
  await clock.advance(3_000);
  become({ connection: { state: 'connected' } });
  become({ connection: AWAY, role: 'viewer' });
  await clock.advance(3_000);
  expect(told).toEqual(['Offline: what you type is in this window only.', 'Connected again.', 'Offline: you see the text as it was last.']);
});

it('R2 says once that something stays unsaved, and that it is saved', async () => {
  become({ truth: 'at-relay', unsavedSince: clock.now() });
  await clock.advance(WORRYING_MS - 1);
  become({ underWay: 1 });
  expect(told).toEqual([]);
  await clock.advance(1);
  await clock.advance(WORRYING_MS);
  expect(told).toEqual(['What you typed is not saved yet.']);
  become(SAVED);
  expect(told.slice(1)).toEqual(['Everything is saved.']);
});

it.each([
  ['goes offline', { connection: AWAY }],
  ['is refused', { connection: { state: 'refused', closeCode: 4401, reason: 'No.' } }],
  ['may only read from now on', { role: 'viewer' }],
] as const)('R2 calls nothing saved because somebody who has unsaved text %s', async (_, change) => {
  become({ truth: 'at-relay', unsavedSince: clock.now() });
  await clock.advance(WORRYING_MS);
  become(change);
  expect(told).toEqual(['What you typed is not saved yet.']);
});

it('R2 says that what stayed unsaved is saved after a time offline, once', async () => {
  become({ truth: 'at-relay', unsavedSince: clock.now() });
  await clock.advance(WORRYING_MS);
  become({ connection: AWAY });
  await clock.advance(1_000);
  become({ connection: { state: 'connected' } });
  become(SAVED);
  expect(told).toEqual(['What you typed is not saved yet.', 'Everything is saved.']);
});

it('R2 says nothing of that while somebody is offline, nor before a new connection had its chance', async () => {
  become({ truth: 'on-device', unsavedSince: clock.now(), connection: AWAY });
  await clock.advance(10 * WORRYING_MS);
  become({ connection: { state: 'connected' } });
  await clock.advance(2_000);
  become(SAVED);
  await clock.advance(10 * WORRYING_MS);
  expect(told).toEqual(['Offline: what you type is kept on this device.', 'Connected again.']);
});

it('R3 leaves a refusal to who shows it, and does not call it a connection', async () => {
  become({ connection: AWAY });
  await clock.advance(3_000);
  become({ connection: { state: 'refused', closeCode: 4401, reason: 'No.' } });
  expect(told).toEqual(['Offline: what you type is kept on this device.']);
});
