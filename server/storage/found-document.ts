/** What can be read of one document: its records, the whole ones and how many are damaged. */
import type { DocumentId } from '../../src/shared/protocol/routes';
import { accessKeys, requireAccess } from './link-records';
import type { FoundDocument } from './mended-document';
import { DamagedRecord, decodeHead, decodeRun, decodeSnapshot, headKey, isSnapshotKey, recordKeys } from './records';
import type { Salvage, Salvaged } from './salvage';

/** Its content. */
export async function findDocument(salvage: Salvage, document: DocumentId): Promise<FoundDocument> {
  let damaged = 0;
  const ifWhole = <Kind extends object>({ key, value, sequence }: Salvaged, decode: (key: Uint8Array, value: Uint8Array) => Kind) => {
    const record = wholeOr(() => decode(key, value));
    if (record === undefined) damaged++;
    return record === undefined ? undefined : { ...record, sequence };
  };
  const storedHead = await salvage.newestOf(headKey(document));
  const head = storedHead === undefined ? undefined : ifWhole(storedHead, decodeHead);
  let snapshot: FoundDocument['snapshot'];
  const runs: FoundDocument['runs'][number][] = [];
  for await (const record of salvage.newest(recordKeys(document))) {
    if (isSnapshotKey(record.key, document)) snapshot = ifWhole(record, decodeSnapshot);
    else {
      const run = ifWhole(record, decodeRun);
      if (run !== undefined) runs.push(run);
    }
  }
  return { head, snapshot, runs, damaged };
}

/** Who owns it, and its links. */
export async function findAccess(salvage: Salvage, document: DocumentId): Promise<{ whole: Salvaged[]; damaged: number }> {
  const found: { whole: Salvaged[]; damaged: number } = { whole: [], damaged: 0 };
  for await (const record of salvage.newest(accessKeys(document))) {
    if (wholeOr(() => requireAccess(document, record.key, record.value) ?? true) === undefined) found.damaged++;
    else found.whole.push(record);
  }
  return found;
}

/** `undefined` when it is damaged. */
function wholeOr<Kind>(decode: () => Kind): Kind | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}
