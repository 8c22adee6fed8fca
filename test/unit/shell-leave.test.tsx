// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { browserBridge } from '../../src/renderer/browser-bridge';
import { newReplica } from '../../src/renderer/documents/new-replica';
import { watchPeople } from '../../src/renderer/presence/people';
import type { DocumentSession } from '../../src/renderer/session/document-session';
import type { SessionStatus } from '../../src/renderer/session/status';
import { isInThisWindowOnly } from '../../src/renderer/shell/leave-dialog';
import { Shell } from '../../src/renderer/shell/shell';
import { ObservableValue } from '../../src/shared/observable';
import { type DocumentAddress, parseAddress } from '../../src/shared/protocol/links';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { DEFAULT_SETTINGS } from '../../src/shared/settings';
import { MemoryKeyring } from '../support/memory-keyring';
import { SAVED } from '../support/saved-status';
import { unusedParts } from '../support/shell-fixture';

const RELAY = 'http://127.0.0.1:4321';
const nowhereElse: SessionStatus = {
  ...SAVED,
  truth: 'on-device',
  unsavedSince: 1,
  offlineCopy: { ok: false, reason: 'The disk is full.' },
};

describe('leaving a document', () => {
  let closings: (() => void)[];
  let shell: Shell;
  let status: SessionStatus;
  let slowly: Promise<void>;
  const remember = vi.fn(async () => undefined);

  beforeEach(() => {
    history.replaceState(null, '', '/');
    closings = [];
    status = SAVED;
    shell = new Shell(
      {
        bridge: browserBridge('0'),
        keyring: new MemoryKeyring(),
        ...unusedParts(),
        recent: { list: new ObservableValue([]), remember, forget: async () => undefined },
        pageRelay: RELAY,
        openSession: async (address) => {
          if (address.document === 'slow') await slowly;
          return sessionAt(address);
        },
        watchPeople: (replica) => watchPeople(replica),
        announcePeople: () => '',
        loadEditor: () => Promise.reject(new Error('not shown here')),
      },
      { settings: DEFAULT_SETTINGS, bundledRelay: { status: 'none' }, madeUpName: 'Quiet Heron' },
    );
  });

  it('would lose what is nowhere but here: what is not saved, and all of what was deleted (shell R1)', () => {
    const connection = { state: 'refused', closeCode: REJECTIONS.deleted.closeCode, reason: 'Deleted.' } as const;
    for (const [now, wouldLose] of [
      [nowhereElse, true],
      [{ ...nowhereElse, unsavedSince: undefined }, false],
      [{ ...nowhereElse, unsavedSince: undefined, connection }, true],
      [{ ...nowhereElse, connection, offlineCopy: SAVED.offlineCopy }, false],
    ] as const)
      expect(isInThisWindowOnly(now)).toBe(wouldLose);
  });

  it('waits until the session is closed before another one is opened (open-place R1)', async () => {
    await shell.open(at('one'));
    const opening = shell.open(at('two'));
    await vi.waitFor(() => expect(closings).toHaveLength(1));
    expect(shell.place.value.type).toBe('opening');
    closings[0]?.();
    await opening;
    expect(shownDocument()).toBe('two');
  });

  it('closes a session that was opened too late, and shows the document that was asked for last (open-place R2)', async () => {
    let letOpen: () => void = () => undefined;
    slowly = new Promise((resolve) => {
      letOpen = resolve;
    });
    const slow = shell.open(at('slow'));
    await vi.waitFor(() => expect(shell.place.value.type).toBe('opening'));
    await shell.open(at('quick'));
    letOpen();
    await vi.waitFor(() => expect(closings).toHaveLength(1));
    closings[0]?.();
    await slow;
    expect(shownDocument()).toBe('quick');
  });

  it('asks when its text is nowhere else, and stays when told so (shell R1)', async () => {
    status = nowhereElse;
    await shell.open(at('one'));
    const leaving = shell.open(at('two'));
    await vi.waitFor(() => expect(shell.dialog.value?.type).toBe('leave'));
    const { dialog } = shell;
    if (dialog.value?.type === 'leave') dialog.value.answer(false);
    await leaving;
    expect([shownDocument(), closings.length]).toEqual(['one', 0]);
  });

  it('lists a document once its text is there, never one that was only tried', async () => {
    remember.mockClear();
    status = { ...SAVED, loaded: false };
    await shell.open(at('one'));
    expect(remember).not.toHaveBeenCalled();
    status = SAVED;
    const leaving = shell.open(at('two'));
    await vi.waitFor(() => expect(closings).toHaveLength(1));
    closings[0]?.();
    await leaving;
    expect(remember).toHaveBeenCalledWith(expect.objectContaining({ address: at('two') }));
  });

  function sessionAt(address: DocumentAddress): DocumentSession {
    return {
      address,
      replica: new ObservableValue(newReplica()),
      status: new ObservableValue(status),
      relayId: 'relay',
      keptText: new ObservableValue(undefined),
      letGoOfKeptText: async () => undefined,
      keptKey: new ObservableValue(undefined),
      currentSecret: () => undefined,
      begin: () => undefined,
      useRelayKey: async () => undefined,
      probe: () => undefined,
      retry: () => undefined,
      moveTo: () => undefined,
      close: () => new Promise((resolve) => closings.push(resolve)),
    };
  }

  function shownDocument(): string | undefined {
    const place = shell.place.value;
    return place.type === 'document' ? place.session.address.document : undefined;
  }
});

function at(id: string): DocumentAddress {
  return parseAddress(id, RELAY) ?? expect.unreachable();
}
