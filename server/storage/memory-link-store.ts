/** Keeps access records as long as the process lives. */
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { AccessChanges, LinkRecord, LinkStore, SecretHash, SecretRecord } from '../rooms/link-store';

interface Kept {
  readonly links: Map<string, LinkRecord>;
  readonly secrets: Map<SecretHash, SecretRecord>;
}

export class MemoryLinkStore implements LinkStore {
  readonly #documents = new Map<DocumentId, Kept>();

  async findSecret(document: DocumentId, secret: SecretHash): Promise<SecretRecord | undefined> {
    return this.#documents.get(document)?.secrets.get(secret);
  }

  async findLink(document: DocumentId, link: string): Promise<LinkRecord | undefined> {
    return this.#documents.get(document)?.links.get(link);
  }

  async listLinks(document: DocumentId): Promise<LinkRecord[]> {
    return [...(this.#documents.get(document)?.links.values() ?? [])];
  }

  async has(document: DocumentId): Promise<boolean> {
    return this.#documents.has(document);
  }

  async *listDocuments(): AsyncIterable<DocumentId> {
    yield* [...this.#documents.keys()];
  }

  async write(document: DocumentId, { links = [], secrets = [] }: AccessChanges): Promise<void> {
    const kept = this.#documents.get(document) ?? { links: new Map(), secrets: new Map() };
    for (const link of links) kept.links.set(link.id, structuredClone(link));
    for (const [hash, secret] of secrets) kept.secrets.set(hash, secret);
    this.#documents.set(document, kept);
  }

  async removeLink(document: DocumentId, link: string): Promise<void> {
    const kept = this.#documents.get(document);
    if (kept === undefined) return;
    kept.links.delete(link);
    for (const [hash, secret] of kept.secrets) if (secret.type !== 'owner' && secret.link === link) kept.secrets.delete(hash);
  }

  async removeDocument(document: DocumentId): Promise<void> {
    this.#documents.delete(document);
  }
}
