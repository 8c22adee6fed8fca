// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { browserAddress, type DocumentAddress } from '../../src/shared/protocol/links';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { connectionOf, DOCUMENT, ORIGIN, SessionStage, textOf, type } from '../support/session-stage';
import { type ShellFixture, shellFixture } from '../support/shell-fixture';

const BEFORE = 'http://127.0.0.1:4321';
const NOW = 'http://127.0.0.1:4400';
const at = (relay: string, document = 'a'): DocumentAddress => ({ relay, document: document as DocumentId, secret: '' });
const shownAddress = () => new URL(location.href).searchParams.get('open');

describe('a window whose relay of this computer has another port', () => {
  let fixture: ShellFixture;

  beforeEach(() => {
    localStorage.clear();
    history.replaceState(null, '', '/');
    fixture = shellFixture({ start: { bundledRelay: { status: 'running', address: BEFORE } } });
  });

  const comesBack = (former?: string) => {
    fixture.shell.hearBundledRelay({ status: 'restarting', reason: 'it died' });
    fixture.shell.hearBundledRelay({ status: 'running', address: NOW });
    fixture.shell.moveAlong({ relay: NOW, relayId: 'relay', former });
  };

  it('R1 goes on with the document that is open, without anybody doing something', async () => {
    await fixture.shell.newDocument();
    const [session] = fixture.sessions;
    const { document } = session?.address ?? expect.unreachable();
    comesBack();
    expect([session?.address, session?.isClosed]).toEqual([at(NOW, document), false]);
    expect(shownAddress()).toBe(browserAddress(at(NOW, document)));
    expect(fixture.shell.relays.formerBundled).toBe(BEFORE);
  });

  it('R1 takes along what never met its relay, by where it began, and nothing of others', async () => {
    await fixture.shell.open(at(BEFORE));
    const [session] = fixture.sessions;
    if (session === undefined) throw new Error('nothing is open');
    session.relayId = 'another';
    comesBack(BEFORE);
    expect(session.address.relay).toBe(BEFORE);
    session.relayId = BEFORE;
    comesBack();
    expect(session.address.relay).toBe(BEFORE);
    comesBack(BEFORE);
    expect([session.address.relay, session.relayId]).toEqual([NOW, 'relay']);
  });

  it('R1 brings along what was still opening', async () => {
    comesBack();
    await fixture.shell.openPage(new URL(`http://localhost/?open=${encodeURIComponent(browserAddress(at(BEFORE)))}`));
    expect(fixture.sessions[0]?.address).toEqual(at(NOW));
  });

  it('R1 leaves documents of other machines where they are', async () => {
    await fixture.shell.open(at('https://notes.example'));
    comesBack();
    expect(fixture.sessions[0]?.address.relay).toBe('https://notes.example');
  });

  it('R2 opens an address from before where the document is now, without asking', async () => {
    comesBack();
    fixture.recent.set([{ address: at(NOW), relayId: 'relay', title: '', openedAt: 1 }]);
    await fixture.shell.hearAddress(browserAddress(at(BEFORE)));
    expect([fixture.shell.dialog.value, fixture.sessions.map(({ address }) => address)]).toEqual([undefined, [at(NOW)]]);
    // Of a document that is nowhere on this device nobody knows which relay it means.
    await fixture.shell.hearAddress(browserAddress(at('http://127.0.0.1:5000', 'b')));
    expect(fixture.shell.dialog.value?.type).toBe('strange-relay');
  });

  it('R2 says nothing of a relay that has moved on meanwhile', async () => {
    await fixture.shell.open(at(BEFORE));
    fixture.shell.hearBundledRelay({ status: 'running', address: 'http://127.0.0.1:4500' });
    fixture.shell.moveAlong({ relay: NOW, relayId: 'relay', former: undefined });
    expect(fixture.sessions[0]?.address.relay).toBe(BEFORE);
  });
});

describe('a session whose relay has another address', () => {
  let stage: SessionStage;
  beforeEach(() => {
    stage = new SessionStage();
  });
  afterEach(async () => await stage.close());

  it('connects there with its text and its key, as the same document', async () => {
    const session = await stage.open('', { text: 'begun', title: '' });
    await stage.join();
    await stage.save();
    stage.sockets.last.isClosedWith(1006);
    await stage.clock.settle();
    expect(connectionOf(session)).toBe('waiting');
    const replica = session.replica.current;
    type(session, ' alone');
    const elsewhere = ORIGIN.replace('relay', 'moved');
    session.moveTo(elsewhere, stage.relayId);
    const socket = await stage.join();
    expect([socket.request.relay, socket.request.secret]).toEqual([elsewhere, stage.sockets.all[0]?.request.secret]);
    await stage.save();
    expect([connectionOf(session), session.status.current.truth, textOf(session)]).toEqual(['connected', 'saved', 'begun alone']);
    expect([session.replica.current, session.address]).toEqual([replica, { relay: elsewhere, document: DOCUMENT, secret: '' }]);
  });

  it('is found there by its text, though it closes before it ever met its relay', async () => {
    stage.hold();
    const session = await stage.open('', { text: 'begun', title: '' });
    type(session, ' alone');
    const elsewhere = ORIGIN.replace('relay', 'moved');
    session.moveTo(elsewhere, 'r1');
    type(session, ' and on');
    await session.close();
    expect(stage.storage.textOf({ relay: 'r1', document: DOCUMENT })).toBe('begun alone and on');
    expect([session.relayId, stage.storage.textOf({ relay: ORIGIN, document: DOCUMENT })]).toEqual(['r1', undefined]);
    expect(stage.storage.known.get(elsewhere)).toBe('r1');
  });

  it('is merged with what lies there before it connects, and never moved twice', async () => {
    stage.hold();
    const session = await stage.open('', { text: 'begun', title: '' });
    const { move } = stage.storage.copies;
    let moves = 0;
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    onTestFinished(() => goOn());
    stage.storage.copies.move = async (...given) => {
      moves++;
      await held;
      return await move(...given);
    };
    session.moveTo(ORIGIN.replace('relay', 'moved'), 'r1');
    await stage.clock.settle();
    stage.requests.splice(0, stage.requests.length - 1);
    await stage.answer(Response.json({ relay: 'r1', durable: true, limits: { documentBytes: 1e6 }, access: 'links', creators: 'anyone' }));
    expect([moves, stage.requests.length]).toEqual([1, 0]);
    goOn();
    await stage.clock.settle();
    expect([moves, stage.requests.length]).toEqual([1, 1]);
  });
});
