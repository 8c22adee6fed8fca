/**
 * Makes a document that a room can open of what could be read of it. Pure.
 *
 * R1  What fits together is kept as it is, to the byte.
 * R2  Behind a hole goes on what Yjs can use without what is missing. What builds on it is lost with it: a room would refuse it, and
 *     whoever still has the missing edits brings both.
 * R3  What a document of the same id left, which was removed before, is none of it: sequence numbers rise with the numbers of
 *     updates, and the head was written last.
 */
import * as Y from 'yjs';
import { openHistory } from '../rooms/history/stored-history';
import { decodeSnapshot } from '../rooms/history/stored-snapshot';
import type { StoredDocument } from '../rooms/ports';
import type { DocumentHead } from './document-head';
import { storedOf } from './level-reading';
import { DamagedRecord, type Run, type StoredSnapshot } from './records';

/** With the sequence number of its record. */
export type Found<Kind> = Kind & { readonly sequence: number };

export interface FoundDocument {
  readonly head: Found<DocumentHead> | undefined;
  readonly snapshot: Found<StoredSnapshot> | undefined;
  /** In the order of their numbers. */
  readonly runs: readonly Found<Run>[];
  /** Records that are there, and are not what was written. */
  readonly damaged: number;
}

export interface MendedDocument {
  /** `undefined`: nothing of it could be kept. */
  readonly stored: StoredDocument | undefined;
  /** What is wrong with it, for a person; empty when all of it is there. */
  readonly losses: readonly string[];
}

/** Merging many at once is quadratic. */
const MERGED_AT_ONCE = 32;

export function mendDocument(everything: FoundDocument): MendedDocument {
  const found = ofThisLife(everything);
  const whole = wholeOf(found);
  if (whole !== undefined) return { stored: whole, losses: [] };
  const { head, snapshot, damaged } = found;
  const upTo = snapshot?.upTo ?? 0;
  const { tail, last } = tailAfter(upTo, found.runs);
  const end = Math.max(head?.last ?? 0, last);
  if (end === 0 && damaged === 0) return { stored: undefined, losses: [] };
  const missing = end - upTo - tail.length;
  const losses: string[] = [];
  if (snapshot === undefined && (head?.snapshotUpTo ?? 0) > 0) losses.push('its snapshot');
  if (missing > 0) losses.push(`${missing} of ${end} updates`);
  if (head === undefined) losses.push('how many updates it had');
  if (losses.length === 0) losses.push(`${damaged} records that are not as they were written`);
  // Nothing before the last one is missing.
  if (last - upTo === tail.length) {
    return { stored: last === 0 ? undefined : { snapshot: snapshot?.bytes, snapshotUpTo: upTo, tail }, losses };
  }
  const { update, isAll } = usableOf(snapshot, tail);
  if (!isAll) losses.push('what builds on them');
  return { stored: update === undefined ? undefined : { snapshot: undefined, snapshotUpTo: 0, tail: [update] }, losses };
}

/** R3 */
function ofThisLife({ head, snapshot, runs, damaged }: FoundDocument): FoundDocument {
  let newest = 0;
  const own = runs.filter(({ first, sequence }) => {
    const isBehindEnd = head !== undefined && first > head.last && sequence < head.sequence;
    if (sequence < newest || isBehindEnd) return false;
    newest = sequence;
    return true;
  });
  return { head, snapshot: isOfThisLife(snapshot, head, own) ? snapshot : undefined, runs: own, damaged };
}

/** A snapshot is written after the updates that are in it, and with a head that says so, or before one that says more. */
function isOfThisLife(snapshot: FoundDocument['snapshot'], head: FoundDocument['head'], runs: FoundDocument['runs']): boolean {
  if (snapshot === undefined) return false;
  const isContradicted = head !== undefined && head.sequence > snapshot.sequence && head.snapshotUpTo < snapshot.upTo;
  return !isContradicted && runs.every(({ first, sequence }) => first > snapshot.upTo || sequence < snapshot.sequence);
}

/** R1 */
function wholeOf({ head, snapshot, runs, damaged }: FoundDocument): StoredDocument | undefined {
  if (head === undefined || damaged > 0) return undefined;
  try {
    return storedOf(head, snapshot, runs);
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}

/** The updates behind number `upTo`, and the number of the last one: more than there are when some are missing between them. */
function tailAfter(upTo: number, runs: readonly Run[]): { readonly tail: Uint8Array[]; readonly last: number } {
  const tail: Uint8Array[] = [];
  let last = upTo;
  for (const { first, updates } of runs) {
    for (const update of updates.slice(Math.max(last + 1 - first, 0))) tail.push(update);
    last = Math.max(last, first + updates.length - 1);
  }
  return { tail, last };
}

/** R2 */
function usableOf(snapshot: StoredSnapshot | undefined, tail: readonly Uint8Array[]): { update: Uint8Array | undefined; isAll: boolean } {
  try {
    const doc = new Y.Doc();
    const base = snapshot === undefined ? [] : [decodeSnapshot(snapshot.bytes).update];
    Y.applyUpdate(doc, merged([...base, ...tail]));
    const isAll = doc.store.pendingStructs === null && doc.store.pendingDs === null;
    doc.store.pendingStructs = null;
    doc.store.pendingDs = null;
    if (doc.store.clients.size === 0) return { update: undefined, isAll };
    const update = Y.encodeStateAsUpdate(doc);
    openHistory({ snapshot: undefined, snapshotUpTo: 0, tail: [update] }, 'any');
    return { update, isAll };
  } catch {
    // Whatever Yjs or a room finds wrong with it: nobody could open it.
    return { update: undefined, isAll: false };
  }
}

function merged(updates: readonly Uint8Array[]): Uint8Array {
  let level = [...updates];
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += MERGED_AT_ONCE) next.push(Y.mergeUpdates(level.slice(at, at + MERGED_AT_ONCE)));
    level = next;
  }
  return level[0] ?? Uint8Array.of(0, 0);
}
