import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface ModalProps {
  readonly label: string;
  readonly class?: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A `<dialog>` that is open as long as it is rendered; Escape and a click beside it close it. */
export function Modal(props: ModalProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return undefined;
    element.showModal();
    // By itself a dialog focuses its first control, which may be the one that closes it.
    element.querySelector<HTMLElement>('[data-first]')?.focus();
    const onClick = (event: MouseEvent) => {
      // Only the backdrop is the dialog itself: everything inside has an element of its own.
      if (event.target === element) element.close();
    };
    element.addEventListener('click', onClick);
    return () => element.removeEventListener('click', onClick);
  }, []);
  return (
    <dialog ref={dialog} class={`modal ${props.class ?? ''}`} aria-label={props.label} onClose={props.onClose}>
      <div class="modal-inside">{props.children}</div>
    </dialog>
  );
}
