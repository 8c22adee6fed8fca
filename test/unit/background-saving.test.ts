/** Rules: background-saving.ts. Real sessions, with a relay, sockets and a device in the hands of the test. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenDocumentsByLocks } from '../../src/renderer/documents/open-documents';
import type { RecentDocument } from '../../src/renderer/documents/recent-documents';
import { BackgroundSaving, NOT_SAVING_MS, ON_ITS_WAY_MS } from '../../src/renderer/session/background-saving';
import { LONGEST_MS } from '../../src/renderer/session/background-session';
import type { DocumentSession } from '../../src/renderer/session/document-session';
import { ObservableValue } from '../../src/shared/observable';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { DOCUMENT, ORIGIN, SessionStage, textIn, type } from '../support/session-stage';

const ADDRESS = { relay: ORIGIN, document: DOCUMENT, secret: '' };
const AGE_MS = ON_ITS_WAY_MS + 1;

let stage: SessionStage;
let saving: BackgroundSaving;
let told: number;
let list: ObservableValue<readonly RecentDocument[]>;

beforeEach(async () => {
  stage = new SessionStage();
  stage.relay.owner = 'owner';
  stage.storage.known.set(ORIGIN, 'r1');
  await stage.storage.keyring.keep(
    { relay: 'r1', document: DOCUMENT },
    { secret: 'owner', isUnclaimed: false, link: undefined, role: 'editor', isOwner: true },
  );
  told = 0;
  list = new ObservableValue<readonly RecentDocument[]>([{ address: ADDRESS, relayId: 'r1', title: 'notes', openedAt: 1 }]);
  saving = newSaving();
});
afterEach(() => stage.close());

function newSaving(): BackgroundSaving {
  return new BackgroundSaving({
    recent: { list },
    unsaved: {
      find: async () =>
        [...stage.storage.found].flatMap(([name, { unsavedSince }]) => {
          const [relay, document] = JSON.parse(name) as [string, typeof DOCUMENT];
          return unsavedSince === undefined ? [] : [{ relay, document, since: unsavedSince }];
        }),
    },
    keyring: stage.storage.keyring,
    openDocuments: new OpenDocumentsByLocks({ locks: undefined, channel: undefined }),
    clock: stage.clock,
    chance: () => 0.5,
    openSession: (_address, more) => stage.open('', undefined, more),
    mayReach: (relay) => relay === ORIGIN,
    tell: () => told++,
  });
}

const open = (): Promise<DocumentSession> => saving.open(ADDRESS, (more) => stage.open('', undefined, more));
const marked = () => saving.onThisDeviceAlone.current.map(({ document }) => document);

/** Typed without a relay, and the document left. */
async function typedOffline(): Promise<void> {
  const session = await open();
  await stage.join('ours ');
  await stage.save();
  stage.hold();
  stage.sockets.last.isClosedWith(1006);
  type(session, 'typed offline');
  await session.close();
  await stage.clock.advance(AGE_MS);
  stage.requests.splice(0);
}

describe('a document that is not open', () => {
  it('is saved as soon as there is time for it, marked until then, and shows nobody there', async () => {
    await typedOffline();
    stage.release();
    saving.start();
    await stage.clock.settle();
    expect(marked()).toEqual([DOCUMENT]);
    const socket = await stage.join();
    expect(textIn(socket)).toContain('typed offline');
    expect(socket.sentTypes).not.toContain('awareness');
    expect(marked()).toEqual([DOCUMENT]);
    await stage.save();
    expect([marked(), stage.storage.openCopies, socket.readyState]).toEqual([[], 0, 3]);
    expect(told).toBeGreaterThan(0);
    expect(stage.clock.waiting).toBe(0);
  });

  it('R3 is tried again while its relay is away, later and later, and at once when something says that it is back', async () => {
    await typedOffline();
    saving.start();
    await stage.clock.settle();
    const waits: number[] = [];
    for (let time = 0; time < 4; time++) {
      await stage.answer(new Response('no relay', { status: 502 }));
      let waited = 0;
      for (; stage.requests.length === 0; waited += 250) await stage.clock.advance(250);
      waits.push(waited);
    }
    expect(waits).toEqual([750, 1_250, 2_250, 4_250]);
    await stage.answer(new Response('no relay', { status: 502 }));
    stage.release();
    saving.look();
    await stage.clock.settle();
    await stage.join();
    await stage.save();
    expect(marked()).toEqual([]);
  });

  it('R3 is not asked for when another document has found its relay away', async () => {
    await typedOffline();
    const other = 'other' as typeof DOCUMENT;
    list.set([...list.current, { address: { ...ADDRESS, document: other }, relayId: 'r1', title: 'other', openedAt: 0 }]);
    const copy = stage.storage.found.get(JSON.stringify(['r1', DOCUMENT])) ?? expect.unreachable();
    stage.storage.found.set(JSON.stringify(['r1', other]), copy);
    saving.start();
    await stage.clock.settle();
    await stage.answer(new Response('no relay', { status: 502 }));
    expect([marked(), stage.requests.length]).toEqual([[DOCUMENT, other], 0]);
  });

  it('R4 is left as it is once it was refused', async () => {
    await typedOffline();
    stage.release();
    saving.start();
    await stage.clock.settle();
    (await stage.join()).isClosedWith(REJECTIONS.deleted.closeCode, REJECTIONS.deleted.reason);
    await stage.clock.settle();
    const sockets = stage.sockets.all.length;
    saving.look();
    await stage.clock.advance(NOT_SAVING_MS);
    expect([marked(), stage.sockets.all.length]).toEqual([[DOCUMENT], sockets]);
  });

  it('R4 is not held open for ever where its relay saves nothing', async () => {
    await typedOffline();
    stage.release();
    saving.start();
    await stage.clock.settle();
    await stage.join();
    await stage.clock.advance(LONGEST_MS);
    const sockets = stage.sockets.all.length;
    expect(stage.sockets.last.readyState).toBe(3);
    await stage.clock.advance(NOT_SAVING_MS - 60_000);
    expect(stage.sockets.all).toHaveLength(sockets);
    await stage.clock.advance(120_000);
    expect(stage.sockets.all.length).toBeGreaterThan(sockets);
  });

  it('R2 is left alone where this device may only read by now, and nothing of it is taken away', async () => {
    await typedOffline();
    stage.release();
    stage.relay.owner = 'somebody';
    stage.relay.link('a-link', 'viewer');
    stage.relay.personal.set('owner', 'a-link');
    saving.start();
    await stage.clock.advance(60_000);
    expect([marked(), stage.storage.textOf({ relay: 'r1', document: DOCUMENT })]).toEqual([[DOCUMENT], 'ours typed offline']);
    expect(stage.storage.openCopies).toBe(0);
  });

  it('R2 is not even asked about where this device is known to read', async () => {
    await typedOffline();
    stage.release();
    await stage.storage.keyring.keep(
      { relay: 'r1', document: DOCUMENT },
      { secret: 'reads', isUnclaimed: false, link: undefined, role: 'viewer', isOwner: false },
    );
    const asked = stage.sentByHttp.length;
    saving.start();
    await stage.clock.advance(60_000);
    expect(stage.sentByHttp).toHaveLength(asked);
  });

  it('R1 is ceded at once to whoever opens it, and saved by them', async () => {
    await typedOffline();
    stage.release();
    saving.start();
    await stage.clock.settle();
    const inBackground = await stage.join();
    const session = await open();
    await stage.clock.settle();
    expect([inBackground.readyState, marked()]).toEqual([3, []]);
    await stage.join();
    await stage.save();
    expect(session.status.current.truth).toBe('saved');
    await session.close();
    await stage.clock.settle();
    expect([marked(), stage.storage.openCopies]).toEqual([[], 0]);
  });

  it('R1 is not touched as long as it is open, and looked at when it is closed', async () => {
    saving.start();
    const session = await open();
    await stage.join('ours ');
    type(session, 'typed');
    await stage.clock.advance(60_000);
    expect([marked(), stage.sockets.all.length]).toEqual([[], 1]);
    await session.close();
    await stage.clock.settle();
    expect(marked()).toEqual([DOCUMENT]);
    await stage.join();
    await stage.save();
    expect(marked()).toEqual([]);
  });

  it('R5 is not marked for what is on its way in another window', async () => {
    stage.storage.found.set(JSON.stringify(['r1', DOCUMENT]), {
      update: undefined,
      complete: true,
      everSaved: true,
      unsavedSince: stage.clock.now(),
      keptText: undefined,
    });
    stage.hold();
    saving.start();
    await stage.clock.settle();
    expect(marked()).toEqual([]);
    await stage.clock.advance(ON_ITS_WAY_MS);
    expect(marked()).toEqual([DOCUMENT]);
  });

  it('R3 is saved when another document reaches its relay', async () => {
    stage.access = 'open';
    await typedOffline();
    saving.start();
    await stage.clock.settle();
    await stage.answer(new Response('no relay', { status: 502 }));
    const other = { relay: ORIGIN, document: 'other' as typeof DOCUMENT, secret: '' };
    const session = await saving.open(other, (more) => stage.open('', undefined, { ...more, address: other }));
    stage.release();
    await stage.join('', stage.sockets.last);
    expect(session.status.current.connection.state).toBe('connected');
    await stage.clock.settle();
    expect(stage.sockets.all.filter(({ request }) => request.document === DOCUMENT).at(-1)?.readyState).toBe(0);
  });
});
