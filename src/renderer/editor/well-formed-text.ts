/**
 * Keeps what people type, paste and drop well-formed before it becomes part of the document.
 *
 * R1  After a transaction no surrogate stands alone: half a pair that lost its partner goes, half a pair that was inserted
 *     becomes U+FFFD, and what was put between two halves stands before the pair.
 * R2  No `\r` comes in: `\r\n` and `\r` become `\n`.
 * R3  Transactions with `filter: false` (what others wrote) pass untouched.
 */
import { type ChangeSet, type ChangeSpec, EditorState, type Extension, Prec, type Text, type Transaction } from '@codemirror/state';
import { isHighSurrogate, isLowSurrogate } from './text-diff';

const REPLACEMENT = '\ufffd';
const LINE_ENDS_AND_HALVES = /\r\n?|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Runs last of all filters: whatever they add is looked at too. */
export function wellFormedText(): Extension {
  return Prec.highest(
    EditorState.transactionFilter.of((transaction) => {
      if (!transaction.docChanged) return transaction;
      const repairs = findRepairs(transaction);
      return repairs.length === 0 ? transaction : [transaction, { changes: repairs, sequential: true }];
    }),
  );
}

/** Changes to the document after the transaction that make it well-formed; looks at changed ranges only. */
function findRepairs(transaction: Transaction): ChangeSpec[] {
  const repairs: ChangeSpec[] = [];
  const { startState, newDoc } = transaction;
  transaction.changes.iterChanges((fromBefore, toBefore, from, to, inserted) => {
    const high = unitAt(newDoc, from - 1);
    const low = unitAt(newDoc, to);
    const opensPair = isHighSurrogate(high) && !isLowSurrogate(unitAt(newDoc, from));
    const closesPair = isLowSurrogate(low) && !isHighSurrogate(unitAt(newDoc, to - 1));
    const betweenHalves = fromBefore === toBefore && splitsPair(startState.doc, fromBefore);
    if (betweenHalves && opensPair && closesPair) {
      repairs.push({ from: from - 1, to: from }, { from: to, insert: String.fromCharCode(high) });
    } else {
      if (opensPair) repairs.push({ from: from - 1, to: from });
      if (closesPair) repairs.push({ from: to, to: to + 1 });
    }
    repairs.push(...repairInserted(newDoc, from, to, inserted));
  });
  return repairs;
}

function repairInserted(doc: Text, from: number, to: number, inserted: Text): ChangeSpec[] {
  // Almost everything that is typed: nothing to look for.
  if (!/[\r\ud800-\udfff]/.test(inserted.sliceString(0))) return [];
  const repairs: ChangeSpec[] = [];
  const start = Math.max(0, from - 1);
  // With its neighbours: an inserted half may complete a pair.
  const text = doc.sliceString(start, Math.min(doc.length, to + 1));
  for (const { 0: found, index } of text.matchAll(LINE_ENDS_AND_HALVES)) {
    const at = start + index;
    if (at < from || at >= to) continue;
    const insert = found === '\r\n' ? '' : found === '\r' ? '\n' : REPLACEMENT;
    repairs.push({ from: at, to: at + 1, insert });
  }
  return repairs;
}

/**
 * The changes as a Yjs text may take them: whole pairs even where only one half differs, because Yjs replaces both halves
 * of a pair that it has to split. Calls `change` from the end to the start: earlier offsets stay right.
 */
export function eachWholeChange(
  changes: ChangeSet,
  before: Text,
  after: Text,
  change: (from: number, removed: number, insert: string) => void,
): void {
  const found: (readonly [from: number, removed: number, insert: string])[] = [];
  changes.iterChanges((fromBefore, toBefore, fromAfter, toAfter) => {
    const widenStart = splitsPair(before, fromBefore) ? 1 : 0;
    const widenEnd = splitsPair(before, toBefore) ? 1 : 0;
    const from = fromBefore - widenStart;
    found.push([from, toBefore + widenEnd - from, after.sliceString(fromAfter - widenStart, toAfter + widenEnd)]);
  });
  for (const [from, removed, insert] of found.reverse()) change(from, removed, insert);
}

function splitsPair(doc: Text, position: number): boolean {
  return position > 0 && position < doc.length && isHighSurrogate(unitAt(doc, position - 1)) && isLowSurrogate(unitAt(doc, position));
}

/** NaN outside the document. */
function unitAt(doc: Text, position: number): number {
  if (position < 0 || position >= doc.length) return Number.NaN;
  return doc.sliceString(position, position + 1).charCodeAt(0);
}
