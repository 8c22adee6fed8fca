/** Links over HTTP: for owners to manage, and for whoever got one to exchange. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { Access } from '../access/access';
import { type Links, MOST_LINKS } from '../access/links';
import { NOT_KEPT } from './documents-routes';
import { readJoinRequest, readLinkChange, readLinkDraft } from './json-bodies';
import { RefusedRequest } from './refused-request';
import type { RouteGuard } from './route-guard';

export interface LinksRoutesOptions {
  readonly guard: RouteGuard;
  readonly access: Access;
  readonly links: Links;
}

export function addLinksRoutes(app: FastifyInstance, { guard, access, links }: LinksRoutesOptions): void {
  app.get('/documents/:id/links', async (request, reply) => {
    return reply.headers(NOT_KEPT).send({ links: await links.list(guard.grantOf(request).document) });
  });

  app.post('/documents/:id/links', async (request, reply) => {
    const made = await links.add(guard.grantOf(request).document, readLinkDraft(request.body));
    if (made === undefined) {
      throw new RefusedRequest('malformed', `A document has at most ${MOST_LINKS} links; delete one that nobody needs.`);
    }
    return reply.code(201).headers(NOT_KEPT).send(made);
  });

  app.patch('/documents/:id/links/:link', async (request, reply) => {
    const changed = await links.change(guard.grantOf(request).document, linkOf(request), readLinkChange(request.body));
    if (changed === undefined) throw new Rejected('not-found', 'no such link');
    return reply.headers(NOT_KEPT).send(changed);
  });

  app.delete('/documents/:id/links/:link', async (request, reply) => {
    const isGone = await links.remove(guard.grantOf(request).document, linkOf(request));
    if (!isGone) throw new Rejected('not-found', 'no such link');
    return reply.code(204).send();
  });

  app.post('/documents/:id/join', async (request, reply) => {
    const comer = guard.comerOf(request);
    const { name = '', secret } = readJoinRequest(request.body);
    const joined = await access.count(comer, () => links.join(comer.document, comer.secret, name, secret));
    return reply.headers(NOT_KEPT).send(joined);
  });
}

function linkOf({ params }: FastifyRequest): string {
  const link = typeof params === 'object' && params !== null && 'link' in params ? params.link : undefined;
  if (typeof link !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(link)) throw new Rejected('not-found', 'no link id in the path');
  return link;
}
