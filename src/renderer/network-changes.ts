/** What a page hears of the network that it is in. Each returns its own end. */

/** Not yet in the library's types, and not in all browsers. */
interface WithConnection {
  readonly connection?: EventTarget;
}

/** There is a network again. */
export function onOnline(callback: () => void): () => void {
  // Before sessions hear of it, which then ask whether the relay is still there.
  addEventListener('online', callback, { capture: true });
  return () => removeEventListener('online', callback, { capture: true });
}

/** It may be another network. A browser also says so when the same one only became faster or slower: not for what costs something. */
export function onNetworkChange(callback: () => void): () => void {
  const { connection } = navigator as WithConnection;
  const stop = onOnline(callback);
  connection?.addEventListener('change', callback);
  return () => {
    stop();
    connection?.removeEventListener('change', callback);
  };
}
