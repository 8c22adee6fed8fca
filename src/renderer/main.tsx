/** Starts the window: what is on this device first, the relay later, the editor meanwhile. */
import './presence/person-colors.css';
import './shell/tokens.css';
import './shell/base.css';
import './shell/layout.css';
import './shell/sidebar.css';
import './shell/document-list.css';
import './shell/people.css';
import './shell/following.css';
import './shell/dialogs.css';
import './shell/settings.css';
import './shell/doctor.css';
import './shell/sharing/share.css';
import './shell/sharing/links.css';
import './shell/notices.css';
import './shell/waiting.css';
import './shell/home.css';
import './shell/print.css';
import './shell/forced-colors.css';
import './shell/touch.css';
import { render } from 'preact';
import { version } from '../../package.json';
import type { Bridge, BundledRelay } from '../shared/bridge';
import { followState } from './bridge-state';
import { browserBridge } from './browser-bridge';
import { systemClock } from './documents/clock';
import { type DeviceStorage, openDeviceStorage } from './documents/device-storage';
import { followBundledRelay } from './follow-bundled-relay';
import { keepPage } from './keep-page';
import { onNetworkChange, onOnline } from './network-changes';
import { announcePeople } from './presence/announcements';
import { watchPeople } from './presence/people';
import { watchWhoIsWhere } from './presence/who-is-where';
import { savingInBackground } from './save-in-background';
import type { BackgroundSaving } from './session/background-saving';
import { examine } from './session/doctor';
import { newDocumentSession, openDocumentSession } from './session/document-session';
import { LinksClient, LONGEST_ANSWER_MS } from './session/links-client';
import type { Person } from './session/reader';
import { checkRelayKey } from './session/relay-key-check';
import { lookUpRelay } from './session/relay-lookup';
import { socketsByRole } from './session/sockets/sockets-by-role';
import { webSocketOpener } from './session/sockets/websocket';
import { App } from './shell/app';
import { madeUpName } from './shell/my-identity';
import type { EditorModule, ShellParts } from './shell/parts';
import { Shell } from './shell/shell';
import { smallStorage } from './shell/small-storage';
import { followTheme, showTheme } from './shell/theme';
import { sharedStreams } from './streams/shared-streams';

declare global {
  interface Window {
    /** By the preload script of the app; not there in a browser. */
    readonly bridge?: Bridge;
  }
}

showTheme();
void start();

async function start(): Promise<void> {
  const bridge = window.bridge ?? browserBridge(version);
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const editor = loadEditor();
  const [settings, bundledRelay, storage] = await Promise.all([
    followState(bridge, 'settings', () => bridge.readSettings()),
    followState(bridge, 'bundledRelay', () => bridge.bundledRelay()),
    openDeviceStorage({ clock: systemClock, random }),
  ]);
  const { parts, saving } = shellParts(
    bridge,
    storage,
    random,
    () => ({ name: shell.me.current.name, color: shell.me.current.color.hex }),
    () => editor,
  );
  const shell: Shell = new Shell(parts, {
    settings: settings.current,
    bundledRelay: bundledRelay.current,
    madeUpName: madeUpName(smallStorage, Math.random),
  });
  followTheme(shell.settings);
  const root = document.getElementById('app');
  if (root === null) throw new Error('The page has no place for the app.');
  render(<App shell={shell} />, root);
  const follow = async (relay: BundledRelay) => {
    const { formerBundled: former } = shell.relays;
    const moved = await followBundledRelay(relay, { storage, former, isOpen: (address) => shell.isOpen(address), ...question() });
    if (moved !== undefined) shell.moveAlong(moved);
    if (relay.status === 'running') saving.look();
  };
  void follow(bundledRelay.current);
  bundledRelay.subscribe((relay) => {
    shell.hearBundledRelay(relay);
    void follow(relay);
  });
  settings.subscribe((changed) => shell.hearSettings(changed));
  hearTheWorld(shell);
  await shell.openPage(new URL(location.href));
  if (bridge.kind === 'browser') keepPage();
  saving.start();
}

function shellParts(
  bridge: Bridge,
  storage: DeviceStorage,
  random: (bytes: number) => Uint8Array,
  me: () => Person,
  editor: () => Promise<EditorModule>,
): { readonly parts: ShellParts; readonly saving: BackgroundSaving } {
  const { keyring } = storage;
  const askRelay = fetch.bind(globalThis);
  const openWebSocket = webSocketOpener(WebSocket);
  const openStream = sharedStreams({ fetch: askRelay, clock: systemClock });
  const openSocket = socketsByRole({
    openWebSocket,
    openStream,
    fetch: askRelay,
    clock: systemClock,
    chance: Math.random,
    onOnline,
    onNetworkChange,
  });
  const pageRelay = bridge.kind === 'browser' ? location.origin : undefined;
  const session = { storage, clock: systemClock, random, openSocket, me, fetch: askRelay };
  const saving = savingInBackground({ storage, pageRelay, session, clock: systemClock });
  const parts: ShellParts = {
    bridge,
    recent: storage.recent,
    keyring,
    pageRelay,
    openSession: (address, first) =>
      saving.open(address, (more) => {
        const options = { ...session, ...more, address };
        return first === undefined ? openDocumentSession(options) : newDocumentSession(options, first);
      }),
    onThisDeviceAlone: saving.onThisDeviceAlone,
    examine: (patient) => examine(patient, { fetch: askRelay, openWebSocket, openStream, clock: systemClock }),
    linksOf: (session) => {
      return new LinksClient({
        get place() {
          return session.address;
        },
        relayId: () => (session.relayId === session.address.relay ? undefined : session.relayId),
        secret: () => session.currentSecret(),
        keyring,
        fetch: askRelay,
        clock: systemClock,
      });
    },
    lookUpRelay: (origin) => lookUpRelay(origin, question()),
    checkRelayKey: (relay, key) => checkRelayKey(relay, key, question()),
    watchWhoIsWhere: (list) =>
      watchWhoIsWhere({
        ...list,
        openStream,
        lookUp: async (relay) => {
          const lookup = await lookUpRelay(relay, question());
          return lookup.type === 'found' ? lookup.health : undefined;
        },
        keyring,
        clock: systemClock,
        chance: Math.random,
      }),
    watchPeople: (replica) => watchPeople(replica),
    announcePeople,
    loadEditor: editor,
  };
  return { parts, saving };
}

/** Of a relay that no document is open at. */
function question(): { readonly fetch: typeof fetch; readonly signal: AbortSignal } {
  return { fetch: fetch.bind(globalThis), signal: AbortSignal.timeout(LONGEST_ANSWER_MS) };
}

async function loadEditor(): Promise<EditorModule> {
  const [{ createEditor }, { languageOfTitle }] = await Promise.all([import('./editor/editor'), import('./editor/language-of-title')]);
  return { createEditor, languageOfTitle };
}

/** What comes from outside of the page. A window lives as long as its page: nothing of this ever ends. */
function hearTheWorld(shell: Shell): void {
  const { bridge } = shell.parts;
  bridge.on('openAddress', (address) => void shell.hearAddress(address));
  bridge.on('linkRefused', (fault) => shell.hearFault(fault));
  addEventListener('popstate', () => void shell.openPage(new URL(location.href)));
  addEventListener('beforeunload', (event) => {
    // A browser asks the person by itself; in the app the main process does.
    if (shell.wouldLoseText) event.preventDefault();
  });
  addEventListener('pagehide', () => shell.leaveInHaste());
  addEventListener('pageshow', ({ persisted }) => {
    // Back from the browser's memory: what was left then is opened again.
    if (persisted) void shell.openPage(new URL(location.href));
  });
  const probe = () => {
    if (document.visibilityState === 'visible') shell.probe();
  };
  document.addEventListener('visibilitychange', probe);
  addEventListener('focus', probe);
}
