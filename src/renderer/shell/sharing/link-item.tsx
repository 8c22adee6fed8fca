import { type Signal, useSignal } from '@preact/signals';
import { BookOpen, ChevronRight, PencilLine } from 'lucide';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Link } from '../../../shared/protocol/sharing';
import { Icon } from '../icon';
import type { Shell } from '../shell';
import { CopyButton } from './copy-button';
import { LinkWays } from './link-ways';
import { factsOf, moment, nameOf, stateOf } from './link-words';
import type { Sharing } from './sharing';

interface LinkItemProps {
  readonly shell: Shell;
  readonly sharing: Sharing;
  readonly link: Link;
  /** Of the link whose particulars are shown: one at a time. */
  readonly openLink: Signal<string | undefined>;
  readonly now: number;
  /** What is copied of a link with this secret. */
  readonly addressOf: (secret: string) => string;
  /** What had the focus is gone. */
  readonly onClosed: () => void;
}

/** One link: what it is in a line; opened, who came by it, and what can be done about it. */
export function LinkItem({ shell, sharing, link, openLink, now, addressOf, onClosed }: LinkItemProps): VNode {
  const id = useId();
  const trouble = useSignal<string | undefined>(undefined);
  const secret = sharing.secrets.value.get(link.id);
  const state = stateOf(link, now);
  const isOpen = openLink.value === link.id;
  const name = nameOf(link);
  const close = () => {
    if (openLink.peek() === link.id) openLink.value = undefined;
    onClosed();
  };
  return (
    <li class="share-link" data-state={state} data-open={isOpen} data-testid="share-link">
      <div class="share-link-row">
        <button
          type="button"
          class="share-link-open"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => {
            openLink.value = isOpen ? undefined : link.id;
          }}
        >
          <Icon node={ChevronRight} size={14} />
          <Icon node={link.role === 'editor' ? PencilLine : BookOpen} />
          <span class="share-link-words">
            <span class="share-link-name">{name}</span>
            <span class="share-link-facts">
              {factsOf(link, { now, isHere: secret !== undefined }).map((fact, index, { length }) => (
                <span key={fact}>{`${fact} ${index < length - 1 ? '· ' : ''}`}</span>
              ))}
            </span>
          </span>
        </button>
        {secret !== undefined && state === 'open' && (
          <CopyButton
            shell={shell}
            words="Copy"
            isSmall
            what={name}
            text={() => addressOf(secret)}
            onTrouble={(sentence) => {
              trouble.value = sentence;
            }}
          />
        )}
      </div>
      <p class="share-note wrong" role="alert" hidden={trouble.value === undefined}>
        {trouble.value}
      </p>
      {isOpen && (
        <div id={id} class="share-link-inside">
          <Particulars link={link} now={now} isHere={secret !== undefined} />
          <LinkWays sharing={sharing} link={link} close={close} />
        </div>
      )}
    </li>
  );
}

function Particulars({ link, now, isHere }: { readonly link: Link; readonly now: number; readonly isHere: boolean }): VNode {
  const { arrivals, uses, createdAt } = link;
  const latest = [...arrivals].reverse();
  return (
    <>
      <p class="share-note">
        Made {moment(createdAt, now)}
        {isHere ? '.' : ' on another device or in another browser: the link itself is known there alone.'}
      </p>
      {latest.length > 0 && (
        <ul class="arrivals" aria-label="Who came by this link" tabIndex={latest.length > ARRIVALS_IN_SIGHT ? 0 : undefined}>
          {latest.map(({ name, at }, index) => (
            <li key={`${at} ${latest.length - index}`}>
              <span class={name === '' ? 'nameless' : ''}>{name === '' ? 'somebody without a name' : name}</span>
              <time dateTime={new Date(at).toISOString()}>{moment(at, now)}</time>
            </li>
          ))}
          {uses > arrivals.length && <li class="nameless">and {uses - arrivals.length} before them</li>}
        </ul>
      )}
    </>
  );
}

/** What fits into the list before it has to be scrolled: then keys have to reach it. */
const ARRIVALS_IN_SIGHT = 5;
