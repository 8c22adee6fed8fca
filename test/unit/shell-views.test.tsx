// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserBridge } from '../../src/renderer/browser-bridge';
import { newReplica } from '../../src/renderer/documents/new-replica';
import type { KeptText } from '../../src/renderer/documents/offline-copy';
import type { RecentDocument } from '../../src/renderer/documents/recent-documents';
import { watchPeople } from '../../src/renderer/presence/people';
import type { DocumentSession } from '../../src/renderer/session/document-session';
import type { SessionStatus } from '../../src/renderer/session/status';
import { AnotherLinkDialog } from '../../src/renderer/shell/another-link';
import { App } from '../../src/renderer/shell/app';
import { DocumentList } from '../../src/renderer/shell/document-list';
import { ForgetDialog } from '../../src/renderer/shell/forget-dialog';
import { LeaveDialog } from '../../src/renderer/shell/leave-dialog';
import { lineEndingOf, rememberLineEnding } from '../../src/renderer/shell/line-endings';
import { Notices } from '../../src/renderer/shell/notices';
import { SettingsDialog } from '../../src/renderer/shell/settings-dialog';
import { Shell } from '../../src/renderer/shell/shell';
import { StatusBar } from '../../src/renderer/shell/status-bar';
import { TitleBar } from '../../src/renderer/shell/title-bar';
import type { BundledRelay } from '../../src/shared/bridge';
import { ObservableValue } from '../../src/shared/observable';
import { type DocumentAddress, parseAddress } from '../../src/shared/protocol/links';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { DEFAULT_SETTINGS } from '../../src/shared/settings';
import { MemoryKeyring } from '../support/memory-keyring';
import { SAVED } from '../support/saved-status';
import { unusedParts } from '../support/shell-fixture';

const RELAY = 'http://127.0.0.1:4321';

let shell: Shell;
let status: ObservableValue<SessionStatus>;
let kept: ObservableValue<KeptText | undefined>;
let secret: string | undefined;
const list = new ObservableValue<readonly RecentDocument[]>([]);
const forget = vi.fn(async () => undefined);
const letGo = vi.fn(async () => undefined);

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, '', '/');
  document.body.innerHTML = '<div id="app"></div>';
  status = new ObservableValue(SAVED);
  secret = undefined;
  kept = new ObservableValue<KeptText | undefined>(undefined);
  list.set(['one', 'two', 'three'].map((id) => ({ address: at(id), relayId: 'r', title: `${id}.md`, openedAt: 0 })));
  shell = shellWith({ status: 'none' }, RELAY);
});

afterEach(() => {
  render(null, app());
  vi.clearAllMocks();
});

describe('the list of documents', () => {
  const focused = () => document.activeElement?.querySelector('.document-title')?.textContent;

  beforeEach(() => {
    render(<DocumentList shell={shell} />, app());
    all('.document-open')[0]?.focus();
  });

  it('is walked with the arrow keys, Home and End, and ends at its ends', () => {
    const walked = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Home', 'ArrowUp', 'End'].map((key) => {
      press(key);
      return focused();
    });
    expect(walked).toEqual(['two.md', 'three.md', 'three.md', 'two.md', 'one.md', 'one.md', 'three.md']);
  });

  it('is one stop of the Tab key: what is open, or where the keys were last', async () => {
    const stops = () => all('.document-open').map(({ tabIndex }) => tabIndex);
    expect([stops(), all('.document-forget').map(({ tabIndex }) => tabIndex)]).toEqual([
      [0, -1, -1],
      [-1, -1, -1],
    ]);
    await shell.open(at('three'));
    render(null, app());
    render(<DocumentList shell={shell} />, app());
    expect(stops()).toEqual([-1, -1, 0]);
    all('.document-open')[2]?.focus();
    press('ArrowUp');
    await vi.waitFor(() => expect(stops()).toEqual([-1, 0, -1]));
    const row = all('.document-open')[1];
    expect(row?.getAttribute('aria-keyshortcuts')).toBe('Delete');
    expect(document.getElementById(row?.getAttribute('aria-describedby') ?? '')?.textContent).toBe('Delete forgets it.');
  });

  it('calls a document without a title by its text, and says what its time is', async () => {
    const untitled = { relayId: 'r', title: ' ', openedAt: Date.now() };
    list.set([
      { ...untitled, address: at('one'), nameFromText: 'Shopping for Sunday' },
      { ...untitled, address: at('two') },
    ]);
    await vi.waitFor(() =>
      expect(all('.document-title').map(({ textContent }) => textContent)).toEqual(['Shopping for Sunday', 'Untitled']),
    );
    expect(all('.document-open')[0]?.title).toBe('Shopping for Sunday\nOpened just now');
    expect(all('.document-where')[0]?.textContent).toBe('opened just now');
  });

  it('can be filtered from a dozen on, by the names that it shows', async () => {
    expect(all('.documents-filter')).toEqual([]);
    list.set(
      Array.from({ length: 12 }, (_, index) => ({ address: at(`d-${index}`), relayId: 'r', title: `Paper ${index}.md`, openedAt: 0 })),
    );
    const named = () => all('.document-title').map(({ textContent }) => textContent);
    await vi.waitFor(() => expect(all('.documents-filter')).toHaveLength(1));
    const [field] = all('.documents-filter');
    if (!(field instanceof HTMLInputElement)) return expect.unreachable();
    const write = async (words: string, listed: unknown) => {
      field.value = words;
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await vi.waitFor(() => expect(named()).toEqual(listed));
    };
    await write('PAPER 1', ['Paper 1.md', 'Paper 10.md', 'Paper 11.md']);
    field.focus();
    press('ArrowDown');
    expect(focused()).toBe('Paper 1.md');
    await write('nothing', []);
    expect(app().textContent).toContain('No document here is called that.');
    field.focus();
    press('Escape');
    await vi.waitFor(() => expect(named()).toHaveLength(12));
  });

  it('asks before it forgets, and forgets only after a yes, the line ending too', async () => {
    rememberLineEnding(at('two'), '\r\n');
    press('ArrowDown');
    press('Delete');
    const { dialog } = shell;
    expect([dialog.value, forget.mock.calls.length]).toEqual([{ type: 'forget', address: at('two'), title: 'two.md' }, 0]);
    render(<ForgetDialog shell={shell} address={at('two')} title="two.md" />, app());
    button('Forget').click();
    await vi.waitFor(() => expect(forget).toHaveBeenCalledExactlyOnceWith(at('two')));
    expect(lineEndingOf(at('two'))).toBe('\n');
    expect(localStorage).toHaveLength(0);
  });

  it('tells an owner what goes with the key, and nobody else', async () => {
    const { keyring } = shell.parts;
    const keys = vi.spyOn(keyring, 'find');
    for (const isOwner of [true, false]) {
      keys.mockResolvedValue({ secret: 's', isUnclaimed: false, link: undefined, role: 'editor', isOwner });
      render(<ForgetDialog shell={shell} address={at('two')} title="two.md" />, app());
      await vi.waitFor(() => expect(keys).toHaveBeenCalledOnce());
      await new Promise((resolve) => setTimeout(resolve));
      expect(app().textContent?.includes('You own this document')).toBe(isOwner);
      keys.mockClear();
      render(null, app());
    }
  });

  it('names the way back that there is, and lets an owner take it along', async () => {
    const copied = vi.spyOn(shell.parts.bridge, 'copyText').mockResolvedValue(undefined);
    const keys = vi.spyOn(shell.parts.keyring, 'find');
    keys.mockResolvedValue({ secret: 'own', isUnclaimed: false, link: undefined, role: 'editor', isOwner: true });
    render(<ForgetDialog shell={shell} address={at('two')} title="two.md" />, app());
    await vi.waitFor(() => expect(app().textContent).toContain('you cannot open it again unless you kept a link'));
    expect(app().textContent).not.toContain('address');
    // What is not open is not shown: there is nothing to save a copy of.
    expect(all('button').map(({ textContent }) => textContent)).toEqual(['Copy your own link', 'Forget', 'Keep it']);
    button('Copy your own link').click();
    await vi.waitFor(() => expect(copied).toHaveBeenCalledWith(`${RELAY}/d/two#own`));
    expect(app().innerHTML).not.toContain('#own');
    render(null, app());
    await shell.open(at('two'));
    render(<ForgetDialog shell={shell} address={at('two')} title="two.md" />, app());
    expect(all('button').map(({ textContent }) => textContent)).toContain('Save a copy…');
  });

  it('keeps what a person would keep', () => {
    render(<ForgetDialog shell={shell} address={at('two')} title="two.md" />, app());
    button('Keep it').click();
    expect([shell.dialog.value, forget.mock.calls.length]).toEqual([undefined, 0]);
  });

  it('does not forget an open document whose text would be lost while the person stays (shell R1)', async () => {
    await shell.open(at('one'));
    status.set({ ...SAVED, truth: 'on-device', unsavedSince: 1, offlineCopy: { ok: false, reason: 'The disk is full.' } });
    const forgetting = shell.forget(at('one'));
    await vi.waitFor(() => expect(shell.dialog.value?.type).toBe('leave'));
    if (shell.dialog.value?.type === 'leave') shell.dialog.value.answer(false);
    await forgetting;
    expect(forget).not.toHaveBeenCalled();
  });
});

describe('the title bar', () => {
  it('offers nothing of a document that was refused before it was there', async () => {
    const refused = { state: 'refused', closeCode: 4401, reason: REJECTIONS.unauthorized.reason } as const;
    await shell.open(at('one'));
    status.set({ ...SAVED, connection: refused, loaded: false });
    render(<TitleBar shell={shell} />, app());
    expect(all('.share-button, .save-copy')).toEqual([]);
    status.set({ ...SAVED, connection: refused });
    await vi.waitFor(() => expect(all('.share-button, .save-copy')).toHaveLength(2));
  });
});

describe('the bars above the text', () => {
  const failing = { ok: false, reason: 'This device has no room left for the offline copy; free some space.' } as const;
  const stopped = { status: 'failed', reason: 'Its data folder is in use.' } as const;

  beforeEach(() => shell.open(at('one')));

  it('are not there when nothing is to be known', () => {
    render(<Notices shell={shell} />, app());
    expect(all('.notice')).toEqual([]);
  });

  const states: [string, Partial<SessionStatus>, string, string][] = [
    ['a full device', { offlineCopy: failing }, failing.reason, 'Save a copy as a file…'],
    [
      'an owner’s key that is nowhere but here',
      { offlineCopy: failing, isOwner: true, access: 'links' },
      'Nothing is kept on this device: once this window is closed, only your own link makes you the owner again, and anybody else who has it.',
      'Copy your own link',
    ],
    [
      'a relay that cannot write',
      { relayStorageFailing: true },
      'The relay cannot write to its disk: your edits reach the others, but are not saved yet.',
      'Save a copy as a file…',
    ],
    [
      'a link that opens nothing any more',
      { connection: { state: 'refused', closeCode: 4401, reason: REJECTIONS.unauthorized.reason } },
      'Your link does not open this document any more, and your text stays on this device.',
      'Use another link…',
    ],
    [
      'a relay that asks for its key',
      { connection: { state: 'needs-relay-key', reason: 'No key.' } },
      'The relay at 127.0.0.1:4321 asks for its key before it makes a document, so this one is on this device alone.',
      'Enter the key…',
    ],
    [
      'a document that is deleted',
      { truth: 'on-device', connection: { state: 'refused', closeCode: 4410, reason: REJECTIONS.deleted.reason } },
      'Its owner deleted this document; your copy is on this device.',
      'Save a copy as a file…',
    ],
    ...Object.values(REJECTIONS)
      .filter(({ closeCode }) => closeCode !== REJECTIONS.unauthorized.closeCode && closeCode !== REJECTIONS.deleted.closeCode)
      .map(({ closeCode, reason }): [string, Partial<SessionStatus>, string, string] => [
        `“${reason}”`,
        { connection: { state: 'refused', closeCode, reason } },
        /on this device/.test(reason) ? reason : `${reason.slice(0, -1)}, and your text stays on this device.`,
        'Save a copy as a file…',
      ]),
  ];
  it.each(states)('say %s in one sentence, with one thing to do', (_state, change, sentence, action) => {
    status.set({ ...SAVED, ...change });
    render(<Notices shell={shell} />, app());
    expect(all('.notice p').map((text) => text.textContent)).toEqual([sentence]);
    expect(sentence).toMatch(/^[^.!?]*(?:\.[^\s][^.!?]*)*\.$/);
    expect(all('.notice button').map((text) => text.textContent)).toEqual([action]);
  });

  it('let an owner whose key is nowhere but here copy the way back, once the relay is there', async () => {
    const copied = vi.spyOn(shell.parts.bridge, 'copyText').mockResolvedValue(undefined);
    status.set({ ...SAVED, offlineCopy: failing, isOwner: true, access: 'links' });
    render(<Notices shell={shell} />, app());
    button('Copy your own link').click();
    await vi.waitFor(() => expect(all('.notice p')[0]?.textContent).toMatch(/once the relay is there again/));
    expect(copied).not.toHaveBeenCalled();
    secret = 'owner-secret';
    button('Copy your own link').click();
    await vi.waitFor(() => expect(copied).toHaveBeenCalledWith(`${RELAY}/d/one#owner-secret`));
    await vi.waitFor(() => expect(all('.notice p')[0]?.textContent).toMatch(/^Nothing is kept/));
    expect(app().innerHTML).not.toContain('owner-secret');
  });

  it('promise a copy on this device only where it keeps one', () => {
    status.set({ ...SAVED, offlineCopy: failing, connection: { state: 'refused', closeCode: 4410, reason: REJECTIONS.deleted.reason } });
    render(<Notices shell={shell} />, app());
    expect(all('.notice p')[0]?.textContent).toBe('Its owner deleted this document; your copy is in this window only.');
    render(null, app());
    status.set({
      ...SAVED,
      offlineCopy: failing,
      connection: { state: 'refused', closeCode: 4404, reason: 'There is nothing at this address.' },
    });
    render(<Notices shell={shell} />, app());
    expect(all('.notice p').map((text) => text.textContent)).toEqual(['There is nothing at this address.', failing.reason]);
  });

  it('offer to start the relay of this computer when it gave up', async () => {
    shell = shellWith({ status: 'running', address: RELAY });
    await shell.open(at('one'));
    shell.hearBundledRelay(stopped);
    const restart = vi.spyOn(shell.parts.bridge, 'restartRelay');
    render(<Notices shell={shell} />, app());
    expect(all('.notice p').map((text) => text.textContent)).toEqual([
      'The relay on this computer stopped, so what you type stays on this device: Its data folder is in use.',
    ]);
    button('Start it again').click();
    expect(restart).toHaveBeenCalledOnce();
  });

  it('say calmly that this is reading, with what can be done; nothing while it is loading, refused or writing', () => {
    const bars = (change: Partial<SessionStatus>) => {
      status.set({ ...SAVED, ...change });
      render(null, app());
      render(<Notices shell={shell} />, app());
      return all('.notice.quiet p').map(({ textContent }) => textContent);
    };
    expect(bars({ role: 'viewer' })).toEqual(['You are reading; ask the owner for a link that lets you write.']);
    expect(all('.notice.quiet')[0]?.getAttribute('role')).toBe('status');
    expect(all('.notice button').map(({ textContent }) => textContent)).toEqual(['Use another link…']);
    expect(bars({})).toEqual([]);
    expect(bars({ role: 'viewer', loaded: false })).toEqual([]);
    expect(bars({ role: 'viewer', connection: { state: 'refused', closeCode: 4401, reason: 'No.' } })).toEqual([]);
  });

  it('offer a text that was kept, and let go of it only when told so', async () => {
    kept.set({ id: 'k', title: 'one.md', text: 'mine' } as unknown as KeptText);
    render(<Notices shell={shell} />, app());
    expect(all('.notice button').map((text) => text.textContent)).toEqual(['Open your copy', 'Discard it']);
    expect(letGo).not.toHaveBeenCalled();
    button('Discard it').click();
    expect(letGo).toHaveBeenCalledOnce();
  });

  it('say once that the relay has another port, without a document too, and not again in another window (relays R1)', () => {
    const moved = { status: 'running', address: RELAY, notice: 'Another program uses port 5001, so copy addresses again.' } as const;
    shell = shellWith(moved);
    render(<Notices shell={shell} />, app());
    expect(all('.notice p').map((text) => text.textContent)).toEqual([moved.notice]);
    button('Got it').click();
    expect(shell.relays.notice.value).toBeUndefined();
    expect(shellWith(moved).relays.notice.value).toBeUndefined();
    shell.hearBundledRelay({ status: 'running', address: RELAY });
    shell.hearBundledRelay(moved);
    expect(shell.relays.notice.value).toBe(moved.notice);
  });
});

describe('a link that cannot be opened', () => {
  it.each([
    ['too-long', /longer than any link/],
    ['unreadable', /names no document/],
  ] as const)('is said, with what to do: %s', (fault, words) => {
    render(<App shell={shell} />, app());
    expect(document.querySelector('dialog')).toBeNull();
    shell.hearFault(fault);
    render(<App shell={shell} />, app());
    expect(document.querySelector('dialog')?.textContent).toMatch(words);
    expect(document.querySelector('dialog')?.textContent).toContain('This link cannot be opened');
    button('OK').click();
    expect(shell.dialog.value).toBeUndefined();
  });
});

describe('the status bar', () => {
  beforeEach(() => shell.open(at('one')));

  it.each([
    ['offline', { state: 'connecting' }, 'Writing to this device…', 'On this device'],
    ['connected', { state: 'connected' }, 'Saving…', 'Saved'],
  ] as const)(
    '%s: says that what was typed is safe only when it is, and does not flicker while somebody types',
    async (_, connection, meanwhile, inTheEnd) => {
      vi.useFakeTimers();
      const typed: SessionStatus = {
        ...SAVED,
        connection,
        truth: 'on-device',
        unsavedSince: Date.now(),
        offlineCopy: { ok: true, isWritten: false },
      };
      const written: SessionStatus = { ...typed, offlineCopy: { ok: true, isWritten: true } };
      const saved: SessionStatus = { ...SAVED, connection };
      render(<StatusBar shell={shell} />, app());
      const said: (string | undefined)[] = [];
      const look = async (ms: number) => {
        await vi.advanceTimersByTimeAsync(ms);
        const words = app().querySelector('[data-testid="status-truth"]')?.textContent;
        if (words !== said.at(-1)) said.push(words);
      };
      await look(100);
      for (let key = 0; key < 5; key++) {
        status.set(typed);
        await look(20);
        status.set(written);
        await look(20);
        if (connection.state === 'connected') status.set(saved);
        await look(160);
      }
      await look(100);
      expect(said).toEqual(['Saved', meanwhile]);
      await look(200);
      expect(said).toEqual(['Saved', meanwhile, inTheEnd]);
      vi.useRealTimers();
    },
  );

  it('is not drawn anew with each key of somebody who types', async () => {
    vi.useFakeTimers();
    render(<StatusBar shell={shell} />, app());
    const typed: SessionStatus = { ...SAVED, truth: 'on-device', unsavedSince: Date.now(), offlineCopy: { ok: true, isWritten: false } };
    await vi.advanceTimersByTimeAsync(100);
    status.set(typed);
    await vi.advanceTimersByTimeAsync(10);
    const changes: MutationRecord[] = [];
    const observer = new MutationObserver((records) => changes.push(...records));
    observer.observe(app(), { subtree: true, childList: true, attributes: true, characterData: true });
    for (let key = 0; key < 5; key++) {
      status.set({ ...typed, unsavedSince: Date.now(), underWay: 1 });
      await vi.advanceTimersByTimeAsync(50);
      status.set(SAVED);
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(changes).toEqual([]);
    observer.disconnect();
    vi.useRealTimers();
  });

  it('tells whoever reads until when they saw the text, and leads to how the connection is doing', async () => {
    vi.useFakeTimers({ now: new Date(2026, 10, 23, 14, 5) });
    status.set({ ...SAVED, role: 'viewer' });
    render(<StatusBar shell={shell} />, app());
    const truth = () => app().querySelector('[data-testid="status-truth"]')?.textContent;
    expect(truth()).toBe('Reading · up to date');
    await vi.advanceTimersByTimeAsync(100);
    status.set({ ...status.current, connection: { state: 'waiting', retryAt: Date.now() + 9_000, reason: undefined } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(truth()).toMatch(/^Reading · last seen (14|02):05/);
    status.set({ ...status.current, connection: { state: 'connected' } });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(truth()).toBe('Reading · up to date');
    for (const way of ['.truth', '[data-testid="status-connection"]']) {
      shell.dialog.value = undefined;
      app().querySelector<HTMLElement>(way)?.click();
      expect(shell.dialog.value, way).toEqual({ type: 'doctor' });
    }
    vi.useRealTimers();
  });
});

describe('dialogs', () => {
  it('begin with the first field, not with the button that closes them', async () => {
    render(<SettingsDialog shell={shell} />, app());
    await vi.waitFor(() => expect(document.activeElement).toBe(app().querySelector('[data-testid="my-name"]')));
  });

  it('ask whoever reads for a link that lets them write, and say nothing of a text that is not theirs', async () => {
    await shell.open(at('one'));
    status.set({ ...SAVED, role: 'viewer' });
    render(<AnotherLinkDialog shell={shell} />, app());
    expect(all('dialog p')[0]?.textContent).toBe('Ask the owner of this document for one that lets you write, and paste it here.');
  });

  it('begin with what loses nothing', async () => {
    render(<LeaveDialog shell={shell} answer={() => undefined} />, app());
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe('Stay'));
  });
});

function shellWith(bundledRelay: BundledRelay, pageRelay?: string): Shell {
  return new Shell(
    {
      bridge: browserBridge('0'),
      keyring: new MemoryKeyring(),
      ...unusedParts(),
      recent: { list, remember: async () => undefined, forget },
      pageRelay,
      openSession: async (address) => sessionAt(address),
      watchPeople: (replica) => watchPeople(replica),
      announcePeople: () => '',
      loadEditor: () => Promise.reject(new Error('not shown here')),
    },
    { settings: DEFAULT_SETTINGS, bundledRelay, madeUpName: 'Quiet Heron' },
  );
}

function sessionAt(address: DocumentAddress): DocumentSession {
  return {
    address,
    replica: new ObservableValue(newReplica()),
    status,
    relayId: 'relay',
    keptText: kept,
    letGoOfKeptText: letGo,
    keptKey: new ObservableValue(undefined),
    currentSecret: () => secret,
    begin: () => undefined,
    useRelayKey: async () => undefined,
    probe: () => undefined,
    retry: () => undefined,
    moveTo: () => undefined,
    close: async () => undefined,
  };
}

function at(id: string): DocumentAddress {
  return parseAddress(id, RELAY) ?? expect.unreachable();
}

function app(): HTMLElement {
  return document.getElementById('app') ?? expect.unreachable();
}

function all(selector: string): HTMLElement[] {
  return [...app().querySelectorAll<HTMLElement>(selector)];
}

function button(words: string): HTMLElement {
  return all('button').find(({ textContent }) => textContent === words) ?? expect.fail(`no button “${words}”`);
}

function press(key: string): void {
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}
