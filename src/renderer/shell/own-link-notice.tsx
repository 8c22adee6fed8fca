import { useSignal } from '@preact/signals';
import { KeyRound } from 'lucide';
import type { VNode } from 'preact';
import { browserAddress } from '../../shared/protocol/links';
import type { DocumentSession } from '../session/document-session';
import { Notice } from './notice';
import { CopyButton } from './sharing/copy-button';
import type { Shell } from './shell';

/** Where nothing is kept, an owner's right is in this window alone: the way back has to be taken along by hand. */
export function OwnLinkNotice({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode {
  const trouble = useSignal<string | undefined>(undefined);
  return (
    <Notice tone="warning" icon={KeyRound} sentence={trouble.value ?? SENTENCE}>
      <CopyButton
        shell={shell}
        words="Copy your own link"
        what="the link that makes you the owner"
        text={() => {
          const secret = session.currentSecret();
          if (secret === undefined) throw new Error('Your own link can be copied once the relay is there again.');
          return browserAddress({ ...session.address, secret });
        }}
        onTrouble={(sentence) => {
          trouble.value = sentence;
        }}
      />
    </Notice>
  );
}

const SENTENCE =
  'Nothing is kept on this device: once this window is closed, only your own link makes you the owner again, and anybody else who has it.';
