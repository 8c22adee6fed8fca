/**
 * A process for tests to kill, or to let run out of room: appends to a store as fast as it can, for three documents at once,
 * and prints `<document> <number>` for what was acknowledged. Prints `failed <document> <number> <message>`, and goes on there.
 * Arguments: folder, bytes of an update, milliseconds between two tries.
 */
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { writtenUpdate } from './written-update';

const [folder = '', bytes = '20', pause = '0'] = process.argv.slice(2);
const ignore = (): void => undefined;
const store = await LevelDbStore.open(folder, { debug: ignore, info: ignore, warn: ignore, error: ignore });

async function write(document: DocumentId): Promise<never> {
  const stored = await store.load(document);
  let number = stored === undefined ? 1 : stored.snapshotUpTo + stored.tail.length + 1;
  for (;;) {
    try {
      await store.append(document, number, [writtenUpdate(document, number, Number(bytes))]);
      writeSync(1, `${document} ${number}\n`);
      if (number % 40 === 0) await store.replaceUpTo(document, number - 5, writtenUpdate(document, number - 5, 2_000));
      number++;
    } catch (error) {
      writeSync(1, `failed ${document} ${number} ${error instanceof Error ? error.message : error}\n`);
      await wait(100);
    }
    if (pause !== '0') await wait(Number(pause));
  }
}

writeSync(1, 'open\n');
await Promise.all(['one', 'two', 'three'].map((document) => write(document as DocumentId)));
