/**
 * Keeps access records in the LevelDB of the documents, and writes them by its group commit.
 *
 * R1  Each change is one part of one synced batch: all of it or nothing.
 * R2  Nothing of it stays in memory, so what counts is what is on disk.
 */
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { AccessChanges, LinkRecord, LinkStore, SecretHash, SecretRecord } from '../rooms/link-store';
import type { Level, Operation } from './level-files';
import {
  ALL_ACCESS,
  accessKeys,
  decodeLink,
  decodeSecret,
  documentOfAccessKey,
  encodeAccess,
  linkKey,
  linkKeys,
  secretKey,
  secretKeys,
} from './link-records';

/** What it needs of the store of documents. */
export interface SharedLevel {
  read<Result>(work: (level: Level) => Promise<Result>): Promise<Result>;
  /** All or none, on disk when it resolves. */
  write(operations: readonly Operation[]): Promise<void>;
}

export class LevelLinkStore implements LinkStore {
  readonly #level: SharedLevel;

  constructor(level: SharedLevel) {
    this.#level = level;
  }

  findSecret(document: DocumentId, secret: SecretHash): Promise<SecretRecord | undefined> {
    return this.#find(secretKey(document, secret), decodeSecret);
  }

  findLink(document: DocumentId, link: string): Promise<LinkRecord | undefined> {
    return this.#find(linkKey(document, link), decodeLink);
  }

  async listLinks(document: DocumentId): Promise<LinkRecord[]> {
    const entries = await this.#level.read((level) => level.iterator(linkKeys(document)).all());
    return entries.map(([key, value]) => decodeLink(key, value));
  }

  async has(document: DocumentId): Promise<boolean> {
    const keys = await this.#level.read((level) => level.keys({ ...accessKeys(document), limit: 1 }).all());
    return keys.length > 0;
  }

  /** Steps over each document's records to the next document. */
  async *listDocuments(): AsyncIterable<DocumentId> {
    let from = ALL_ACCESS.gte;
    for (;;) {
      const [key] = await this.#level.read((level) => level.keys({ gte: from, lt: ALL_ACCESS.lte, limit: 1 }).all());
      if (key === undefined) return;
      const document = documentOfAccessKey(key);
      yield document;
      from = accessKeys(document).lte;
    }
  }

  write(document: DocumentId, { links = [], secrets = [] }: AccessChanges): Promise<void> {
    return this.#level.write([
      ...links.map((link) => put(linkKey(document, link.id), link)),
      ...secrets.map(([hash, secret]) => put(secretKey(document, hash), secret)),
    ]);
  }

  async removeLink(document: DocumentId, link: string): Promise<void> {
    const entries = await this.#level.read((level) => level.iterator(secretKeys(document)).all());
    const ofLink = entries.filter(([key, value]) => {
      const secret = decodeSecret(key, value);
      return secret.type !== 'owner' && secret.link === link;
    });
    await this.#level.write([linkKey(document, link), ...ofLink.map(([key]) => key)].map(del));
  }

  async removeDocument(document: DocumentId): Promise<void> {
    const keys = await this.#level.read((level) => level.keys(accessKeys(document)).all());
    if (keys.length > 0) await this.#level.write(keys.map(del));
  }

  async #find<Found>(key: Uint8Array, decode: (key: Uint8Array, value: Uint8Array) => Found): Promise<Found | undefined> {
    const value = await this.#level.read((level) => level.get(key));
    return value === undefined ? undefined : decode(key, value);
  }
}

function put(key: Uint8Array, record: LinkRecord | SecretRecord): Operation {
  return { type: 'put', key, value: encodeAccess(key, record) };
}

function del(key: Uint8Array): Operation {
  return { type: 'del', key };
}
