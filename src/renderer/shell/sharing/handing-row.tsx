import { useSignal } from '@preact/signals';
import { BookOpen, PencilLine, QrCode as QrIcon } from 'lucide';
import type { VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Role } from '../../../shared/protocol/roles';
import { Icon } from '../icon';
import type { Shell } from '../shell';
import { CopyButton } from './copy-button';
import { QrCode } from './qr-code';

interface HandingRowProps {
  readonly shell: Shell;
  readonly lets: Role;
  /** What it is called: “Can write”. */
  readonly words: string;
  readonly explanation: string;
  readonly copyWords: string;
  readonly what: string;
  readonly isFirst?: boolean;
  /** Which link it is, once there is one: the code of another is not shown any longer. */
  readonly link?: string | undefined;
  /** May have to be made first. */
  readonly address: () => string | Promise<string>;
  /** What the QR code has: always the form that any camera can do something with. `undefined`: no other device could open it. */
  readonly scanned: (() => string | Promise<string>) | undefined;
}

/** What is handed to other people, in a row: what it lets them do, and how to hand it over. */
export function HandingRow(props: HandingRowProps): VNode {
  const { shell, lets, words, explanation, copyWords, what, isFirst = false, link, address, scanned } = props;
  const id = useId();
  const code = useSignal<string | undefined>(undefined);
  const trouble = useSignal<string | undefined>(undefined);
  const shownLink = useRef(link);
  useEffect(() => {
    if (shownLink.current !== undefined && shownLink.current !== link) code.value = undefined;
    shownLink.current = link;
  }, [link, code]);
  const toggleCode = async () => {
    if (code.peek() !== undefined) {
      code.value = undefined;
      return;
    }
    trouble.value = undefined;
    try {
      code.value = await scanned?.();
    } catch (error) {
      trouble.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <section class="share-hand" data-testid={`share-${lets}`}>
      <Icon node={lets === 'editor' ? PencilLine : BookOpen} size={18} />
      <div class="share-hand-words">
        <h3>{words}</h3>
        <p>{explanation}</p>
      </div>
      <div class="share-hand-ways">
        {scanned !== undefined && (
          <button
            type="button"
            class="icon-button"
            aria-label={`QR code: ${what}`}
            title="QR code"
            aria-expanded={code.value !== undefined}
            aria-controls={id}
            onClick={() => void toggleCode()}
          >
            <Icon node={QrIcon} size={18} />
          </button>
        )}
        <CopyButton
          shell={shell}
          words={copyWords}
          what={what}
          isFirst={isFirst}
          text={address}
          onTrouble={(sentence) => {
            trouble.value = sentence;
          }}
        />
      </div>
      <p class="share-note wrong" role="alert" hidden={trouble.value === undefined}>
        {trouble.value}
      </p>
      {code.value !== undefined && (
        <figure id={id} class="qr-figure">
          <QrCode text={code.value} label={`QR code: ${what}`} />
          <figcaption>Point a phone’s camera at it.</figcaption>
        </figure>
      )}
    </section>
  );
}
