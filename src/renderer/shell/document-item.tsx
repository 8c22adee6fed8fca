import { X } from 'lucide';
import type { VNode } from 'preact';
import type { RecentDocument } from '../documents/recent-documents';
import type { Attendee } from '../presence/attendance';
import { Attendees } from './attendees';
import { documentName } from './document-name';
import { Icon } from './icon';
import type { Shell } from './shell';
import { timeAgo } from './status-words';

const NOBODY: readonly Attendee[] = [];

/** Of the sentence that says what the Delete key does. */
export const FORGET_HINT = 'forget-hint';

interface DocumentItemProps {
  readonly shell: Shell;
  readonly document: RecentDocument;
  readonly isCurrent: boolean;
  readonly isTabStop: boolean;
  /** Something typed into it is nowhere else. */
  readonly isHereAlone: boolean;
  readonly attendees: readonly Attendee[] | undefined;
  readonly now: number;
  readonly onFocus: () => void;
}

/** One document of the list. */
export function DocumentItem(props: DocumentItemProps): VNode {
  const { shell, document, isCurrent, isTabStop, isHereAlone, attendees = NOBODY, now, onFocus } = props;
  const { address, openedAt } = document;
  const name = documentName(document);
  const opened = timeAgo(openedAt, now);
  const where = address.relay === shell.defaultRelay.value ? '' : ` · ${nameOfRelay(shell, address.relay)}`;
  const forget = () => {
    shell.dialog.value = { type: 'forget', address, title: name };
  };
  return (
    <li class="document" data-current={isCurrent}>
      <button
        type="button"
        class="document-open"
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isCurrent ? 'page' : undefined}
        aria-keyshortcuts="Delete"
        aria-describedby={FORGET_HINT}
        title={`${name}\nOpened ${opened}${where}`}
        onClick={() => void shell.open(address)}
        onFocus={onFocus}
        onKeyDown={(event) => {
          if (event.key === 'Delete') forget();
        }}
      >
        <span class={`document-title${document.title.trim() === '' ? ' untitled' : ''}`} dir="auto">
          {name}
        </span>
        <span class="document-where">
          {isHereAlone && (
            <span
              class="document-here-alone"
              title="Some of what you typed is on this device alone; it goes to the relay as soon as it can."
            >
              Only on this device
            </span>
          )}
          <span class="off-screen">opened </span>
          {opened}
          {where}
        </span>
        <Attendees attendees={attendees} />
      </button>
      {/* Keys have Delete for it. */}
      <button
        type="button"
        class="icon-button small document-forget"
        tabIndex={-1}
        aria-label={`Forget “${name}”`}
        title="Forget"
        onClick={forget}
      >
        <Icon node={X} size={14} />
      </button>
    </li>
  );
}

function nameOfRelay(shell: Shell, relay: string): string {
  return relay === shell.relays.bundledAddress.value ? 'this computer' : new URL(relay).host;
}
