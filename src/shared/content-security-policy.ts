/** Stands in the built index.html where each answer puts its own random nonce. */
export const NONCE_PLACEHOLDER = 'WEFT_NONCE';

/** The one maker of script addresses in a page: for its workers. */
export const SCRIPT_ADDRESS_POLICY = 'weft-worker';

type PageKind = 'app' | 'relay';

/**
 * The policy of the editor's page, in the app and from a relay.
 *
 * The app lets the user name any relay by its address; a page from a relay only talks to that relay.
 * CodeMirror adds style elements of its own, so styles carry a nonce.
 */
export function contentSecurityPolicy({ nonce, page }: { readonly nonce: string; readonly page: PageKind }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    connectPolicy(page),
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    `trusted-types ${SCRIPT_ADDRESS_POLICY}`,
  ].join('; ');
}

/** That of a script. Where it is a worker's own it counts, instead of the one of the page that began the worker. */
export function scriptSecurityPolicy(page: PageKind): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    connectPolicy(page),
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function connectPolicy(page: PageKind): string {
  return `connect-src ${page === 'app' ? "'self' http: https: ws: wss:" : "'self'"}`;
}
