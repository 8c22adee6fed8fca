/**
 * Holds every route to its rule before its handler sees the request.
 *
 * R1  A route without a rule is no route: adding it throws, so the relay does not start with one.
 * R2  An id that breaks the grammar is nobody's address; no store hears of it.
 * R3  A wrong secret gets the same answer whatever is wrong with it; a right one without enough rights is told what it lacks.
 * R4  Secrets come in the `Authorization` header (RFC 6750, section 2.1) alone: addresses end up in logs and histories.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { Rejected } from '../../src/shared/protocol/rejections';
import { type DocumentId, parseDocumentId } from '../../src/shared/protocol/routes';
import type { Access, Comer } from '../access/access';
import type { ClientAddresses } from '../access/client-addresses';
import type { Grant } from '../access/grants';
import type { RelayKey } from '../access/relay-key';
import { RefusedRequest } from './refused-request';
import { bearerSecret } from './request-secret';
import { type RouteRule, ruleOf } from './route-table';

const OWNER_ALONE = 'Only the owner of this document may do this.';
export const NEEDS_RELAY_KEY = "This needs the relay's key, which is in the file relay-key of its data folder.";

export interface RouteGuardOptions {
  readonly access: Access;
  readonly relayKey: RelayKey;
  readonly addresses: ClientAddresses;
  /** Whether only this machine can reach the relay. */
  readonly isLocal: boolean;
}

export class RouteGuard {
  readonly #access: Access;
  readonly #relayKey: RelayKey;
  readonly #addresses: ClientAddresses;
  readonly #isLocal: boolean;
  readonly #grants = new WeakMap<FastifyRequest, Grant>();

  constructor({ access, relayKey, addresses, isLocal }: RouteGuardOptions) {
    this.#access = access;
    this.#relayKey = relayKey;
    this.#addresses = addresses;
    this.#isLocal = isLocal;
  }

  /** Who may make documents here. */
  get creators(): 'anyone' | 'key' {
    return this.#isLocal ? 'anyone' : 'key';
  }

  /** Has to come before any route is added. */
  watch(app: FastifyInstance): void {
    app.addHook('onRoute', (route) => this.#guard(route));
  }

  /** Of a request to a route for members or owners. */
  grantOf(request: FastifyRequest): Grant {
    const grant = this.#grants.get(request);
    if (grant === undefined) throw new Error('This route has no rule that makes a grant.');
    return grant;
  }

  /** Whoever asks, for handlers that let them in for longer, or that look at their secret themselves. @throws {Rejected} R2. */
  comerOf(request: FastifyRequest): Comer {
    return { secret: secretOf(request), document: documentOf(request), address: this.addressOf(request) };
  }

  /** Where it comes from: an IP address. */
  addressOf(request: FastifyRequest): string {
    return this.#addresses.of(request.raw);
  }

  /** R1 */
  #guard(route: RouteOptions): void {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    const rules = methods.map((method) => {
      const rule = ruleOf(method, route.url);
      if (rule === undefined) throw new Error(`The route ${method} ${route.url} has no rule in route-table.ts.`);
      return rule;
    });
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    const checks = [...new Set(rules)].map((rule) => (request: FastifyRequest) => this.#check(rule, request));
    route.onRequest = [...checks, ...before];
  }

  async #check(rule: RouteRule, request: FastifyRequest): Promise<void> {
    switch (rule) {
      case 'anyone':
        return;
      case 'own-check':
        // What is known before the body is: the document, where the path names one, and too many wrong secrets.
        if (hasDocument(request)) documentOf(request);
        if (this.#access.waitMs(this.addressOf(request)) > 0) throw new Rejected('too-fast', 'too many wrong secrets');
        return;
      case 'relay-key':
        return this.#requireRelayKey(request);
      case 'creator':
        return this.#isLocal ? undefined : this.#requireRelayKey(request);
      case 'member':
      case 'owner': {
        const grant = await this.#access.authorise(this.comerOf(request));
        if (rule === 'owner' && !grant.isOwner) throw new RefusedRequest('forbidden', OWNER_ALONE);
        this.#grants.set(request, grant);
      }
    }
  }

  async #requireRelayKey(request: FastifyRequest): Promise<void> {
    const secret = secretOf(request);
    await this.#access.count({ secret, address: this.addressOf(request) }, async () => {
      if (!(await this.#relayKey.isKey(secret))) throw new RefusedRequest('unauthorized', NEEDS_RELAY_KEY);
    });
  }
}

/** What came in `Authorization`, empty when it is no bearer's secret; `undefined` when nothing came. */
export function secretOf(request: FastifyRequest): string | undefined {
  return bearerSecret(request.headers.authorization);
}

function hasDocument(request: FastifyRequest): boolean {
  return typeof request.params === 'object' && request.params !== null && 'id' in request.params;
}

/** R2 */
function documentOf({ params }: FastifyRequest): DocumentId {
  const id = typeof params === 'object' && params !== null && 'id' in params ? params.id : undefined;
  const document = typeof id === 'string' ? parseDocumentId(id) : undefined;
  if (document === undefined) throw new Rejected('not-found', 'no document id in the path');
  return document;
}
