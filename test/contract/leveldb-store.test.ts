import { join } from 'node:path';
import type { Log } from '../../server/rooms/ports';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { makeTemporaryFolder } from '../support/temporary-folder';
import { describeDocumentStore } from './document-store';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describeDocumentStore('a LevelDB store keeps documents', async () => {
  const folder = await makeTemporaryFolder();
  const reopen = () => LevelDbStore.open(join(folder.path, 'documents'), log);
  return { store: await reopen(), reopen, discard: folder.remove };
});
