import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RelayProcess, startRelayProcess } from './relay-process';
import { StockClient } from './stock-client';

/**
 * What a relay that is not running has of a document on its disk: another relay is started on a copy of the folder, so
 * that nothing of it changes and nobody who waits for the first one can reconnect meanwhile.
 */
export async function readDisk(relay: RelayProcess, document: string): Promise<{ readonly text: string; readonly title: string }> {
  if (relay.isRunning) throw new Error('a folder in use cannot be copied');
  const copy = await mkdtemp(join(tmpdir(), 'weft-disk-'));
  try {
    await cp(relay.data, copy, { recursive: true });
    const reading = await startRelayProcess({ data: copy });
    const reader = await new StockClient(reading.webSocketAddress, document).synced();
    const read = { text: reader.text, title: reader.doc.getText('title').toString() };
    reader.destroy();
    await reading.stop();
    return read;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
