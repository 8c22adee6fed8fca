import { BookOpen, CircleAlert, FileClock, KeyRound, Unplug } from 'lucide';
import type { VNode } from 'preact';
import type { DocumentSession } from '../session/document-session';
import { type Connection, isDeleted, isShutOut, type SessionStatus } from '../session/status';
import { runCommand } from './commands';
import { keptAsDocument } from './kept-text';
import { Notice } from './notice';
import { useObservable, useSteady } from './observe';
import { OwnLinkNotice } from './own-link-notice';
import type { Shell } from './shell';

/** Calm bars above the text, for what a person should know now: one sentence each, with one thing to do. */
export function Notices({ shell }: { readonly shell: Shell }): VNode {
  const place = shell.place.value;
  return (
    <div class="notices">
      <RelayMoved shell={shell} />
      {place.type === 'document' && <DocumentNotices key={place.session} shell={shell} session={place.session} />}
    </div>
  );
}

function RelayMoved({ shell }: { readonly shell: Shell }): VNode | null {
  const sentence = shell.relays.notice.value;
  if (sentence === undefined) return null;
  return (
    <Notice tone="plain" icon={Unplug} sentence={sentence}>
      <button type="button" class="button" onClick={() => shell.relays.dismissNotice()}>
        Got it
      </button>
    </Notice>
  );
}

function DocumentNotices({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const status = useObservable(session.status);
  const { connection, copyFailure, relayStorageFailing, loaded, role, isOwner, access } = useSteady(() => worthNoticing(status.value));
  const kept = useObservable(session.keptText).value;
  const key = useObservable(session.keptKey).value;
  const isKeyInThisWindowOnly = isOwner && access === 'links' && key === undefined;
  const relay = shell.bundledRelay.value;
  const isBundled = session.address.relay === shell.relays.bundledAddress.value;
  return (
    <>
      {relay.status === 'failed' && isBundled && (
        <Notice
          tone="danger"
          icon={CircleAlert}
          sentence={`${copyFailure === undefined ? 'The relay on this computer stopped, so what you type stays on this device' : 'The relay on this computer stopped'}: ${relay.reason}`}
        >
          <button type="button" class="button" onClick={() => void shell.parts.bridge.restartRelay()}>
            Start it again
          </button>
        </Notice>
      )}
      {connection.state === 'refused' && loaded && (
        <Notice tone="danger" icon={CircleAlert} sentence={refusalWords(connection, copyFailure === undefined)}>
          {isShutOut(connection) ? <AskBy shell={shell} words="Use another link…" dialog="another-link" /> : <SaveCopy shell={shell} />}
        </Notice>
      )}
      {connection.state === 'needs-relay-key' && loaded && (
        <Notice
          tone="warning"
          icon={KeyRound}
          sentence={`The relay at ${new URL(session.address.relay).host} asks for its key before it makes a document, so this one is on this device alone.`}
        >
          <AskBy shell={shell} words="Enter the key…" dialog="relay-key" />
        </Notice>
      )}
      {copyFailure !== undefined && isKeyInThisWindowOnly && <OwnLinkNotice shell={shell} session={session} />}
      {copyFailure !== undefined && !isKeyInThisWindowOnly && (
        <Notice tone="warning" icon={CircleAlert} sentence={copyFailure}>
          <SaveCopy shell={shell} />
        </Notice>
      )}
      {relayStorageFailing && (
        <Notice
          tone="warning"
          icon={CircleAlert}
          sentence="The relay cannot write to its disk: your edits reach the others, but are not saved yet."
        >
          <SaveCopy shell={shell} />
        </Notice>
      )}
      {role === 'viewer' && loaded && connection.state !== 'refused' && (
        <Notice tone="quiet" icon={BookOpen} sentence="You are reading; ask the owner for a link that lets you write.">
          <AskBy shell={shell} words="Use another link…" dialog="another-link" />
        </Notice>
      )}
      {kept !== undefined && (
        <Notice
          tone="plain"
          icon={FileClock}
          sentence="This document was loaded anew from the relay; the text that you had is kept on this device."
        >
          <button type="button" class="button" onClick={() => void keptAsDocument(shell, kept)}>
            Open your copy
          </button>
          <button type="button" class="button quiet" onClick={() => void session.letGoOfKeptText()}>
            Discard it
          </button>
        </Notice>
      )}
    </>
  );
}

/** Of what a status says, what does not change while somebody types. */
function worthNoticing({ connection, offlineCopy, relayStorageFailing, loaded, role, isOwner, access }: SessionStatus) {
  const copyFailure = offlineCopy.ok ? undefined : offlineCopy.reason;
  return { connection, copyFailure, relayStorageFailing, loaded, role, isOwner, access };
}

function AskBy({
  shell,
  words,
  dialog,
}: {
  readonly shell: Shell;
  readonly words: string;
  readonly dialog: 'another-link' | 'relay-key';
}): VNode {
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        shell.dialog.value = { type: dialog };
      }}
    >
      {words}
    </button>
  );
}

function SaveCopy({ shell }: { readonly shell: Shell }): VNode {
  return (
    <button type="button" class="button" onClick={() => runCommand(shell, 'save-copy')}>
      Save a copy as a file…
    </button>
  );
}

/** Whoever is refused asks first what becomes of the text. */
function refusalWords(refused: Extract<Connection, { state: 'refused' }>, isKept: boolean): string {
  if (isDeleted(refused)) {
    return `Its owner deleted this document; your copy is ${isKept ? 'on this device' : 'in this window only'}.`;
  }
  const reason = isShutOut(refused) ? 'Your link does not open this document any more.' : refused.reason;
  return !isKept || /on this device/.test(reason) ? reason : `${reason.replace(/\.$/, '')}, and your text stays on this device.`;
}
