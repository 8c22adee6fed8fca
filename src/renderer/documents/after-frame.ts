/** Work that can wait until the person has seen what they did. */

/** Where no frame comes: a window that was hidden meanwhile. */
const AT_THE_LATEST_MS = 100;

/** Calls once: when the next frame is made, and at once where nobody sees one. */
export function afterFrame(work: () => void): void {
  if (document.visibilityState === 'hidden') {
    queueMicrotask(work);
    return;
  }
  let isDone = false;
  const doOnce = () => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    work();
  };
  const timer = setTimeout(doOnce, AT_THE_LATEST_MS);
  // A task of its own: a frame is made after what is called for it.
  requestAnimationFrame(() => setTimeout(doOnce));
}
