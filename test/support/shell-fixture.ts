/** A shell without a relay, for tests of what people see: parts that do nothing, and sessions that a test leads. */
import { browserBridge } from '../../src/renderer/browser-bridge';
import type { Key } from '../../src/renderer/documents/keyring';
import { newReplica } from '../../src/renderer/documents/new-replica';
import type { RecentDocument } from '../../src/renderer/documents/recent-documents';
import { watchPeople } from '../../src/renderer/presence/people';
import type { WhoIsWhere } from '../../src/renderer/presence/who-is-where';
import type { DocumentSession } from '../../src/renderer/session/document-session';
import type { SessionStatus } from '../../src/renderer/session/status';
import type { ShellParts } from '../../src/renderer/shell/parts';
import { Shell, type ShellStart } from '../../src/renderer/shell/shell';
import { ObservableValue } from '../../src/shared/observable';
import type { DocumentAddress } from '../../src/shared/protocol/links';
import { DEFAULT_SETTINGS } from '../../src/shared/settings';
import { MemoryKeyring } from './memory-keyring';
import { SAVED } from './saved-status';

export class FakeSession implements DocumentSession {
  address: DocumentAddress;
  readonly replica = new ObservableValue(newReplica());
  readonly status: ObservableValue<SessionStatus>;
  readonly keptText = new ObservableValue(undefined);
  readonly keptKey = new ObservableValue<Key | undefined>(undefined);
  relayId = 'relay';
  readonly relayKeys: string[] = [];
  retries = 0;
  begun = 0;
  probes = 0;
  isClosed = false;
  /** What becomes of a relay's key. */
  onRelayKey: (key: string) => Promise<void> = async () => undefined;

  constructor(address: DocumentAddress, status: Partial<SessionStatus> = {}) {
    this.address = address;
    this.status = new ObservableValue({ ...SAVED, ...status });
  }

  change(status: Partial<SessionStatus>): void {
    this.status.set({ ...this.status.current, ...status });
  }

  /** As when the key is on the disk: no secret is needed in the address any more. */
  keep(key: Partial<Key>): void {
    this.address = { ...this.address, secret: '' };
    this.keptKey.set({ secret: 'personal', isUnclaimed: false, link: undefined, role: 'editor', isOwner: false, ...key });
  }

  currentSecret(): string | undefined {
    return this.keptKey.current?.secret;
  }

  begin(): void {
    this.begun++;
  }

  async useRelayKey(key: string): Promise<void> {
    this.relayKeys.push(key);
    await this.onRelayKey(key);
  }

  async letGoOfKeptText(): Promise<void> {
    await Promise.resolve();
  }

  probe(): void {
    this.probes++;
  }

  retry(): void {
    this.retries++;
  }

  moveTo(relay: string, relayId: string): void {
    if (this.relayId === this.address.relay) this.relayId = relayId;
    this.address = { ...this.address, relay };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.resolve();
  }
}

export interface ShellFixture {
  readonly shell: Shell;
  readonly keyring: MemoryKeyring;
  readonly recent: ObservableValue<readonly RecentDocument[]>;
  /** Those that were opened, the last one last. */
  readonly sessions: readonly FakeSession[];
}

/** What a window that is only looked at never asks for. */
export function unusedParts(): Pick<
  ShellParts,
  'linksOf' | 'examine' | 'lookUpRelay' | 'checkRelayKey' | 'watchWhoIsWhere' | 'onThisDeviceAlone'
> {
  const unused = () => Promise.reject(new Error('not used in this test'));
  const never = () => {
    throw new Error('not used in this test');
  };
  return {
    onThisDeviceAlone: new ObservableValue<readonly DocumentAddress[]>([]),
    linksOf: never,
    examine: never,
    lookUpRelay: unused,
    checkRelayKey: unused,
    // Nothing is known of any document.
    watchWhoIsWhere: () => Object.assign(new ObservableValue<WhoIsWhere>(new Map()), { stop: () => undefined }),
  };
}

/** @param status of each session that is opened */
export function shellFixture({
  parts = {},
  start = {},
  status = {},
}: {
  readonly parts?: Partial<ShellParts>;
  readonly start?: Partial<ShellStart>;
  readonly status?: Partial<SessionStatus>;
} = {}): ShellFixture {
  const sessions: FakeSession[] = [];
  const keyring = new MemoryKeyring();
  const recent = new ObservableValue<readonly RecentDocument[]>([]);
  const shell = new Shell(
    {
      bridge: browserBridge('0'),
      recent: { list: recent, remember: async () => undefined, forget: async () => undefined },
      keyring,
      pageRelay: undefined,
      openSession: async (address) => {
        const session = new FakeSession(address, status);
        sessions.push(session);
        return await Promise.resolve(session);
      },
      ...unusedParts(),
      watchPeople: (replica) => watchPeople(replica),
      announcePeople: () => '',
      loadEditor: () => Promise.reject(new Error('not used in this test')),
      ...parts,
    },
    { settings: DEFAULT_SETTINGS, bundledRelay: { status: 'none' }, madeUpName: 'Quiet Heron', ...start },
  );
  return { shell, keyring, recent, sessions };
}
