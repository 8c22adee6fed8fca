// @vitest-environment happy-dom
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Attendee } from '../../src/renderer/presence/attendance';
import { personColor } from '../../src/renderer/presence/person-colors';
import { placeKey, type WhoIsWhere } from '../../src/renderer/presence/who-is-where';
import { attendeesWords } from '../../src/renderer/shell/attendees';
import { DocumentList } from '../../src/renderer/shell/document-list';
import type { WatchWhoIsWhere } from '../../src/renderer/shell/use-who-is-where';
import { ObservableValue } from '../../src/shared/observable';
import { type DocumentAddress, parseAddress } from '../../src/shared/protocol/links';
import type { Role } from '../../src/shared/protocol/roles';
import { type ShellFixture, shellFixture } from '../support/shell-fixture';

const RELAY = 'http://127.0.0.1:4321';
const at = (id: string, relay = RELAY): DocumentAddress => parseAddress(id, relay) ?? expect.unreachable();
const attendee = (id: number, name: string, role: Role = 'editor'): Attendee => ({ id, name, color: personColor(id), role });

let fixture: ShellFixture;
let whoIsWhere: ObservableValue<WhoIsWhere>;
let list: Parameters<WatchWhoIsWhere>[0] | undefined;
let stops: number;

const root = () => document.getElementById('app') ?? expect.unreachable();
const watched = () => (list?.documents.current ?? []).map(({ address }) => address.document);
const shownIn = (title: string) => {
  const item = [...root().querySelectorAll('.document')].find((other) => other.querySelector('.document-title')?.textContent === title);
  return item?.querySelector('.attendees')?.getAttribute('title') ?? undefined;
};

beforeEach(() => {
  localStorage.clear();
  document.body.innerHTML = '<div id="app"></div>';
  whoIsWhere = new ObservableValue<WhoIsWhere>(new Map());
  list = undefined;
  stops = 0;
  fixture = shellFixture({
    parts: {
      pageRelay: RELAY,
      watchWhoIsWhere: (given) => {
        list = given;
        return Object.assign(whoIsWhere, { stop: () => stops++ });
      },
    },
  });
  const { recent } = fixture;
  recent.set(
    [at('one'), at('two'), at('far', 'http://far.example')].map((address) => ({
      address,
      relayId: 'r',
      title: `${address.document}.md`,
      openedAt: 0,
    })),
  );
  render(<DocumentList shell={fixture.shell} />, root());
});

afterEach(() => {
  render(null, root());
});

describe('the list of documents', () => {
  it('shows who is in a document, and nothing where nobody is or nothing is known', async () => {
    await vi.waitFor(() => expect(list).toBeDefined());
    whoIsWhere.set(
      new Map([
        [placeKey(at('one')), [attendee(2, 'Ada'), attendee(3, 'Grace'), attendee(4, 'Joan', 'viewer')]],
        [placeKey(at('two')), []],
      ]),
    );
    await vi.waitFor(() => expect(shownIn('one.md')).toBe('Ada and Grace are there, Joan reads'));
    expect([shownIn('two.md'), shownIn('far.md')]).toEqual([undefined, undefined]);
    expect([...root().querySelectorAll('.avatar.tiny')].map(({ textContent, className }) => `${textContent} ${className}`)).toEqual([
      'A avatar tiny',
      'G avatar tiny',
      'J avatar tiny reader',
    ]);
    whoIsWhere.set(new Map());
    await vi.waitFor(() => expect(shownIn('one.md')).toBeUndefined());
  });

  it('asks the page’s own relay alone, and not about the open document: its session knows', async () => {
    await vi.waitFor(() => expect(watched()).toEqual(['one', 'two']));
    await fixture.shell.open(at('two'));
    await vi.waitFor(() => expect(watched()).toEqual(['one']));
    const { replica } = fixture.sessions[0] ?? expect.unreachable();
    const me = replica.current.awareness;
    me.setLocalState({ user: { name: 'Me', color: '#112233' } });
    const ada = new Awareness(new Y.Doc());
    ada.setLocalState({ user: { name: 'Ada', color: '#112233' } });
    applyAwarenessUpdate(me, encodeAwarenessUpdate(ada, [ada.clientID]), 'network');
    await vi.waitFor(() => expect(shownIn('two.md')).toBe('Ada is there'));
    // A moment after leaving, the relay still sees me there.
    expect(list?.isMe(me.clientID)).toBe(true);
    expect(list?.isMe(ada.clientID)).toBe(false);
  });

  it('asks nobody while it is not to be seen', async () => {
    await vi.waitFor(() => expect(list?.isLookedAt.current).toBe(true));
    fixture.shell.hearSettings({ ...fixture.shell.settings.peek(), sidebar: false });
    expect(list?.isLookedAt.current).toBe(false);
    fixture.shell.hearSettings({ ...fixture.shell.settings.peek(), sidebar: true });
    expect(list?.isLookedAt.current).toBe(true);
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    expect(list?.isLookedAt.current).toBe(false);
    Reflect.deleteProperty(document, 'visibilityState');
    document.dispatchEvent(new Event('visibilitychange'));
    expect(list?.isLookedAt.current).toBe(true);
    render(null, root());
    expect(stops).toBe(1);
  });

  it('says a crowd in few words', () => {
    const many = Array.from({ length: 7 }, (_, id) => attendee(id, `N${id}`));
    expect(attendeesWords(many)).toBe('N0, N1, N2 and 4 more are there');
    expect(attendeesWords([attendee(1, 'Ada', 'viewer'), attendee(2, 'Joan', 'viewer')])).toBe('Ada and Joan read');
  });
});
