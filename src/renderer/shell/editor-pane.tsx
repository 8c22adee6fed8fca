import { effect } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { People } from '../presence/people';
import type { DocumentSession } from '../session/document-session';
import { keyboardOf } from './commands';
import { FollowBar } from './follow-bar';
import type { EditorModule } from './parts';
import type { Shell } from './shell';
import { isMacPlatform } from './shortcuts';
import { shownTheme } from './theme';
import { watchTitle } from './watch-title';

interface EditorPaneProps {
  readonly shell: Shell;
  readonly session: DocumentSession;
  readonly people: People;
}

/** Puts the editor into the window, and tells it about settings as they change. */
export function EditorPane({ shell, session, people }: EditorPaneProps): VNode {
  const host = useRef<HTMLDivElement>(null);
  const [failure, setFailure] = useState<string>();
  // Before the window is painted: what it shows first has the text in it.
  useLayoutEffect(() => {
    let isGone = false;
    let end: (() => void) | undefined;
    const start = async () => {
      const module = await shell.parts.loadEditor();
      if (isGone || host.current === null) return;
      end = putEditor(module, host.current, { shell, session, people });
    };
    start().catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)));
    return () => {
      isGone = true;
      end?.();
    };
  }, [shell, session, people]);
  if (failure !== undefined) {
    return (
      <div class="waiting">
        <div class="stopped" role="alert">
          <p>The editor could not be loaded; reload the page to try again.</p>
          <button type="button" class="button" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      </div>
    );
  }
  return (
    <div class="editor-place">
      <div ref={host} class="editor-host" data-testid="editor-host" />
      <FollowBar shell={shell} people={people} />
    </div>
  );
}

function putEditor(
  { createEditor, languageOfTitle }: EditorModule,
  parent: HTMLElement,
  { shell, session, people }: EditorPaneProps,
): () => void {
  const { replica, status } = session;
  const isReadOnly = () => status.current.role === 'viewer';
  const { wrapLines, fontSize } = shell.settings.peek();
  const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce;
  const editor = createEditor({
    parent,
    replica,
    me: shell.me,
    people,
    theme: shownTheme.peek(),
    wrapLines,
    fontSize,
    readOnly: isReadOnly(),
    nonce,
    openLink: (address) => openLink(shell, address),
    isMac: isMacPlatform(keyboardOf(shell)),
  });
  const ends = [
    effect(() => editor.setTheme(shownTheme.value)),
    effect(() => editor.setWrap(shell.settings.value.wrapLines)),
    effect(() => editor.setFontSize(shell.settings.value.fontSize)),
    // At once, and not with the next picture: whoever may only read from now on may be typing.
    status.subscribe(() => editor.setReadOnly(isReadOnly())),
    watchTitle(replica, (title) => {
      shell.language.value = languageOfTitle(title);
    }),
  ];
  shell.editor.value = editor;
  // Whoever opens a document wants to write; whoever is typing somewhere else goes on there.
  if (document.activeElement?.matches('input, dialog *') !== true) editor.focus();
  return () => {
    for (const end of ends) end();
    shell.editor.value = undefined;
    editor.destroy();
  };
}

/** A document opens here, and asks when its relay is strange; all else in the person's browser or mail program. */
function openLink(shell: Shell, address: string): void {
  if (address.startsWith('weft:')) void shell.hearAddress(address);
  else shell.parts.bridge.openExternal(address).catch((error: unknown) => console.error('A link could not be opened.', error));
}
