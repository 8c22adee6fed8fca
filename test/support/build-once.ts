import { ensureBuilt } from '../../scripts/ensure-built.mjs';

/** vitest's global set-up: tests that start a relay, a page or the app use what is built, and it is never stale. */
export function setup(): void {
  ensureBuilt(['relay', 'app']);
}
