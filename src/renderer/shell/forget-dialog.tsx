import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { Key } from '../documents/keyring';
import { runCommand } from './commands';
import { Modal } from './modal';
import { isSameDocument } from './page-address';
import { CopyButton } from './sharing/copy-button';
import type { Shell } from './shell';
import { type WayBack, wayBackTo, wayBackWords } from './way-back';

interface ForgetDialogProps {
  readonly shell: Shell;
  readonly address: DocumentAddress;
  readonly title: string;
}

/** Asks before a document is taken from the list together with its offline copy; says what leads back, and lets people take it along. */
export function ForgetDialog({ shell, address, title }: ForgetDialogProps): VNode {
  const known = useSignal<{ readonly key: Key | undefined } | undefined>(undefined);
  const trouble = useSignal<string | undefined>(undefined);
  const session = openSessionAt(shell, address);
  useEffect(() => {
    void shell.parts.keyring.find(address).then((key) => {
      known.value = { key };
    });
  }, [shell, address, known]);
  const way = known.value && wayBackTo(address, known.value.key, session?.status.current.access ?? 'unknown');
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="Forget this document" class="small" onClose={close}>
      <h2>
        Forget “<bdi>{title}</bdi>”?
      </h2>
      <p>
        It is taken from this list together with its offline copy and its key: what the relay does not have is lost.{' '}
        {way !== undefined && wayBackWords(way)}
      </p>
      {known.value?.key?.isOwner && (
        <p class="wrong">
          You own this document by the key on this device: without it, nobody can make or revoke its links, or delete it, any more.
        </p>
      )}
      <p class="wrong" role="alert" hidden={trouble.value === undefined}>
        {trouble.value}
      </p>
      <div class="take-along">
        {session !== undefined && (
          <button type="button" class="button" onClick={() => runCommand(shell, 'save-copy')}>
            Save a copy…
          </button>
        )}
        {way?.type === 'link' && (
          <TakeAlong
            shell={shell}
            way={way}
            onTrouble={(sentence) => {
              trouble.value = sentence;
            }}
          />
        )}
      </div>
      <div class="modal-ways">
        <button
          type="button"
          class="button danger"
          onClick={() => {
            close();
            void shell.forget(address);
          }}
        >
          Forget
        </button>
        <button type="button" class="button main" data-first onClick={close}>
          Keep it
        </button>
      </div>
    </Modal>
  );
}

interface TakeAlongProps {
  readonly shell: Shell;
  readonly way: Extract<WayBack, { readonly type: 'link' }>;
  readonly onTrouble: (sentence: string | undefined) => void;
}

function TakeAlong({ shell, way, onTrouble }: TakeAlongProps): VNode {
  return (
    <CopyButton
      shell={shell}
      words={way.isOwn ? 'Copy your own link' : 'Copy link'}
      what={way.isOwn ? 'the link that makes you the owner' : 'the link that you came by'}
      text={() => way.link}
      onTrouble={onTrouble}
    />
  );
}

function openSessionAt(shell: Shell, address: DocumentAddress) {
  const place = shell.place.value;
  return place.type === 'document' && isSameDocument(place.session.address, address) ? place.session : undefined;
}
