/**
 * Which numbers a store has of a document, and what an append or a snapshot does to them. Pure; every store follows it.
 *
 * R1  A number stands for one update for ever: what is there is not written again (ports.ts R3).
 * R2  An append that would leave a hole is refused (ports.ts R2): the one before it failed and has to come first.
 * R3  A snapshot never makes way for an older one, and no append brings back a number that is inside it.
 */
import type { DocumentSummary } from '../rooms/ports';

export interface DocumentHead extends Omit<DocumentSummary, 'document' | 'tailCount'> {
  /** The number of the last update inside the snapshot; 0 without one. */
  readonly snapshotUpTo: number;
  /** The number of the last update of all; 0 before the first. */
  readonly last: number;
}

export const NOTHING_STORED: DocumentHead = { snapshotUpTo: 0, snapshotBytes: 0, last: 0, tailBytes: 0 };

/** The caller's numbers do not fit what is stored. Nothing was written. */
export class WrongNumber extends Error {
  override readonly name = 'WrongNumber';
}

export interface PlannedAppend {
  /** The head afterwards. */
  readonly head: DocumentHead;
  /** How many of the updates are inside the snapshot: they are left alone. */
  readonly inSnapshot: number;
  /** How many of the updates the store has in the tail: they have to be the same ones. */
  readonly inTail: number;
}

/** @throws {WrongNumber} */
export function planAppend(head: DocumentHead, first: number, updates: readonly Uint8Array[]): PlannedAppend {
  if (!Number.isSafeInteger(first) || first < 1) throw new WrongNumber(`Updates are numbered from 1, not ${first}.`);
  if (first > head.last + 1) throw new WrongNumber(`Update ${first} cannot follow ${head.last}.`);
  const inSnapshot = Math.min(Math.max(head.snapshotUpTo - first + 1, 0), updates.length);
  const present = Math.min(head.last - first + 1, updates.length);
  const added = updates.slice(present).reduce((sum, update) => sum + update.length, 0);
  return {
    head: { ...head, last: Math.max(head.last, first + updates.length - 1), tailBytes: head.tailBytes + added },
    inSnapshot,
    inTail: present - inSnapshot,
  };
}

/** @param tailBytes of the updates after `upTo`. @throws {WrongNumber} */
export function planSnapshot(head: DocumentHead, upTo: number, snapshotBytes: number, tailBytes: number): DocumentHead {
  if (!Number.isSafeInteger(upTo) || upTo < 1) throw new WrongNumber(`A snapshot holds at least update 1, not ${upTo}.`);
  if (upTo < head.snapshotUpTo) throw new WrongNumber(`The snapshot up to ${head.snapshotUpTo} is newer than one up to ${upTo}.`);
  return { snapshotUpTo: upTo, snapshotBytes, last: Math.max(head.last, upTo), tailBytes };
}
