import { X } from 'lucide';
import type { VNode } from 'preact';
import type { RecentDocument } from '../documents/recent-documents';
import { shownTitle } from '../documents/title';
import type { Attendee } from '../presence/attendance';
import { placeKey } from '../presence/who-is-where';
import { Attendees } from './attendees';
import { useClock } from './clock';
import { Icon } from './icon';
import { useObservable } from './observe';
import { isSameDocument } from './page-address';
import type { Shell } from './shell';
import { timeAgo } from './status-words';
import { useWhoIsWhere } from './use-who-is-where';

const NOBODY: readonly Attendee[] = [];

/** Recently opened documents; arrow keys walk, Enter opens, Delete asks to forget. */
export function DocumentList({ shell }: { readonly shell: Shell }): VNode {
  const documents = useObservable(shell.parts.recent.list).value;
  const now = useClock().value;
  const whoIsWhere = useWhoIsWhere(shell).value;
  if (documents.length === 0) return <p class="list-empty">Documents that you open are listed here.</p>;
  return (
    <ul class="documents" data-testid="document-list" onKeyDown={walk}>
      {documents.map((document) => (
        <DocumentItem
          key={placeKey(document.address)}
          shell={shell}
          document={document}
          attendees={whoIsWhere.get(placeKey(document.address)) ?? NOBODY}
          now={now}
        />
      ))}
    </ul>
  );
}

interface DocumentItemProps {
  readonly shell: Shell;
  readonly document: RecentDocument;
  readonly attendees: readonly Attendee[];
  readonly now: number;
}

function DocumentItem({ shell, document, attendees, now }: DocumentItemProps): VNode {
  const { address, openedAt } = document;
  const title = shownTitle(document.title);
  const place = shell.place.value;
  const current = place.type === 'document' ? place.session.address : place.type === 'home' ? undefined : place.address;
  const isCurrent = current !== undefined && isSameDocument(current, address);
  const where = address.relay === shell.defaultRelay.value ? '' : ` · ${nameOfRelay(shell, address.relay)}`;
  const forget = () => {
    shell.dialog.value = { type: 'forget', address, title };
  };
  return (
    <li class="document" data-current={isCurrent}>
      <button
        type="button"
        class="document-open"
        aria-current={isCurrent ? 'page' : undefined}
        onClick={() => void shell.open(address)}
        onKeyDown={(event) => {
          if (event.key === 'Delete') forget();
        }}
      >
        <span class={`document-title${document.title.trim() === '' ? ' untitled' : ''}`}>{title}</span>
        <span class="document-where">
          {timeAgo(openedAt, now)}
          {where}
        </span>
        <Attendees attendees={attendees} />
      </button>
      <button type="button" class="icon-button small document-forget" aria-label={`Forget “${title}”`} title="Forget" onClick={forget}>
        <Icon node={X} size={14} />
      </button>
    </li>
  );
}

function nameOfRelay(shell: Shell, relay: string): string {
  return relay === shell.relays.bundledAddress.value ? 'this computer' : new URL(relay).host;
}

function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.currentTarget;
  if (!(list instanceof HTMLElement) || (step === undefined && event.key !== 'Home' && event.key !== 'End')) return;
  const items = [...list.querySelectorAll<Element>('.document-open')].filter((item) => item instanceof HTMLElement);
  const focused = document.activeElement;
  const at = focused instanceof HTMLElement ? items.indexOf(focused) : -1;
  const next = event.key === 'Home' ? 0 : event.key === 'End' ? items.length - 1 : at + (step ?? 0);
  event.preventDefault();
  items[Math.min(items.length - 1, Math.max(0, next))]?.focus();
}
