import { scriptAddress } from './streams/script-address';

/**
 * In a browser: from the second visit on the editor opens without its relay, as the documents do that are kept here. Browsers allow
 * that for pages over TLS, and of this machine, alone; and not in private windows.
 */
export function keepPage(): void {
  const { serviceWorker } = navigator as { readonly serviceWorker?: ServiceWorkerContainer };
  if (serviceWorker === undefined) return;
  serviceWorker
    .register(scriptAddress('pageKeeper'))
    .catch((error: unknown) => console.info('The page is not kept; it opens from its relay alone.', error));
}
