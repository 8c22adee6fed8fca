/** What windows on this device tell each other: that a list changed, never what is in a document. */
type List = 'recent' | 'kept' | 'unsaved';

const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('weft.lists');
// Under Node an open channel would keep the process alive; browsers have no such thing.
(channel as { unref?: () => void } | undefined)?.unref?.();

export function tellOtherWindows(list: List): void {
  channel?.postMessage(list);
}

export function hearOtherWindows(list: List, changed: () => void): void {
  channel?.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.data === list) changed();
  });
}
