import { SCRIPT_ADDRESS_POLICY } from '../../shared/content-security-policy';
import { PAGE_KEEPER_PATH } from '../../shared/protocol/routes';
import feedWorkerAddress from './feed-worker?sharedworker&url';

/** Workers of the page, by their scripts: the one that has the streams of all tabs, and the one that keeps the page. */
const WORKER_ADDRESSES = { feedWorker: feedWorkerAddress, pageKeeper: PAGE_KEEPER_PATH } as const;

type Worker = keyof typeof WORKER_ADDRESSES;

/** Not yet in the library's types. */
interface WithTrustedTypes {
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(worker: string): string }): { createScriptURL(worker: string): string };
  };
}

let policy: { createScriptURL(worker: string): string } | undefined;

/** The page's policy takes addresses of scripts from where they are made alone: there is this one, and it makes no others. */
export function scriptAddress(worker: Worker): string {
  const { trustedTypes } = globalThis as WithTrustedTypes;
  policy ??= trustedTypes?.createPolicy(SCRIPT_ADDRESS_POLICY, { createScriptURL: (name) => WORKER_ADDRESSES[name as Worker] });
  return policy?.createScriptURL(worker) ?? WORKER_ADDRESSES[worker];
}
