/**
 * Every route of the relay over HTTP, and who may use it: the one place to look, and to add to.
 *
 * R1  A route that is not in this table cannot be added to the server (route-guard.ts).
 */
export type RouteRule =
  /** Anybody. */
  | 'anyone'
  /** Whoever has the relay's own key, in every access mode. */
  | 'relay-key'
  /** Whoever may make documents: anybody where only this machine can ask, else whoever has the relay's key. */
  | 'creator'
  /** A grant for the document in the path, of any role. */
  | 'member'
  /** A grant that may manage the document in the path. */
  | 'owner'
  /** The handler asks `Access` itself: it lets people in for longer than an answer, or exchanges a link's secret. */
  | 'own-check';

export interface RouteRow {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As the router spells it; `:id` is a document. */
  readonly path: string;
  readonly rule: RouteRule;
}

export const ROUTES: readonly RouteRow[] = [
  { method: 'GET', path: '/health', rule: 'anyone' },
  { method: 'GET', path: '/', rule: 'anyone' },
  { method: 'GET', path: '/d/:id', rule: 'anyone' },
  { method: 'GET', path: '/assets/*', rule: 'anyone' },
  { method: 'GET', path: '/page-keeper.js', rule: 'anyone' },
  { method: 'POST', path: '/documents', rule: 'creator' },
  { method: 'GET', path: '/documents', rule: 'relay-key' },
  { method: 'GET', path: '/documents/:id', rule: 'member' },
  { method: 'DELETE', path: '/documents/:id', rule: 'owner' },
  { method: 'GET', path: '/documents/:id/links', rule: 'owner' },
  { method: 'POST', path: '/documents/:id/links', rule: 'owner' },
  { method: 'PATCH', path: '/documents/:id/links/:link', rule: 'owner' },
  { method: 'DELETE', path: '/documents/:id/links/:link', rule: 'owner' },
  { method: 'POST', path: '/documents/:id/join', rule: 'own-check' },
  { method: 'GET', path: '/documents/:id/presence', rule: 'own-check' },
  { method: 'GET', path: '/documents/:id/stream', rule: 'own-check' },
  { method: 'POST', path: '/documents/:id/frames', rule: 'own-check' },
  { method: 'POST', path: '/feeds', rule: 'own-check' },
  { method: 'PATCH', path: '/feeds', rule: 'own-check' },
];

/** `undefined` when nobody said who may use it. HEAD is GET without a body. */
export function ruleOf(method: string, path: string): RouteRule | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  return ROUTES.find((row) => row.method === asked && row.path === path)?.rule;
}
