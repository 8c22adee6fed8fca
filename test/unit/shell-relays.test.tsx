// @vitest-environment happy-dom
import { render, type VNode } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkRelayKey } from '../../src/renderer/session/relay-key-check';
import type { Lookup } from '../../src/renderer/session/relay-lookup';
import { AnotherLinkDialog, readPastedLink } from '../../src/renderer/shell/another-link';
import { RelayKeyDialog } from '../../src/renderer/shell/relay-key-dialog';
import { needsKey, originsOf, relayFacts } from '../../src/renderer/shell/relay-words';
import { SettingsDialog } from '../../src/renderer/shell/settings-dialog';
import { ReachNote } from '../../src/renderer/shell/sharing/reach-note';
import { Waiting } from '../../src/renderer/shell/waiting';
import { type DocumentAddress, parseAddress } from '../../src/shared/protocol/links';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import type { Health } from '../../src/shared/protocol/routes';
import { DEFAULT_SETTINGS, isRelayOrigin, readSettings } from '../../src/shared/settings';
import { FakeSession, type ShellFixture, shellFixture } from '../support/shell-fixture';

const HERE = 'http://127.0.0.1:4321';
const TEAM = 'https://notes.example';
const LINK = 'link-secret-of-24-charss';
const health: Health = {
  status: 'ok',
  relay: 'r',
  version: '0.1.0',
  checks: {},
  limits: { documentBytes: 1 },
  durable: true,
  access: 'links',
  creators: 'key',
};

let fixture: ShellFixture;
const lookUpRelay = vi.fn<(origin: string) => Promise<Lookup>>();
const check = vi.fn<typeof checkRelayKey>();

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, '', '/');
  document.body.innerHTML = '<div id="app"></div>';
  lookUpRelay.mockImplementation(async (origin) =>
    origin === TEAM ? { type: 'found', health } : { type: 'not-found', reason: 'The relay cannot be reached.' },
  );
  check.mockImplementation(async (_relay, key) =>
    key === 'the-right-key' ? { type: 'right' } : { type: 'wrong', reason: 'That is not the key of this relay.' },
  );
  fixture = shellFixture({
    parts: { lookUpRelay, checkRelayKey: (relay, key) => check(relay, key, { fetch, signal: new AbortController().signal }) },
    start: { bundledRelay: { status: 'running', address: HERE } },
  });
});

afterEach(() => {
  render(null, app());
  vi.clearAllMocks();
});

describe('where new documents live (relays R2)', () => {
  it('is this computer until a team’s relay is chosen; in a browser the page’s relay, whatever was chosen', () => {
    const { shell } = fixture;
    expect(shell.defaultRelay.value).toBe(HERE);
    shell.hearSettings({ ...shell.settings.value, newDocumentsAt: TEAM });
    expect(shell.defaultRelay.value).toBe(TEAM);
    const browser = shellFixture({ parts: { pageRelay: HERE }, start: { settings: { ...shell.settings.value, newDocumentsAt: TEAM } } });
    expect(browser.shell.defaultRelay.value).toBe(HERE);
    show(<SettingsDialog shell={browser.shell} />);
    expect(app().textContent).not.toContain('New documents');
  });

  it('is read from settings of any age, and never from what is no origin', () => {
    expect(readSettings({}).newDocumentsAt).toBe('');
    expect(readSettings({ newDocumentsAt: TEAM }).newDocumentsAt).toBe(TEAM);
    for (const wrong of [
      5,
      'notes.example',
      `${TEAM}/`,
      `${TEAM}/d/x`,
      'javascript:alert(1)',
      'file:///etc',
      `https://${'a'.repeat(300)}`,
    ]) {
      expect(readSettings({ newDocumentsAt: wrong }).newDocumentsAt).toBe('');
      if (typeof wrong === 'string') expect(isRelayOrigin(wrong)).toBe(false);
    }
  });

  it('is chosen by an address that is asked first, with encryption before without', async () => {
    show(<SettingsDialog shell={fixture.shell} />);
    await choose('At a team’s relay');
    await enter('team-relay', 'notes.example');
    await vi.waitFor(() => expect(fixture.shell.settings.value.newDocumentsAt).toBe(TEAM));
    expect(lookUpRelay.mock.calls.map(([origin]) => origin)).toEqual([TEAM]);
    expect(field('team-relay').value).toBe(TEAM);
    expect(app().textContent).toContain('A Weft relay answers, version 0.1.0: new documents go there from now on.');
    await choose('On this computer');
    await vi.waitFor(() => expect(fixture.shell.defaultRelay.value).toBe(HERE));
  });

  it.each([
    ['no address', 'no address at all', 'That is no address of a relay, like https://relay.example.'],
    ['an address where no relay answers', 'http://nobody.example', 'The relay cannot be reached.'],
  ])('stays as it is for %s, which is said', async (_what, typed, sentence) => {
    fixture.shell.hearSettings({ ...fixture.shell.settings.value, newDocumentsAt: TEAM });
    show(<SettingsDialog shell={fixture.shell} />);
    await enter('team-relay', typed);
    await vi.waitFor(() => expect(app().textContent).toContain(sentence));
    expect([fixture.shell.settings.value.newDocumentsAt, field('team-relay').getAttribute('aria-invalid')]).toEqual([TEAM, 'true']);
  });

  it('asks for the relay’s key where it needs one, says so when it is wrong, and keeps the right one', async () => {
    show(<SettingsDialog shell={fixture.shell} />);
    await choose('At a team’s relay');
    await enter('team-relay', TEAM);
    await vi.waitFor(() => expect(field('relay-key').type).toBe('password'));
    await enter('relay-key', ' not-the-key ');
    await vi.waitFor(() => expect(app().textContent).toContain('That is not the key of this relay.'));
    expect(fixture.keyring.relayKeys.size).toBe(0);
    await enter('relay-key', ' the-right-key ');
    await vi.waitFor(() => expect(fixture.keyring.relayKeys).toEqual(new Map([[TEAM, 'the-right-key']])));
    await vi.waitFor(() => expect(app().textContent).toContain('This device has its key.'));
    expect(app().innerHTML).not.toContain('the-right-key');
  });

  it('looks at what was chosen before: its key may be another by now', async () => {
    await fixture.keyring.keepRelayKey(TEAM, 'an-old-key');
    fixture.shell.hearSettings({ ...fixture.shell.settings.value, newDocumentsAt: TEAM });
    show(<SettingsDialog shell={fixture.shell} />);
    await vi.waitFor(() => expect(field('relay-key')).not.toBeNull());
    expect(check.mock.calls.map(([relay, key]) => [relay, key])).toEqual([[TEAM, 'an-old-key']]);
  });

  it('says what a person should know of a relay', () => {
    const open: Health = { ...health, access: 'open', durable: false, status: 'failing' };
    expect(relayFacts('http://notes.example', open).slice(1)).toEqual([
      'It says that its storage is failing.',
      'It keeps documents in memory alone: they are gone when it ends.',
      'It lets everyone in who knows a document’s address.',
      'The way there is not encrypted: whoever is on it can read along.',
    ]);
    expect(relayFacts(TEAM, health)).toHaveLength(1);
    expect([needsKey(health), needsKey({ ...health, creators: 'anyone' }), needsKey(open)]).toEqual([true, false, false]);
    expect(originsOf('localhost:4321')).toEqual(['http://localhost:4321']);
    expect(originsOf('http://notes.example/d/x')).toEqual(['http://notes.example']);
    expect(originsOf('notes.example:4400')).toEqual(['https://notes.example:4400', 'http://notes.example:4400']);
  });
});

describe('asking a relay whether a key is its own', () => {
  const ask = (answer: Response | Error, key = 'the-right-key') => {
    const asked: [string, RequestInit | undefined][] = [];
    const fetch = async (input: unknown, init?: RequestInit) => {
      asked.push([String(input), init]);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return { asked, verdict: checkRelayKey(TEAM, key, { fetch, signal: new AbortController().signal }) };
  };

  it('takes a status for the answer, and says no key in any sentence', async () => {
    const { asked, verdict } = ask(new Response(null, { status: 200 }));
    expect(await verdict).toEqual({ type: 'right' });
    expect(asked).toMatchObject([[`${TEAM}/documents`, { method: 'HEAD', redirect: 'error', credentials: 'omit' }]]);
    for (const [answer, type] of [
      [new Response(null, { status: 401 }), 'wrong'],
      [new Response(null, { status: 429 }), 'unknown'],
      [new Response(null, { status: 500 }), 'unknown'],
      [new TypeError('Failed to fetch'), 'unknown'],
    ] as const) {
      const told = await ask(answer).verdict;
      expect(told.type).toBe(type);
      expect(JSON.stringify(told)).not.toContain('the-right-key');
    }
  });

  it.each(['', 'short', 'two words here', 'line\nbreak-in-it', 'kéy-with-accents'])('sends nothing that is no key: “%s”', async (key) => {
    const { asked, verdict } = ask(new Response(null), key);
    expect([(await verdict).type, asked.length]).toEqual(['wrong', 0]);
  });
});

describe('a relay that asks for its key', () => {
  let session: FakeSession;

  beforeEach(async () => {
    await fixture.shell.open(at('plan'));
    session = fixture.sessions[0] ?? expect.unreachable();
    session.change({ connection: { state: 'needs-relay-key', reason: 'No key.' } });
    fixture.shell.dialog.value = { type: 'relay-key' };
    show(<RelayKeyDialog shell={fixture.shell} />);
    await vi.waitFor(() => expect(document.activeElement).toBe(field('relay-key')));
  });

  it('gets it once, and the dialog is gone when the document is there', async () => {
    expect(app().textContent).toMatch(/weft-relay key.*relay-key.*data folder/);
    session.onRelayKey = async () => session.change({ connection: { state: 'connecting' } });
    await enter('relay-key', ' the-key ');
    expect(session.relayKeys).toEqual(['the-key']);
    expect(fixture.shell.dialog.value).toEqual({ type: 'relay-key' });
    session.change({ connection: { state: 'connected' } });
    expect(fixture.shell.dialog.value).toBeUndefined();
  });

  it('says when it was the wrong one, or cannot be kept, and asks again', async () => {
    session.onRelayKey = async () => session.change({ connection: { state: 'connecting' } });
    await enter('relay-key', 'wrong-key');
    session.change({ connection: { state: 'needs-relay-key', reason: 'That is not the key of this relay.' } });
    await vi.waitFor(() => expect(app().querySelector('[role=alert]')?.textContent).toBe('That is not the key of this relay.'));
    session.onRelayKey = () => Promise.reject(new Error('This device has no room left.'));
    await enter('relay-key', 'another-key');
    await vi.waitFor(() => expect(app().querySelector('[role=alert]')?.textContent).toBe('This device has no room left.'));
    expect(fixture.shell.dialog.value).toEqual({ type: 'relay-key' });
  });
});

describe('what is shared of a document that only this computer reaches', () => {
  const said = () => app().querySelector('[role=note]')?.textContent;

  it('opened at one of the addresses of a relay, may be reached by another', () => {
    fixture = shellFixture({ parts: { pageRelay: HERE } });
    show(<ReachNote shell={fixture.shell} relay={HERE} />);
    expect(said()).toMatch(/^This window was opened at an address of this computer only.*open the relay by its network address\.$/);
    show(<ReachNote shell={fixture.shell} relay={TEAM} />);
    expect(said()).toBeUndefined();
  });

  it('at the relay of the app, is reached nowhere: another relay can be chosen for what is new', () => {
    fixture = shellFixture({ start: { bundledRelay: { status: 'running', address: HERE } } });
    show(<ReachNote shell={fixture.shell} relay={HERE} />);
    expect(said()).toContain('so only this computer can open it');
    button('choose one').click();
    expect(fixture.shell.dialog.value).toEqual({ type: 'settings' });
  });

  it('at the relay of the app, is copied to the chosen one, and the copy is shared', async () => {
    const begun: unknown[] = [];
    fixture = shellFixture({
      parts: {
        openSession: async (address, first) => {
          const session = new FakeSession(address);
          if (first === undefined) session.replica.current.content.insert(0, 'Dear all');
          else begun.push([address.relay, first]);
          return await Promise.resolve(session);
        },
      },
      start: { bundledRelay: { status: 'running', address: HERE }, settings: { ...DEFAULT_SETTINGS, newDocumentsAt: TEAM } },
    });
    await fixture.shell.open(at('plan'));
    show(<ReachNote shell={fixture.shell} relay={HERE} />);
    button('copy this document to notes.example').click();
    await vi.waitFor(() => expect(begun).toEqual([[TEAM, { title: '', text: 'Dear all' }]]));
    await vi.waitFor(() => expect(fixture.shell.dialog.value).toEqual({ type: 'share' }));
  });
});

describe('who was shut out', () => {
  const shutOut = { state: 'refused', closeCode: REJECTIONS.unauthorized.closeCode, reason: REJECTIONS.unauthorized.reason } as const;

  it('without the text: reads the sentence and can paste another link, which is opened', async () => {
    show(<Waiting shell={fixture.shell} address={at('plan')} connection={shutOut} />);
    expect(app().querySelector('.stopped p')?.textContent).toBe('This link does not open the document; ask for a new one.');
    await enter('another-link', `${HERE}/d/plan`);
    expect(app().textContent).toContain('That is an address without what lets you in: a link goes on behind a #.');
    await enter('another-link', `${HERE}/d/plan#${LINK}`);
    await vi.waitFor(() => expect(fixture.sessions.map(({ address }) => address.secret)).toEqual([LINK]));
  });

  it('by an address without a key: is told why, and makes a document there only when asked to', () => {
    let begun = 0;
    const view = (mayBegin: boolean) => (
      <Waiting
        shell={fixture.shell}
        address={at('plan')}
        connection={{ ...shutOut, ...(mayBegin && { mayBegin }) }}
        begin={() => begun++}
      />
    );
    show(view(false));
    expect(app().textContent).not.toContain('Make a new document');
    show(view(true));
    expect(begun).toBe(0);
    button('Make a new document at this address').click();
    expect(begun).toBe(1);
  });

  it('with the text: opens it anew with the other link, and nothing that was typed is lost on the way', async () => {
    await fixture.shell.open(at('plan'));
    fixture.sessions[0]?.change({ connection: shutOut });
    fixture.shell.dialog.value = { type: 'another-link' };
    show(<AnotherLinkDialog shell={fixture.shell} />);
    await enter('another-link', `${HERE}/d/plan#${LINK}`);
    await vi.waitFor(() => expect(fixture.sessions).toHaveLength(2));
    expect([fixture.sessions[0]?.isClosed, fixture.sessions[1]?.address.secret, fixture.shell.dialog.value]).toEqual([
      true,
      LINK,
      undefined,
    ]);
  });

  it('is told what is wrong with what was pasted', () => {
    expect(readPastedLink(' ')).toBe('Paste the link that you got.');
    expect(readPastedLink('plan')).toContain('That is no link');
    expect(readPastedLink(` ${HERE}/d/plan#${LINK}\n`)).toEqual(at('plan', LINK));
  });

  it('by an address alone, at a relay that needs a key to make documents, is asked for the link first', async () => {
    await fixture.shell.open(at('plan'));
    show(<Waiting shell={fixture.shell} address={at('plan')} connection={{ state: 'needs-relay-key', reason: 'No key.' }} />);
    expect(app().querySelector('.stopped p')?.textContent).toBe(
      'This address alone opens nothing at 127.0.0.1:4321: paste the link of the document.',
    );
    button('Make it with the key of the relay…').click();
    expect(fixture.shell.dialog.value).toEqual({ type: 'relay-key' });
  });
});

function at(id: string, secret = ''): DocumentAddress {
  return { ...(parseAddress(id, HERE) ?? expect.unreachable()), secret };
}

function show(view: VNode): void {
  render(view, app());
}

function app(): HTMLElement {
  return document.getElementById('app') ?? expect.unreachable();
}

function field(id: string): HTMLInputElement {
  const found = app().querySelector(`[data-testid=${id}]`);
  if (!(found instanceof HTMLInputElement)) throw new Error(`no field ${id}`);
  return found;
}

async function enter(id: string, text: string): Promise<void> {
  const input = field(id);
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  await Promise.resolve();
  input.form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await new Promise((resolve) => setTimeout(resolve));
}

async function choose(words: string): Promise<void> {
  const label = [...app().querySelectorAll('label')].find(({ textContent }) => textContent === words);
  const input = label?.querySelector('input') ?? expect.fail(`no choice “${words}”`);
  input.checked = true;
  input.dispatchEvent(new Event('change', { bubbles: true }));
  await new Promise((resolve) => setTimeout(resolve));
}

function button(words: string): HTMLElement {
  return [...app().querySelectorAll('button')].find(({ textContent }) => textContent === words) ?? expect.fail(`no button “${words}”`);
}
