import { expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import type { RecentDocument, RecentDocuments } from '../../src/renderer/documents/recent-documents';
import { followBundledRelay } from '../../src/renderer/follow-bundled-relay';
import type { BundledRelay } from '../../src/shared/bridge';
import { ObservableValue } from '../../src/shared/observable';
import type { DocumentAddress } from '../../src/shared/protocol/links';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { MemoryStorage } from '../support/memory-storage';

const NOW = 'http://127.0.0.1:4400';

/** @returns which entries of a list would move, and what is known of the new address then. */
async function follow(relay: BundledRelay, answer: () => Response, known?: string) {
  const storage = new MemoryStorage();
  if (known !== undefined) storage.known.set(NOW, known);
  const isOpen = () => false;
  const moveTo = vi.fn<RecentDocuments['moveTo']>(async () => undefined);
  const recent = { list: new ObservableValue<readonly RecentDocument[]>([]), moveTo, remember: vi.fn(), forget: vi.fn() };
  const signal = new AbortController().signal;
  await followBundledRelay(relay, { storage: { ...storage, recent }, former: undefined, isOpen, fetch: async () => answer(), signal });
  const [place, isMeant] = moveTo.mock.calls[0] ?? [];
  const moves = ['http://127.0.0.1:4321 r1', 'http://localhost:4321 r1', 'http://192.168.1.5:4321 r1', 'http://127.0.0.1:4321 r2'].filter(
    (at) => {
      const [origin = '', relayId = ''] = at.split(' ');
      return isMeant?.({ address: { relay: origin, document: 'a' as DocumentId, secret: '' }, relayId, title: '', openedAt: 1 }) ?? false;
    },
  );
  return { to: place?.relay, moves, known: storage.known.get(NOW) };
}

const health = (relay: string) => () => Response.json({ relay, durable: true, limits: { documentBytes: 1 } });
const running: BundledRelay = { status: 'running', address: NOW };

it('takes the documents of the same relay on this computer along, and no others', async () => {
  expect(await follow(running, health('r1'))).toEqual({
    to: NOW,
    moves: ['http://127.0.0.1:4321 r1', 'http://localhost:4321 r1'],
    known: 'r1',
  });
  expect((await follow(running, health('r3'))).moves).toEqual([]);
});

it('leaves alone what was known of another relay at its new address', async () => {
  expect(await follow(running, health('r1'), 'r9')).toMatchObject({ to: NOW, known: 'r9' });
});

it('does nothing while there is no relay, or no answer of one', async () => {
  expect(await follow({ status: 'starting' }, health('r1'))).toEqual({ to: undefined, moves: [], known: undefined });
  expect(await follow(running, () => new Response('hello'))).toEqual({ to: undefined, moves: [], known: undefined });
});

it('takes along what began where the relay was before and never met it, with its text and its key', async () => {
  const FORMER = 'http://127.0.0.1:4321';
  const storage = new MemoryStorage();
  const document = 'begun-alone' as DocumentId;
  const entry = (relay: string): RecentDocument => ({
    address: { relay, document, secret: '' },
    relayId: relay,
    title: '',
    openedAt: 1,
  });
  const doc = new Y.Doc();
  doc.getText('content').insert(0, 'alone');
  (await storage.copies.open({ relay: FORMER, document })).append(Y.encodeStateAsUpdate(doc), 1);
  const moveTo = vi.fn<RecentDocuments['moveTo']>(async () => undefined);
  const listed = [entry(FORMER), entry('http://127.0.0.1:9')];
  const recent = { list: new ObservableValue<readonly RecentDocument[]>(listed), moveTo, remember: vi.fn(), forget: vi.fn() };
  const open = new Set<string>([FORMER]);
  const options = {
    storage: { ...storage, recent },
    former: FORMER,
    isOpen: ({ relay }: DocumentAddress) => open.has(relay),
    fetch: async () => health('r1')(),
    signal: new AbortController().signal,
  };
  // A copy that is open moves with its session: to take it from under that would end its writing.
  await followBundledRelay(running, options);
  expect(storage.textOf({ relay: FORMER, document })).toBe('alone');
  // In another window it is not open, and the one before has noted which relay was there.
  expect(storage.known.get(FORMER)).toBe('r1');
  open.clear();
  expect(await followBundledRelay(running, options)).toEqual({ relay: NOW, relayId: 'r1', former: FORMER });
  expect(storage.textOf({ relay: 'r1', document })).toBe('alone');
  const [place, isMeant] = moveTo.mock.calls.at(-1) ?? [];
  expect([place, listed.map((one) => isMeant?.(one))]).toEqual([{ relay: NOW, relayId: 'r1' }, [true, false]]);
});

it('takes nothing from another relay that was met where this one was before', async () => {
  const storage = new MemoryStorage();
  storage.known.set('http://127.0.0.1:4321', 'r9');
  const recent = { list: new ObservableValue<readonly RecentDocument[]>([]), moveTo: vi.fn(), remember: vi.fn(), forget: vi.fn() };
  const moved = await followBundledRelay(running, {
    storage: { ...storage, recent },
    former: 'http://127.0.0.1:4321',
    isOpen: () => false,
    fetch: async () => health('r1')(),
    signal: new AbortController().signal,
  });
  expect([moved?.former, storage.known.get('http://127.0.0.1:4321')]).toEqual([undefined, 'r9']);
});
