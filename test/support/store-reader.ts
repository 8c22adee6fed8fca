/**
 * A process for tests to lose: LevelDB itself ends the process over some damaged tables. Reads lines `<folder>`, answers each with
 * a line of JSON ({@link Reading}).
 */
import { createInterface } from 'node:readline';
import { UnreadableDocument } from '../../server/rooms/ports';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import { StartError } from '../../server/storage/start-error';
import type { DocumentId } from '../../src/shared/protocol/routes';

export type Reading =
  | { readonly type: 'refused'; readonly message: string }
  /** By document: its updates in base64, or that it cannot be read. */
  | { readonly type: 'open'; readonly documents: Readonly<Record<string, readonly string[] | 'unreadable'>> };

export const DOCUMENTS = ['first', 'second'] as DocumentId[];

const ignore = (): void => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

async function read(folder: string): Promise<Reading> {
  let store: LevelDbStore;
  try {
    store = await LevelDbStore.open(folder, log);
  } catch (error) {
    if (error instanceof StartError) return { type: 'refused', message: error.message };
    throw error;
  }
  const documents: Record<string, string[] | 'unreadable'> = {};
  for (const document of DOCUMENTS) {
    try {
      documents[document] = (await store.load(document))?.tail.map((update) => Buffer.from(update).toString('base64')) ?? [];
    } catch (error) {
      if (!(error instanceof UnreadableDocument)) throw error;
      documents[document] = 'unreadable';
    }
  }
  await store.close();
  return { type: 'open', documents };
}

if (process.argv.includes('--serve')) {
  for await (const folder of createInterface(process.stdin)) process.stdout.write(`${JSON.stringify(await read(folder))}\n`);
}
