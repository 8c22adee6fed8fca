import { expect, it, vi } from 'vitest';
import type { RecentDocument, RecentDocuments } from '../../src/renderer/documents/recent-documents';
import { followBundledRelay } from '../../src/renderer/follow-bundled-relay';
import type { BundledRelay } from '../../src/shared/bridge';
import { ObservableValue } from '../../src/shared/observable';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { MemoryStorage } from '../support/memory-storage';

const NOW = 'http://127.0.0.1:4400';

/** @returns which entries of a list would move, and what is known of the new address then. */
async function follow(relay: BundledRelay, answer: () => Response, known?: string) {
  const storage = new MemoryStorage();
  if (known !== undefined) storage.known.set(NOW, known);
  const moveTo = vi.fn<RecentDocuments['moveTo']>(async () => undefined);
  const recent = { list: new ObservableValue<readonly RecentDocument[]>([]), moveTo, remember: vi.fn(), forget: vi.fn() };
  const signal = new AbortController().signal;
  await followBundledRelay(relay, { storage: { ...storage, recent }, fetch: async () => answer(), signal });
  const [to, isMeant] = moveTo.mock.calls[0] ?? [];
  const moves = ['http://127.0.0.1:4321 r1', 'http://localhost:4321 r1', 'http://192.168.1.5:4321 r1', 'http://127.0.0.1:4321 r2'].filter(
    (at) => {
      const [origin = '', relayId = ''] = at.split(' ');
      return isMeant?.({ address: { relay: origin, document: 'a' as DocumentId, secret: '' }, relayId, title: '', openedAt: 1 }) ?? false;
    },
  );
  return { to, moves, known: storage.known.get(NOW) };
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
