/**
 * What a batch of appends will have done to each document, before any of it is written.
 *
 * R1  An append that cannot be is rejected here, and costs those beside it nothing.
 * R2  A number that came before stands for the same bytes.
 */
import type { DocumentId } from '../../src/shared/protocol/routes';
import { UnreadableDocument } from '../rooms/ports';
import { type DocumentHead, NOTHING_STORED, planAppend, WrongNumber } from './document-head';
import type { KnownHeads } from './known-heads';
import type { LevelFiles } from './level-files';
import { readHeads, readStored } from './level-reading';

type Files = Pick<LevelFiles, 'use'>;

export interface AskedAppend {
  readonly document: DocumentId;
  readonly first: number;
  readonly updates: readonly Uint8Array[];
  readonly reject: (error: unknown) => void;
}

/** What a batch will have done to one document. */
export interface Draft {
  head: DocumentHead;
  /** The number of the first of `updates`. */
  readonly first: number;
  readonly updates: Uint8Array[];
}

/** Plans all appends; those that cannot be are rejected here, and cost the others nothing. */
export async function draftAll(appends: readonly AskedAppend[], known: KnownHeads, files: Files): Promise<Map<DocumentId, Draft>> {
  const drafts = new Map<DocumentId, Draft>();
  const read = await readUnknown(appends, known, files);
  for (const append of appends) {
    try {
      const onDisk = known.get(append.document) ?? read?.get(append.document) ?? NOTHING_STORED;
      if (onDisk instanceof Error) throw onDisk;
      const draft = drafts.get(append.document) ?? { head: onDisk, first: onDisk.last + 1, updates: [] };
      const plan = planAppend(draft.head, append.first, append.updates);
      if (plan.inTail > 0) await requireSame(files, append, plan.inSnapshot, plan.inTail, draft);
      for (let index = plan.inSnapshot + plan.inTail; index < append.updates.length; index++)
        draft.updates.push(append.updates[index] as Uint8Array);
      draft.head = plan.head;
      drafts.set(append.document, draft);
    } catch (error) {
      append.reject(error);
    }
  }
  return drafts;
}

/** The heads that are not in memory; `undefined` when all are. */
async function readUnknown(
  appends: readonly AskedAppend[],
  known: KnownHeads,
  files: Files,
): Promise<ReadonlyMap<DocumentId, DocumentHead | Error> | undefined> {
  const unknown = new Set<DocumentId>();
  for (const { document } of appends) if (known.get(document) === undefined) unknown.add(document);
  return unknown.size === 0 ? undefined : files.use((level) => readHeads(level, [...unknown]));
}

/** A number that came before stands for the same bytes, else one of the two would be lost without a word. */
async function requireSame(files: Files, append: AskedAppend, from: number, count: number, draft: Draft): Promise<void> {
  const stored = await files.use((level) => readStored(level, append.document));
  for (let index = from; index < from + count; index++) {
    const number = append.first + index;
    const known = number >= draft.first ? draft.updates[number - draft.first] : stored?.tail[number - (stored?.snapshotUpTo ?? 0) - 1];
    const again = append.updates[index];
    if (known === undefined || again === undefined) throw new UnreadableDocument(`${append.document}: update ${number} is missing`);
    if (Buffer.compare(known, again) !== 0) throw new WrongNumber(`Number ${number} stands for another update.`);
  }
}
