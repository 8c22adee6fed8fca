import { useSignal } from '@preact/signals';
import { Plus } from 'lucide';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Link, LinkDraft } from '../../../shared/protocol/sharing';
import { useClock } from '../clock';
import { Icon } from '../icon';
import type { Shell } from '../shell';
import { LinkFields } from './link-fields';
import { LinkItem } from './link-item';
import { stateOf } from './link-words';
import type { Sharing } from './sharing';

interface LinkListProps {
  readonly shell: Shell;
  readonly sharing: Sharing;
  readonly links: readonly Link[];
  readonly addressOf: (secret: string) => string;
  /** Copies a text, and says that it did, or why not. */
  readonly handOver: (secret: string) => Promise<void>;
}

/** All links of the document, the newest first; those that let nobody in any more are out of the way. */
export function LinkList({ shell, sharing, links, addressOf, handOver }: LinkListProps): VNode {
  const now = useClock().value;
  const openLink = useSignal<string | undefined>(undefined);
  const isMaking = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const newestFirst = [...links].reverse();
  const isOver = (link: Link) => link.isRevoked || stateOf(link, now) === 'expired';
  const over = newestFirst.filter(isOver);
  const endMaking = () => {
    isMaking.value = false;
    heading.current?.focus();
  };
  const items = (shown: readonly Link[]) =>
    shown.map((link) => (
      <LinkItem
        key={link.id}
        shell={shell}
        sharing={sharing}
        link={link}
        openLink={openLink}
        now={now}
        addressOf={addressOf}
        onClosed={() => heading.current?.focus()}
      />
    ));
  return (
    <section class="share-links" aria-labelledby="share-links-heading">
      <header>
        <h3 id="share-links-heading" ref={heading} tabIndex={-1}>
          Links
        </h3>
        <button
          type="button"
          class="button quiet"
          data-testid="new-link"
          aria-expanded={isMaking.value}
          onClick={() => {
            isMaking.value = !isMaking.peek();
          }}
        >
          <Icon node={Plus} size={15} />
          New link
        </button>
      </header>
      {isMaking.value && (
        <div class="share-new">
          <LinkFields
            submitWords="Make and copy"
            onCancel={endMaking}
            onSubmit={async ({ label, role, expiresAt = null, mostUses = null }) => {
              const draft: LinkDraft = { role, label, expiresAt, mostUses };
              const { secret } = await sharing.make(draft);
              endMaking();
              await handOver(secret);
            }}
          />
        </div>
      )}
      {links.length === 0 && !isMaking.value && <p class="share-note">No link yet: copy one above, or make one with a limit.</p>}
      <ul>{items(newestFirst.filter((link) => !isOver(link)))}</ul>
      {over.length > 0 && (
        <details class="share-over">
          <summary>{over.length === 1 ? '1 link that opens nothing any more' : `${over.length} links that open nothing any more`}</summary>
          <ul>{items(over)}</ul>
        </details>
      )}
    </section>
  );
}
