/** Documents over HTTP: making, listing, looking at one's own grant, deleting. */
import type { FastifyInstance } from 'fastify';
import { Rejected } from '../../src/shared/protocol/rejections';
import { type DocumentId, documentPath, newDocumentId } from '../../src/shared/protocol/routes';
import type { Membership, NewDocument } from '../../src/shared/protocol/sharing';
import type { Access } from '../access/access';
import type { Grant } from '../access/grants';
import type { Links } from '../access/links';
import type { Random } from '../access/secrets';
import { readDocumentDraft } from './json-bodies';
import type { RouteGuard } from './route-guard';

export interface DocumentsRoutesOptions {
  readonly guard: RouteGuard;
  readonly access: Access;
  readonly links: Links;
  readonly random: Random;
  /** Documents that something is stored of. */
  storedDocuments(): AsyncIterable<DocumentId>;
  /** Everything of a document: connections, records, links. */
  deleteDocument(document: DocumentId): Promise<void>;
}

export function addDocumentsRoutes(app: FastifyInstance, options: DocumentsRoutesOptions): void {
  const { guard, access, links, random } = options;

  app.post('/documents', async (request, reply) => {
    const { document = newDocumentId(random), secret: proposed } = readDocumentDraft(request.body);
    const { secret, isNew } = await access.count({ secret: proposed, address: guard.addressOf(request) }, async () => {
      const owned = await links.own(document, proposed);
      if (owned === undefined) throw new Rejected('taken');
      return owned;
    });
    const made: NewDocument = { document, secret };
    return reply
      .code(isNew ? 201 : 200)
      .header('Location', documentPath(document))
      .headers(NOT_KEPT)
      .send(made);
  });

  app.get('/documents', async (_request, reply) => {
    const known = new Set<DocumentId>();
    for await (const document of options.storedDocuments()) known.add(document);
    for await (const document of links.documents()) known.add(document);
    return reply.headers(NOT_KEPT).send({ documents: [...known].sort() });
  });

  app.get('/documents/:id', (request, reply) => reply.headers(NOT_KEPT).send(membershipOf(guard.grantOf(request))));

  app.delete('/documents/:id', async (request, reply) => {
    await options.deleteDocument(guard.grantOf(request).document);
    return reply.code(204).send();
  });
}

/** Answers with secrets, or for one secret alone, belong into no cache. */
export const NOT_KEPT = { 'Cache-Control': 'no-store' };

function membershipOf({ document, role, isOwner, name: known, saidName, expiresAt }: Grant): Membership {
  const name = known ?? saidName;
  return { document, role, isOwner, ...(name === undefined ? {} : { name }), ...(expiresAt === undefined ? {} : { expiresAt }) };
}
