import { Download, PanelLeft, UserPlus } from 'lucide';
import type { VNode } from 'preact';
import type { DocumentSession } from '../session/document-session';
import { keyboardOf, runCommand } from './commands';
import { Icon } from './icon';
import { useObservable, useSteady } from './observe';
import { MyAvatar, PeopleRow } from './people-row';
import type { Shell } from './shell';
import { shortcutLabel } from './shortcuts';
import { TitleField } from './title-field';

/** Title, people, and what one does with a document as a whole. */
export function TitleBar({ shell }: { readonly shell: Shell }): VNode {
  const place = shell.place.value;
  const platform = keyboardOf(shell);
  return (
    <header class="title-bar">
      <button
        type="button"
        class="icon-button show-sidebar"
        aria-label="Show the documents"
        title={`Show the documents (${shortcutLabel('toggle-sidebar', platform)})`}
        onClick={() => runCommand(shell, 'toggle-sidebar')}
      >
        <Icon node={PanelLeft} />
      </button>
      <div class="title-place">{place.type === 'document' && <TitleField key={place.session} shell={shell} session={place.session} />}</div>
      {place.type === 'document' && <PeopleRow shell={shell} people={place.people} />}
      <MyAvatar shell={shell} />
      {place.type === 'document' && <DocumentWays key={place.session} shell={shell} session={place.session} />}
    </header>
  );
}

/** Nothing of a document that was refused before it was ever there. */
function DocumentWays({ shell, session }: { readonly shell: Shell; readonly session: DocumentSession }): VNode | null {
  const status = useObservable(session.status);
  const isNothing = useSteady(() => status.value.connection.state === 'refused' && !status.value.loaded);
  const platform = keyboardOf(shell);
  if (isNothing) return null;
  return (
    <>
      <button
        type="button"
        class="icon-button save-copy"
        aria-label="Save a copy as a file"
        title={`Save a copy as a file (${shortcutLabel('save-copy', platform)})`}
        onClick={() => runCommand(shell, 'save-copy')}
      >
        <Icon node={Download} />
      </button>
      <button
        type="button"
        class="button main share-button"
        data-testid="share"
        aria-haspopup="dialog"
        aria-label="Share"
        title={`Share this document (${shortcutLabel('share', platform)})`}
        onClick={() => runCommand(shell, 'share')}
      >
        <Icon node={UserPlus} size={15} />
        <span>Share</span>
      </button>
    </>
  );
}
