import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LinkRecord, SecretHash } from '../../server/rooms/link-store';
import { LevelLinkStore } from '../../server/storage/level-link-store';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { decodeLink, encodeAccess, linkKey, secretKey } from '../../server/storage/link-records';
import { DamagedRecord } from '../../server/storage/records';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { KeptLog } from '../support/kept-log';
import { makeTemporaryFolder } from '../support/temporary-folder';
import { describeLinkStore } from './link-store';

const NOTES = 'notes' as DocumentId;

async function openLevel(): Promise<{ documents: LevelDbStore; reopen: () => Promise<LevelDbStore>; discard: () => Promise<void> }> {
  const folder = await makeTemporaryFolder();
  const open = () => LevelDbStore.open(join(folder.path, 'documents'), new KeptLog());
  let documents = await open();
  return {
    documents,
    reopen: async () => {
      await documents.close();
      documents = await open();
      return documents;
    },
    discard: async () => {
      await documents.close();
      await folder.remove();
    },
  };
}

describeLinkStore('LevelDB keeps access records', async () => {
  const { documents, reopen, discard } = await openLevel();
  return { store: new LevelLinkStore(documents), reopen: async () => new LevelLinkStore(await reopen()), discard };
});

describe('access records in LevelDB', () => {
  it('are beside the documents of the same ids, and neither is taken for the other', async () => {
    const { documents, discard } = await openLevel();
    onTestFinished(discard);
    const links = new LevelLinkStore(documents);
    await links.write(NOTES, { secrets: [['h' as SecretHash, { type: 'owner' }]] });
    for await (const summary of documents.list()) expect.unreachable(`${summary.document} has no text`);
    await documents.append(NOTES, 1, [Uint8Array.of(1)]);
    await links.removeDocument(NOTES);
    expect((await documents.load(NOTES))?.tail).toHaveLength(1);
    await links.write(NOTES, { secrets: [['h' as SecretHash, { type: 'owner' }]] });
    await documents.remove(NOTES);
    expect(await links.has(NOTES)).toBe(true);
  });

  it('R5 count neither when damaged, nor in the place of another', async () => {
    const { documents, discard } = await openLevel();
    onTestFinished(discard);
    const links = new LevelLinkStore(documents);
    const key = secretKey(NOTES, 'mine' as SecretHash);
    const elsewhere = secretKey('other' as DocumentId, 'mine' as SecretHash);
    await documents.write([
      { type: 'put', key: elsewhere, value: encodeAccess(key, { type: 'owner' }) },
      { type: 'put', key: linkKey(NOTES, 'a'), value: encodeAccess(linkKey(NOTES, 'a'), { role: 'admin' } as unknown as LinkRecord) },
    ]);
    await expect(links.findSecret('other' as DocumentId, 'mine' as SecretHash)).rejects.toThrow(DamagedRecord);
    await expect(links.findLink(NOTES, 'a')).rejects.toThrow(DamagedRecord);
    await expect(links.listLinks(NOTES)).rejects.toThrow(DamagedRecord);
  });

  it.each([{ role: 'owner' }, { isRevoked: 'no' }, { expiresAt: 'never' }, { mostUses: undefined }, { arrivals: 'nobody' }])(
    'R5 are damaged where a link has %j',
    (change) => {
      const key = linkKey(NOTES, 'a');
      const whole = {
        id: 'a',
        role: 'viewer',
        label: '',
        createdAt: 1,
        expiresAt: null,
        uses: 0,
        mostUses: null,
        isRevoked: false,
        arrivals: [],
        secret: 'h',
      };
      expect(decodeLink(key, encodeAccess(key, whole as unknown as LinkRecord))).toEqual(whole);
      expect(() => decodeLink(key, encodeAccess(key, { ...whole, ...change } as unknown as LinkRecord))).toThrow(DamagedRecord);
    },
  );
});
