import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { NARROW } from './commands';
import type { Shell } from './shell';

/**
 * In a narrow window the list of documents lies over the text, and is modal then: keys begin in it, Escape closes it, and they go
 * back to where it was opened. Says whether what lies under it is out of reach.
 */
export function useDrawer(shell: Shell): boolean {
  const isNarrow = useSignal(matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const look = () => {
      isNarrow.value = query.matches;
    };
    look();
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, [isNarrow]);
  const isModal = shell.drawer.value && isNarrow.value;
  useEffect(() => {
    if (!isModal) return undefined;
    document.querySelector<HTMLElement>('.sidebar button')?.focus();
    const onKey = (event: KeyboardEvent) => {
      // A dialog that lies over it is closed first.
      if (event.key !== 'Escape' || event.defaultPrevented || shell.dialog.peek() !== undefined) return;
      event.preventDefault();
      shell.drawer.value = false;
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      const isLeft = document.activeElement === document.body || document.activeElement?.closest('.sidebar') !== null;
      if (isLeft) document.querySelector<HTMLElement>('.show-sidebar')?.focus();
    };
  }, [isModal, shell]);
  return isModal;
}
