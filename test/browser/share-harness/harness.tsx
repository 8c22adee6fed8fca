/** The whole window around a document without a relay, with links that a test makes up: what the browser tests drive. */
import '../../../src/renderer/presence/person-colors.css';
import '../../../src/renderer/shell/tokens.css';
import '../../../src/renderer/shell/base.css';
import '../../../src/renderer/shell/layout.css';
import '../../../src/renderer/shell/sidebar.css';
import '../../../src/renderer/shell/document-list.css';
import '../../../src/renderer/shell/people.css';
import '../../../src/renderer/shell/dialogs.css';
import '../../../src/renderer/shell/settings.css';
import '../../../src/renderer/shell/sharing/share.css';
import '../../../src/renderer/shell/sharing/links.css';
import '../../../src/renderer/shell/notices.css';
import '../../../src/renderer/shell/waiting.css';
import '../../../src/renderer/shell/home.css';
import '../../../src/renderer/shell/forced-colors.css';
import '../../../src/renderer/shell/touch.css';
import { render } from 'preact';
import { browserBridge } from '../../../src/renderer/browser-bridge';
import type { Key } from '../../../src/renderer/documents/keyring';
import { newReplica } from '../../../src/renderer/documents/new-replica';
import type { RecentDocument } from '../../../src/renderer/documents/recent-documents';
import { createEditor } from '../../../src/renderer/editor/editor';
import { languageOfTitle } from '../../../src/renderer/editor/language-of-title';
import { watchPeople } from '../../../src/renderer/presence/people';
import { type FailureKind, SharingFailure } from '../../../src/renderer/session/links-client';
import type { Lookup } from '../../../src/renderer/session/relay-lookup';
import type { SessionStatus } from '../../../src/renderer/session/status';
import { App } from '../../../src/renderer/shell/app';
import { Shell } from '../../../src/renderer/shell/shell';
import { followTheme, showTheme } from '../../../src/renderer/shell/theme';
import { ObservableValue } from '../../../src/shared/observable';
import { parseDocumentId } from '../../../src/shared/protocol/routes';
import type { Link } from '../../../src/shared/protocol/sharing';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/shared/settings';
import { FakeLinks } from '../../support/fake-links';
import { MemoryKeyring } from '../../support/memory-keyring';
import { SAVED } from '../../support/saved-status';
import { unusedParts } from '../../support/shell-fixture';

export interface Scene {
  readonly relay: string;
  readonly title: string;
  readonly text?: string;
  readonly status?: Partial<SessionStatus>;
  readonly key?: Partial<Key>;
  readonly links?: readonly Link[];
  /** Ids of links that this device can copy. */
  readonly here?: readonly string[];
  readonly settings?: Partial<Settings>;
  /** In the desktop app there is no relay that served the page. */
  readonly isApp?: boolean;
}

const links = new FakeLinks([], () => Date.now());
const status = new ObservableValue<SessionStatus>(SAVED);
const keptKey = new ObservableValue<Key | undefined>(undefined);
const recent = new ObservableValue<readonly RecentDocument[]>([]);
const replica = new ObservableValue(newReplica());
const keyring = new MemoryKeyring();
const relayKeys: string[] = [];
const lookups = new Map<string, Lookup>();

const document_ = parseDocumentId('Vb8kQzR2mXw0pLs7TnYc1A');
if (document_ === undefined) throw new Error('the harness has a wrong id');
const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the app');

showTheme();

const harness = {
  async open({
    relay,
    title,
    text = '',
    status: changed = {},
    key,
    links: made = [],
    here = [],
    settings = {},
    isApp = false,
  }: Scene): Promise<void> {
    links.links = made;
    for (const id of here) links.known.set(id, `secret-of-${id}`.padEnd(24, 'x'));
    status.set({ ...SAVED, ...changed });
    keptKey.set(
      key === undefined ? undefined : { secret: 's', isUnclaimed: false, link: undefined, role: 'editor', isOwner: false, ...key },
    );
    const { title: titleText, content, doc } = replica.current;
    doc.transact(() => {
      titleText.insert(0, title);
      content.insert(0, text);
    });
    const address = { relay, document: document_, secret: '' };
    recent.set([{ address, relayId: 'r', title, openedAt: Date.now() }]);
    const shell = new Shell(
      {
        bridge: browserBridge('0.1.0'),
        recent: { list: recent, remember: async () => undefined, forget: async () => recent.set([]) },
        keyring,
        pageRelay: isApp ? undefined : relay,
        openSession: async () => ({
          address,
          replica,
          status,
          relayId: 'r',
          keptText: new ObservableValue(undefined),
          keptKey,
          currentSecret: () => 's',
          begin: () => undefined,
          useRelayKey: async (given) => void relayKeys.push(given),
          letGoOfKeptText: async () => undefined,
          probe: () => undefined,
          retry: () => undefined,
          moveTo: () => undefined,
          close: async () => undefined,
        }),
        ...unusedParts(),
        linksOf: () => links,
        lookUpRelay: async (origin) => lookups.get(origin) ?? { type: 'not-found', reason: 'The relay cannot be reached.' },
        checkRelayKey: async (_relay, key) =>
          key === 'right-key' ? { type: 'right' } : { type: 'wrong', reason: 'That is not the key of this relay.' },
        watchPeople: (watched) => watchPeople(watched),
        announcePeople: () => '',
        loadEditor: async () => ({ createEditor, languageOfTitle }),
      },
      {
        settings: { ...DEFAULT_SETTINGS, ...settings },
        bundledRelay: isApp ? { status: 'running', address: relay } : { status: 'none' },
        madeUpName: 'Quiet Heron',
      },
    );
    followTheme(shell.settings);
    render(<App shell={shell} />, root);
    await shell.open(address);
  },
  setStatus: (change: Partial<SessionStatus>) => status.set({ ...status.current, ...change }),
  links: () => links.links,
  setLinks: (next: readonly Link[]) => {
    links.links = next;
  },
  fail: (kind: FailureKind, sentence: string) => {
    links.failure = new SharingFailure(kind, sentence);
  },
  recover: () => {
    links.failure = undefined;
  },
  asked: () => links.asked,
  setRelay: (origin: string, lookup: Lookup) => void lookups.set(origin, lookup),
  isDeleted: () => links.isDeleted,
  relayKeys: () => relayKeys,
};

export type ShareHarness = typeof harness;
Object.assign(window, { harness });
