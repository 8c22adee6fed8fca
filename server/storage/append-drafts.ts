/**
 * What a batch of appends will have done to each document, before any of it is written.
 *
 * R1  An append that cannot be is rejected here, and costs those beside it nothing.
 * R2  A number that came before stands for the same bytes.
 */
import type { DocumentId } from '../../src/shared/protocol/routes';
import { UnreadableDocument } from '../rooms/ports';
import { type DocumentHead, NOTHING_STORED, planAppend, WrongNumber } from './document-head';
import type { Level } from './level-files';
import { readHeads, readStored } from './level-reading';

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
export async function draftAll(level: Level, appends: readonly AskedAppend[]): Promise<Map<DocumentId, Draft>> {
  const drafts = new Map<DocumentId, Draft>();
  const heads = await readHeads(level, [...new Set(appends.map((append) => append.document))]);
  for (const append of appends) {
    try {
      const onDisk = heads.get(append.document) ?? NOTHING_STORED;
      if (onDisk instanceof Error) throw onDisk;
      const draft = drafts.get(append.document) ?? { head: onDisk, first: onDisk.last + 1, updates: [] };
      const plan = planAppend(draft.head, append.first, append.updates);
      if (plan.inTail > 0) await requireSame(level, append, plan.inSnapshot, plan.inTail, draft);
      for (const update of append.updates.slice(plan.inSnapshot + plan.inTail)) draft.updates.push(update);
      draft.head = plan.head;
      drafts.set(append.document, draft);
    } catch (error) {
      append.reject(error);
    }
  }
  return drafts;
}

/** A number that came before stands for the same bytes, else one of the two would be lost without a word. */
async function requireSame(level: Level, append: AskedAppend, from: number, count: number, draft: Draft): Promise<void> {
  const stored = await readStored(level, append.document);
  for (let index = from; index < from + count; index++) {
    const number = append.first + index;
    const known = number >= draft.first ? draft.updates[number - draft.first] : stored?.tail[number - (stored?.snapshotUpTo ?? 0) - 1];
    const again = append.updates[index];
    if (known === undefined || again === undefined) throw new UnreadableDocument(`${append.document}: update ${number} is missing`);
    if (Buffer.compare(known, again) !== 0) throw new WrongNumber(`Number ${number} stands for another update.`);
  }
}
