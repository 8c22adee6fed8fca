/**
 * Opens what a store has of a document. A relay that was killed leaves hundreds of thousands of updates: they are merged
 * into one first, which takes one walk over their bytes, and everything after that costs what the document is long.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { Rejected } from '../../../src/shared/protocol/rejections';
import { NO_LIMITS } from '../limits';
import { type DocumentRules, type StoredDocument, UnreadableDocument } from '../ports';
import { DeletedRanges } from '../updates/deleted-ranges';
import { emptyKnowledge, type Knowledge, learn } from '../updates/knowledge';
import { encodeRuns, OutOfOrder, StructRuns } from '../updates/struct-runs';
import { checkUpdate } from '../updates/update-check';
import { HistoryLog } from './history-log';
import { decodeSnapshot } from './stored-snapshot';

export interface OpenedHistory {
  readonly history: HistoryLog;
  readonly knowledge: Knowledge;
}

/** Throws {@link UnreadableDocument} when the stored bytes break the rules. */
export function openHistory(stored: StoredDocument | undefined, documents: DocumentRules): OpenedHistory {
  if (stored === undefined) return { history: new HistoryLog(), knowledge: emptyKnowledge() };
  const { snapshot, snapshotUpTo, tail } = stored;
  const lastNumber = snapshotUpTo + tail.length;
  let place = `the snapshot up to ${snapshotUpTo}`;
  try {
    // Its bytes were checked when it was made, and carry a checksum since.
    const { update, clocks, deleted } = snapshot === undefined ? { update: undefined, ...emptyKnowledge() } : decodeSnapshot(snapshot);
    const knowledge: Knowledge = { clocks: new Map(clocks), deleted };
    place = `updates ${snapshotUpTo + 1} to ${lastNumber}`;
    const merged = tail.length === 0 ? [] : [merge(tail, knowledge.clocks)];
    for (const update of merged) take(update, knowledge, documents);
    return { history: new HistoryLog({ snapshot: update, clocks, snapshotUpTo, tail: merged, lastNumber }), knowledge };
  } catch (error) {
    if (error instanceof Rejected || error instanceof MalformedBytes || error instanceof OutOfOrder)
      throw new UnreadableDocument(`${place}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** One update that says what many say that were accepted one after the other, beginning at these clocks. */
function merge(updates: readonly Uint8Array[], clocks: ReadonlyMap<number, number>): Uint8Array {
  const runs = new StructRuns();
  const ends = new Map(clocks);
  const deleted = new DeletedRanges();
  for (const update of updates) deleted.read(runs.append(update, ends));
  const clients = [...ends.keys()].map((client) => ({ client, from: clocks.get(client) ?? 0 }));
  return encodeRuns(
    clients.filter(({ client, from }) => (ends.get(client) ?? 0) > from),
    [runs],
    deleted.encode(),
  );
}

function take(update: Uint8Array, knowledge: Knowledge, documents: DocumentRules): void {
  const verdict = checkUpdate(update, knowledge, { documents, limits: NO_LIMITS });
  if (verdict.type === 'gap') throw new OutOfOrder('something is missing before it');
  if (verdict.type === 'accepted') learn(knowledge, verdict);
}
