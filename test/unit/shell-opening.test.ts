// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { watchDrops } from '../../src/renderer/shell/drops';
import type { Shell } from '../../src/renderer/shell/shell';
import { type DocumentAddress, parseAddress } from '../../src/shared/protocol/links';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { type FakeSession, type ShellFixture, shellFixture } from '../support/shell-fixture';

const RELAY = 'http://127.0.0.1:4321';
const ELSEWHERE = 'https://notes.example';
const LINK = 'link-secret-of-24-charss';
const OTHER = 'other-link-of-24-charsss';
const refused = { state: 'refused', closeCode: REJECTIONS.unauthorized.closeCode, reason: 'No.' } as const;

function at(id: string, secret = '', relay = RELAY): DocumentAddress {
  return { ...(parseAddress(id, relay) ?? expect.unreachable()), secret };
}

let fixture: ShellFixture;
let shell: Shell;

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, '', '/');
  fixture = shellFixture({ start: { bundledRelay: { status: 'running', address: RELAY } } });
  shell = fixture.shell;
});

const last = (): FakeSession => fixture.sessions.at(-1) ?? expect.unreachable();
const pageSays = () => decodeURIComponent(`${location.pathname}${location.search}${location.hash}`);

describe('the page’s own address', () => {
  it('loses its secret when this device keeps what it stands for, and not before', async () => {
    await shell.open(at('plan', LINK));
    expect(pageSays()).toBe(`/?open=${RELAY}/d/plan#${LINK}`);
    last().change({ role: 'viewer' });
    expect(pageSays()).toContain(LINK);
    const steps = history.length;
    last().keep({ link: LINK });
    expect(pageSays()).toBe(`/?open=${RELAY}/d/plan`);
    expect(history.length).toBe(steps);
  });

  it('keeps it where nothing can be kept: it is all there is', async () => {
    await shell.open(at('plan', LINK));
    last().change({ connection: { state: 'connecting' } });
    last().change({ connection: { state: 'connected' } });
    expect(pageSays()).toContain(LINK);
  });

  it('keeps the secret of another document that was opened meanwhile', async () => {
    await shell.open(at('plan', LINK));
    const first = last();
    await shell.open(at('notes', OTHER));
    first.keep({ link: LINK });
    expect(pageSays()).toBe(`/?open=${RELAY}/d/notes#${OTHER}`);
  });

  it('is left alone where a person has gone back to another document already', async () => {
    await shell.open(at('plan', LINK));
    history.pushState(null, '', `/?open=${encodeURIComponent(`${RELAY}/d/notes#${OTHER}`)}`);
    last().keep({ link: LINK });
    expect(pageSays()).toBe(`/?open=${RELAY}/d/notes#${OTHER}`);
  });

  it('works so in a browser too', async () => {
    fixture = shellFixture({ parts: { pageRelay: RELAY } });
    await fixture.shell.open(at('plan', LINK));
    expect(pageSays()).toBe(`/d/plan#${LINK}`);
    last().keep({ link: LINK });
    expect(pageSays()).toBe('/d/plan');
  });
});

describe('a link to the document that is open (shell R3)', () => {
  it('opens it anew with its secret, which may let more', async () => {
    await shell.open(at('plan', LINK));
    last().keep({ link: LINK, role: 'viewer' });
    await shell.hearAddress(`weft://join/plan?relay=${encodeURIComponent(RELAY)}#${OTHER}`);
    expect(fixture.sessions.map(({ address, isClosed }) => [address.secret, isClosed])).toEqual([
      ['', true],
      [OTHER, false],
    ]);
    expect(pageSays()).toContain(OTHER);
  });

  it('does so by the address field of a browser too, which only tells the page', async () => {
    fixture = shellFixture({ parts: { pageRelay: RELAY } });
    await fixture.shell.open(at('plan'));
    await fixture.shell.openPage(new URL(`${RELAY}/d/plan#${OTHER}`));
    expect(last().address.secret).toBe(OTHER);
  });

  it('leaves the page’s address again when it brings nothing', async () => {
    fixture = shellFixture({ parts: { pageRelay: RELAY } });
    await fixture.shell.open(at('plan', LINK));
    last().keep({ link: LINK });
    location.hash = LINK;
    await fixture.shell.openPage(new URL(`${RELAY}/d/plan#${LINK}`));
    expect([pageSays(), fixture.sessions.length]).toEqual(['/d/plan', 1]);
  });

  it.each([
    ['without a secret', ''],
    ['that this device came by', LINK],
    ['that is its own secret', 'personal'],
  ])('%s changes nothing', async (_what, secret) => {
    await shell.open(at('plan', LINK));
    last().keep({ link: LINK });
    await shell.open(at('plan', secret));
    expect(fixture.sessions).toHaveLength(1);
  });

  it('has nothing to give an owner', async () => {
    await shell.open(at('plan'));
    last().change({ isOwner: true });
    await shell.open(at('plan', OTHER));
    expect(fixture.sessions).toHaveLength(1);
    expect(shell.note.value).toBe('This document is open already.');
  });

  it('is tried again when it was refused: the owner may have thought better of it', async () => {
    await shell.open(at('plan', LINK));
    last().keep({ link: LINK });
    last().change({ connection: refused });
    await shell.open(at('plan', LINK));
    expect([fixture.sessions.length, last().retries]).toEqual([1, 1]);
  });
});

describe('an address from elsewhere (shell R2)', () => {
  const strange = at('plan', LINK, ELSEWHERE);

  it('is opened with its secret only after a yes when its relay is strange, wherever it came from', async () => {
    for (const come of [() => shell.hearAddress(`${ELSEWHERE}/d/plan#${LINK}`), () => shell.visit(strange)]) {
      shell.dialog.value = undefined;
      await come();
      expect(shell.dialog.value).toEqual({ type: 'strange-relay', address: strange });
    }
    expect(fixture.sessions).toEqual([]);
  });

  it.each<[string, () => void | Promise<void>]>([
    [
      'of a document that is listed',
      () => fixture.recent.set([{ address: at('old', '', ELSEWHERE), relayId: 'r', title: '', openedAt: 0 }]),
    ],
    ['where new documents live', () => shell.hearSettings({ ...shell.settings.value, newDocumentsAt: ELSEWHERE })],
    ['of the open document', () => shell.open(at('other', '', ELSEWHERE))],
  ])('is opened at once when its relay is known: %s', async (_what, know) => {
    await know();
    await shell.visit(strange);
    expect(shell.dialog.value).toBeUndefined();
    expect(last().address).toEqual(strange);
  });

  it('at this computer’s relay is known, also when new documents live elsewhere', async () => {
    shell.hearSettings({ ...shell.settings.value, newDocumentsAt: ELSEWHERE });
    await shell.visit(at('plan', LINK));
    expect(last().address).toEqual(at('plan', LINK));
  });

  it('does not leave somebody’s text behind because a question came after a question', async () => {
    await shell.open(at('plan'));
    last().change({ truth: 'on-device', unsavedSince: 1, offlineCopy: { ok: false, reason: 'The disk is full.' } });
    const leaving = shell.goHome();
    await vi.waitFor(() => expect(shell.dialog.value?.type).toBe('leave'));
    await shell.visit(strange);
    expect(await leaving).toBe(false);
    expect(shell.dialog.value?.type).toBe('strange-relay');
  });
});

describe('something dropped on the window', () => {
  const drop = (data: Record<string, string>, target: EventTarget = document.body) => {
    const event = new Event('drop', { bubbles: true, cancelable: true });
    const dataTransfer = { types: Object.keys(data), files: [], getData: (type: string) => data[type] ?? '' };
    Object.assign(event, { dataTransfer });
    target.dispatchEvent(event);
    return event;
  };

  it('opens the document of a link, with its secret', async () => {
    const end = watchDrops(shell);
    const event = drop({ 'text/uri-list': `# a comment\r\n${RELAY}/d/plan#${LINK}\r\n` });
    await vi.waitFor(() => expect(fixture.sessions).toHaveLength(1));
    expect([event.defaultPrevented, last().address.secret]).toEqual([true, LINK]);
    end();
  });

  it('is left to whom it belongs: other links, text dragged inside the editor, a field', () => {
    const end = watchDrops(shell);
    const field = document.createElement('input');
    document.body.append(field);
    for (const event of [
      drop({ 'text/uri-list': 'https://example.org/' }),
      drop({ 'text/plain': `${RELAY}/d/plan#${LINK}` }),
      drop({ 'text/uri-list': `${RELAY}/d/plan#${LINK}` }, field),
    ])
      expect(event.defaultPrevented).toBe(false);
    expect([fixture.sessions.length, shell.dialog.value]).toEqual([0, undefined]);
    end();
  });
});
