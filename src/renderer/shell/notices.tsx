import { CircleAlert, FileClock, X } from 'lucide';
import type { ComponentChildren, VNode } from 'preact';
import type { DocumentSession } from '../session/document-session';
import { runCommand } from './commands';
import { Icon, type IconNode } from './icon';
import { keptAsDocument } from './kept-text';
import { useObservable } from './observe';
import type { Shell } from './shell';

/** Calm bars above the text, for what a person should know now: one sentence each, with what to do. */
export function Notices({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const { connection, offlineCopy, relayStorageFailing, loaded } = useObservable(session.status).value;
  const kept = useObservable(session.keptText).value;
  const relay = shell.bundledRelay.value;
  const isBundled = session.address.relay === shell.defaultRelay.value;
  return (
    <div class="notices">
      {relay.status === 'failed' && isBundled && (
        <Notice
          tone="danger"
          icon={CircleAlert}
          sentence={`The relay on this computer stopped: ${relay.reason} What you type stays on this device.`}
        >
          <button type="button" class="button" onClick={() => void shell.parts.bridge.restartRelay()}>
            Start it again
          </button>
        </Notice>
      )}
      {connection.state === 'refused' && loaded && (
        <Notice tone="danger" icon={CircleAlert} sentence={withStays(connection.reason)}>
          <button type="button" class="button" onClick={() => runCommand(shell, 'save-copy')}>
            Save a copy as a file…
          </button>
        </Notice>
      )}
      {!offlineCopy.ok && (
        <Notice tone="warning" icon={CircleAlert} sentence={`${offlineCopy.reason} Keep this window open until everything is saved.`}>
          <button type="button" class="button" onClick={() => runCommand(shell, 'save-copy')}>
            Save a copy as a file…
          </button>
        </Notice>
      )}
      {relayStorageFailing && (
        <Notice
          tone="warning"
          icon={CircleAlert}
          sentence="The relay cannot write to its disk. Your edits reach the others, but are not saved yet."
        />
      )}
      {kept !== undefined && (
        <Notice
          tone="plain"
          icon={FileClock}
          sentence="This document was loaded anew from the relay. The text that you had is kept as a copy on this device."
        >
          <button type="button" class="button" onClick={() => void keptAsDocument(shell, kept)}>
            Open your copy
          </button>
          <button
            type="button"
            class="button"
            onClick={() => void shell.parts.bridge.copyText(kept.text).then(() => shell.say('Text copied.'))}
          >
            Copy text
          </button>
          <button type="button" class="icon-button" aria-label="Dismiss" title="Dismiss" onClick={() => void session.letGoOfKeptText()}>
            <Icon node={X} size={15} />
          </button>
        </Notice>
      )}
    </div>
  );
}

interface NoticeProps {
  readonly tone: 'danger' | 'warning' | 'plain';
  readonly icon: IconNode;
  readonly sentence: string;
  readonly children?: ComponentChildren;
}

function Notice({ tone, icon, sentence, children }: NoticeProps): VNode {
  return (
    <div class={`notice ${tone}`} role={tone === 'plain' ? 'status' : 'alert'}>
      <Icon node={icon} />
      <p>{sentence}</p>
      <div class="notice-ways">{children}</div>
    </div>
  );
}

/** Whoever is refused asks first what becomes of the text. */
function withStays(reason: string): string {
  return /on this device/.test(reason) ? reason : `${reason} Your text stays on this device.`;
}
