import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Link, LinkChange } from '../../../shared/protocol/sharing';
import { LinkFields, type WantedLink } from './link-fields';
import type { Sharing } from './sharing';

interface LinkWaysProps {
  readonly sharing: Sharing;
  readonly link: Link;
  readonly close: () => void;
}

/** What can be done about a link: change it, revoke it, and once that is done, forget it. */
export function LinkWays({ sharing, link, close }: LinkWaysProps): VNode {
  const asks = useSignal<'nothing' | 'revoke'>('nothing');
  if (link.isRevoked) return <Remove sharing={sharing} link={link} close={close} />;
  if (asks.value === 'revoke') {
    return (
      <Question
        sentence={revokeWords(link)}
        no="Keep it"
        yes="Revoke for ever"
        onNo={() => {
          asks.value = 'nothing';
        }}
        onYes={async () => {
          await sharing.change(link.id, { isRevoked: true });
          close();
        }}
      />
    );
  }
  return (
    <LinkFields
      link={link}
      submitWords="Save"
      onCancel={close}
      onSubmit={async (wanted) => {
        const change = changeTo(link, wanted);
        if (Object.keys(change).length > 0) await sharing.change(link.id, change);
        close();
      }}
    >
      <button
        type="button"
        class="button quiet danger"
        onClick={() => {
          asks.value = 'revoke';
        }}
      >
        Revoke…
      </button>
      <span class="spring" />
    </LinkFields>
  );
}

function Remove({ sharing, link, close }: LinkWaysProps): VNode {
  const trouble = useSignal<string | undefined>(undefined);
  const remove = () =>
    sharing.remove(link.id).then(close, (error: unknown) => {
      trouble.value = error instanceof Error ? error.message : String(error);
    });
  return (
    <div class="link-ways">
      <p class="share-note wrong" role="alert" hidden={trouble.value === undefined}>
        {trouble.value}
      </p>
      <span class="spring" />
      <button type="button" class="button" onClick={() => void remove()}>
        Take it from the list
      </button>
    </div>
  );
}

interface QuestionProps {
  readonly sentence: string;
  readonly no: string;
  readonly yes: string;
  readonly onNo: () => void;
  readonly onYes: () => Promise<void>;
}

/** Asked where the button was, about the one link that it belongs to. */
function Question({ sentence, no, yes, onNo, onYes }: QuestionProps): VNode {
  const trouble = useSignal<string | undefined>(undefined);
  const isWorking = useSignal(false);
  const safe = useRef<HTMLButtonElement>(null);
  // The button that asked is gone: whoever came by keys goes on here.
  useEffect(() => safe.current?.focus(), []);
  const answer = async () => {
    if (isWorking.peek()) return;
    isWorking.value = true;
    await onYes().catch((error: unknown) => {
      trouble.value = error instanceof Error ? error.message : String(error);
    });
    isWorking.value = false;
  };
  return (
    <div class="share-question">
      <p>{trouble.value ?? sentence}</p>
      <div class="link-ways">
        <span class="spring" />
        <button type="button" class="button" ref={safe} onClick={onNo}>
          {no}
        </button>
        <button type="button" class="button danger" aria-busy={isWorking.value} onClick={() => void answer()}>
          {yes}
        </button>
      </div>
    </div>
  );
}

function revokeWords({ uses }: Link): string {
  if (uses === 0) return 'The link opens nothing any more, for ever. Nobody came by it yet.';
  const who = uses === 1 ? 'The one person who came by it is' : `All ${uses.toLocaleString()} people who came by it are`;
  return `${who} shut out within two seconds, and the link opens nothing any more, for ever. What is on their devices stays there.`;
}

function changeTo(link: Link, { label, role, expiresAt }: WantedLink): LinkChange {
  return {
    ...(label === link.label ? {} : { label }),
    ...(role === link.role ? {} : { role }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
