/** The whole window with a document whose session is played: what a person sees in states that are hard to bring about. */
import '../../../src/renderer/presence/person-colors.css';
import '../../../src/renderer/shell/tokens.css';
import '../../../src/renderer/shell/base.css';
import '../../../src/renderer/shell/layout.css';
import '../../../src/renderer/shell/sidebar.css';
import '../../../src/renderer/shell/document-list.css';
import '../../../src/renderer/shell/people.css';
import '../../../src/renderer/shell/following.css';
import '../../../src/renderer/shell/dialogs.css';
import '../../../src/renderer/shell/settings.css';
import '../../../src/renderer/shell/doctor.css';
import '../../../src/renderer/shell/notices.css';
import '../../../src/renderer/shell/waiting.css';
import '../../../src/renderer/shell/home.css';
import '../../../src/renderer/shell/print.css';
import '../../../src/renderer/shell/forced-colors.css';
import '../../../src/renderer/shell/touch.css';
import { render } from 'preact';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { browserBridge } from '../../../src/renderer/browser-bridge';
import { systemClock } from '../../../src/renderer/documents/clock';
import { newReplica } from '../../../src/renderer/documents/new-replica';
import type { KeptText } from '../../../src/renderer/documents/offline-copy';
import type { RecentDocument } from '../../../src/renderer/documents/recent-documents';
import { createEditor } from '../../../src/renderer/editor/editor';
import { languageOfTitle } from '../../../src/renderer/editor/language-of-title';
import { toCursor } from '../../../src/renderer/editor/text-places';
import { announcePeople } from '../../../src/renderer/presence/announcements';
import { watchPeople } from '../../../src/renderer/presence/people';
import { personColor } from '../../../src/renderer/presence/person-colors';
import { watchWhoIsWhere } from '../../../src/renderer/presence/who-is-where';
import type { Findings, Patient } from '../../../src/renderer/session/doctor';
import type { DocumentSession } from '../../../src/renderer/session/document-session';
import type { SessionStatus } from '../../../src/renderer/session/status';
import { App } from '../../../src/renderer/shell/app';
import { Shell } from '../../../src/renderer/shell/shell';
import { followTheme, showTheme } from '../../../src/renderer/shell/theme';
import { ObservableValue } from '../../../src/shared/observable';
import { type DocumentAddress, parseAddress } from '../../../src/shared/protocol/links';
import type { Role } from '../../../src/shared/protocol/roles';
import { DEFAULT_SETTINGS } from '../../../src/shared/settings';
import { FakeStreams } from '../../support/fake-streams';
import { MemoryKeyring } from '../../support/memory-keyring';
import { SAVED } from '../../support/saved-status';
import { unusedParts } from '../../support/shell-fixture';
import { PROSE_SCENE } from '../editor-harness/scenes';

const mine = newReplica();
const theirs = newReplica();
for (const [from, to] of [
  [mine, theirs],
  [theirs, mine],
] as const) {
  from.doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'network') Y.applyUpdate(to.doc, update, 'network');
  });
}
const others = new Map<number, Awareness>();
const status = new ObservableValue<SessionStatus>(SAVED);
const keptText = new ObservableValue<KeptText | undefined>(undefined);
const recent = new ObservableValue<readonly RecentDocument[]>([]);
const findings = new ObservableValue<Findings>({
  http: { state: 'checking' },
  webSocket: { state: 'checking' },
  eventStream: { state: 'checking' },
  posts: { state: 'checking' },
  roundTripMs: undefined,
  isOver: false,
});
const streams = new FakeStreams();
const patients: Patient[] = [];
let examinationsStopped = 0;
const told: string[] = [];
const saved: { name: string; text: string }[] = [];

const session: DocumentSession = {
  address: addressOf('harbour'),
  replica: new ObservableValue(mine),
  status,
  relayId: 'relay',
  keptText,
  letGoOfKeptText: async () => keptText.set(undefined),
  keptKey: new ObservableValue(undefined),
  currentSecret: () => 'personal-secret',
  begin: () => undefined,
  useRelayKey: async () => undefined,
  probe: () => undefined,
  retry: () => undefined,
  moveTo: () => undefined,
  close: async () => undefined,
};

const shell = new Shell(
  {
    bridge: {
      ...browserBridge('0.1.0'),
      saveTextFile: async (file) => {
        saved.push(file);
        return file.name;
      },
    },
    recent: { list: recent, remember: async () => undefined, forget: async () => undefined },
    keyring: new MemoryKeyring(),
    ...unusedParts(),
    examine: (patient) => {
      patients.push(patient);
      return { findings, stop: () => examinationsStopped++ };
    },
    watchWhoIsWhere: (list) =>
      watchWhoIsWhere({
        ...list,
        openStream: streams.open,
        lookUp: async () => await Promise.resolve({ relay: 'relay', access: 'open' }),
        keyring: new MemoryKeyring(),
        clock: systemClock,
        chance: Math.random,
      }),
    pageRelay: location.origin,
    openSession: async () => session,
    watchPeople: (replica) => watchPeople(replica),
    announcePeople,
    loadEditor: async () => ({ createEditor, languageOfTitle }),
  },
  { settings: DEFAULT_SETTINGS, bundledRelay: { status: 'none' }, madeUpName: 'Quiet Heron' },
);

function addressOf(id: string): DocumentAddress {
  const address = parseAddress(id, location.origin);
  if (address === undefined) throw new Error(`“${id}” is not an id`);
  return address;
}

function announce(other: Awareness): void {
  applyAwarenessUpdate(mine.awareness, encodeAwarenessUpdate(other, [other.clientID]), 'network');
}

function placeOf(words: string): number {
  const at = theirs.content.toString().indexOf(words);
  if (at < 0) throw new Error(`“${words}” is not in the text`);
  return at;
}

const harness = {
  open: async (text = PROSE_SCENE.text, title = PROSE_SCENE.title) => {
    theirs.content.insert(0, text);
    theirs.title.insert(0, title);
    await shell.open(session.address);
  },
  setStatus: (change: Partial<SessionStatus>) => status.set({ ...status.current, ...change }),
  /** What the shell shows in the same turn in which the role becomes another. */
  become: (role: Role) => {
    harness.setStatus({ role });
    return { title: theirs.title.toString(), readOnly: document.querySelector<HTMLInputElement>('.title')?.readOnly };
  },
  title: () => theirs.title.toString(),
  text: () => theirs.content.toString(),
  remoteInsert: (at: number, words: string) => theirs.content.insert(at, words),
  /** Comes as the relay shows people: with a role. @param at words in the text where the caret is. */
  addPerson: (
    name: string,
    { color = others.size + 1, role = 'editor' as Role, at }: { color?: number; role?: Role; at?: string } = {},
  ) => {
    const awareness = new Awareness(new Y.Doc());
    others.set(awareness.clientID, awareness);
    awareness.setLocalState({ user: { name, color: personColor(color).hex }, role });
    if (at !== undefined) harness.movePerson(awareness.clientID, at);
    else announce(awareness);
    return awareness.clientID;
  },
  movePerson: (id: number, to: string | number) => {
    const awareness = others.get(id);
    if (awareness === undefined) throw new Error('nobody has this id');
    const place = typeof to === 'number' ? to : placeOf(to);
    awareness.setLocalStateField('cursor', toCursor(theirs.content, { anchor: place, head: place }));
    announce(awareness);
  },
  removePerson: (id: number) => {
    const awareness = others.get(id);
    awareness?.setLocalState(null);
    if (awareness !== undefined) announce(awareness);
    others.delete(id);
  },
  setRecent: (titles: readonly string[]) =>
    recent.set(
      titles.map((title, index) => ({
        address: addressOf(index === 0 ? 'harbour' : `document-${index}`),
        relayId: 'relay',
        title,
        openedAt: Date.now() - index * 5_400_000,
      })),
    ),
  watchedDocuments: () => streams.openOnes.map(({ request }) => request.document),
  /** What the relay says about who is in a document of the list, by its number in it. */
  tellWhoIsIn: (index: number, people: readonly { readonly name: string; readonly color?: number; readonly role?: Role }[]) => {
    const stream = streams.openOnes.find(({ request }) => request.document === `document-${index}`);
    if (stream === undefined) throw new Error(`nobody watches document ${index}`);
    const wired = people.map(({ name, color = 0, role = 'editor' }, id) => ({ id: id + 1, name, color: personColor(color).hex, role }));
    stream.tells('people', { document: stream.request.document, people: wired });
  },
  loseRelay: () => {
    for (const stream of streams.openOnes) stream.ends({ type: 'lost', reason: 'The relay cannot be reached.' });
  },
  find: (change: Partial<Findings>) => findings.set({ ...findings.current, ...change }),
  examinations: () => ({ patients, stopped: examinationsStopped }),
  /** All that its live regions said, in order. */
  told: () => told,
  setTheme: (theme: 'light' | 'dark') => shell.hearSettings({ ...shell.settings.peek(), theme }),
  savedCopies: () => saved,
  dropCaretInto: (words: string) => {
    const editor = shell.editor.peek();
    editor?.view.dispatch({ selection: { anchor: placeOf(words) } });
  },
};

export type ShellHarness = typeof harness;

declare global {
  interface Window {
    readonly shellHarness: ShellHarness;
  }
}

Object.assign(window, { shellHarness: harness });
showTheme();
followTheme(shell.settings);
const root = document.getElementById('app');
if (root === null) throw new Error('The page has no place for the app.');
render(<App shell={shell} />, root);
new MutationObserver(() => {
  for (const region of root.querySelectorAll('[aria-live]')) {
    const words = region.textContent ?? '';
    if (words !== '' && told.at(-1) !== words) told.push(words);
  }
}).observe(root, { subtree: true, childList: true, characterData: true });
