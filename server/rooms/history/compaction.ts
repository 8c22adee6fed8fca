/**
 * Makes a small snapshot of a document, and proves that it says the same.
 *
 * R1  The snapshot, loaded anew, has the texts of both roots, the state vector and the delete set of what it replaces;
 *     of `any` documents vector and set.
 *     What it replaces has the clocks that the room knows.
 * R2  On any difference, or bytes that Yjs cannot load, the old bytes stay; the reason is for the log.
 */
import * as Y from 'yjs';
import type { CompactionInput, CompactionResult } from '../ports';

export function compactDocument({ update, clocks, documents }: CompactionInput): CompactionResult {
  try {
    const original = load(update);
    if (!areEqualMaps(Y.snapshot(original).sv, clocks)) return { ok: false, reason: 'something is missing from it' };
    const compacted = Y.encodeStateAsUpdate(original);
    const difference = findDifference(original, load(compacted), documents === 'text');
    return difference === undefined ? { ok: true, snapshot: compacted } : { ok: false, reason: difference };
  } catch (error) {
    return { ok: false, reason: `cannot be loaded: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function load(update: Uint8Array): Y.Doc {
  const doc = new Y.Doc({ gc: true });
  Y.applyUpdate(doc, update);
  return doc;
}

function findDifference(original: Y.Doc, reloaded: Y.Doc, isText: boolean): string | undefined {
  if (original.store.pendingStructs !== null || original.store.pendingDs !== null) return 'something is missing from it';
  const before = Y.snapshot(original);
  const after = Y.snapshot(reloaded);
  if (!areEqualMaps(before.sv, after.sv)) return 'the compacted document has other clocks';
  if (!Y.equalDeleteSets(before.ds, after.ds)) return 'the compacted document has other deletions';
  if (!isText) return undefined;
  for (const root of ['content', 'title']) {
    if (original.getText(root).toString() !== reloaded.getText(root).toString()) return `the compacted document has another ${root}`;
  }
  return undefined;
}

function areEqualMaps(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): boolean {
  return one.size === other.size && [...one].every(([client, clock]) => other.get(client) === clock);
}
