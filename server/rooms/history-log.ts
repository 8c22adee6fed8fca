/**
 * Everything that was accepted into a document: a snapshot and what came after it, ready to answer “what have I
 * missed?” without building a Y.Doc and without merging anything twice.
 *
 * R1  An answer has everything that the other side lacks, and the whole delete set.
 * R2  What was appended can be had back in the order it came in, until a snapshot takes its place.
 * R3  An answer costs what it is long, not what the history is long.
 */
import { Rejected } from '../../src/shared/protocol/rejections';
import { ByteWriter } from './byte-writer';
import { decodeStateVector, emptyKnowledge, type Knowledge, learn } from './knowledge';
import { NO_LIMITS } from './limits';
import { type DocumentRules, type StoredDocument, UnreadableDocument } from './ports';
import { StructRuns } from './struct-runs';
import { checkUpdate, type UpdateRules } from './update-check';

/** Appended updates that wait to be taken apart; then it is done for all, in well under a millisecond. */
const WAITING = 256;
/** Answers that are kept while nothing is appended: a thousand clients come back at once, mostly with the same clocks. */
const ANSWERS = 8;

/** Updates up to number `upTo`, in the order they came in, and their structs client by client. */
interface Chapter {
  upTo: number;
  readonly bytes: ByteWriter;
  /** Where each update ends in `bytes`. */
  readonly ends: number[];
  readonly runs: StructRuns;
}

export class HistoryLog {
  #snapshot: Uint8Array | undefined;
  #snapshotRuns: StructRuns | undefined;
  #chapters: Chapter[] = [];
  /** Appended, not yet in the last chapter. */
  #waiting: Uint8Array[] = [];
  /** Whether the next update begins a chapter: the last one is under compaction. */
  #isSealed = true;
  readonly #clocks = new Map<number, number>();
  #lastNumber = 0;
  #tailBytes = 0;
  #tailCount = 0;
  #answers = new Map<string, Uint8Array>();

  constructor(stored?: StoredDocument) {
    if (stored === undefined) return;
    this.#snapshot = stored.snapshot;
    this.#lastNumber = stored.snapshotUpTo + stored.tail.length;
    this.#waiting = [...stored.tail];
    this.#tailCount = stored.tail.length;
    this.#tailBytes = stored.tail.reduce((bytes, update) => bytes + update.length, 0);
  }

  /** The number of the update that was appended last; 0 before the first. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  get snapshotBytes(): number {
    return this.#snapshot?.length ?? 0;
  }

  get tailBytes(): number {
    return this.#tailBytes;
  }

  get tailCount(): number {
    return this.#tailCount;
  }

  /** Returns the update's number. It must have been accepted, and its bytes must not change any more. */
  append(update: Uint8Array): number {
    this.#waiting.push(update);
    this.#tailCount++;
    this.#tailBytes += update.length;
    if (this.#answers.size > 0) this.#answers.clear();
    this.#lastNumber++;
    if (this.#waiting.length >= WAITING) this.#takeApart();
    return this.#lastNumber;
  }

  /**
   * One update with everything that a side with this state vector lacks. Not to be changed: others may get the same
   * bytes. Throws MalformedBytes when the state vector is none.
   */
  answer(stateVector: Uint8Array, knowledge: Knowledge): Uint8Array {
    const key = Buffer.from(stateVector.buffer, stateVector.byteOffset, stateVector.length).toString('latin1');
    const kept = this.#answers.get(key);
    if (kept !== undefined) return kept;
    const theirs = decodeStateVector(stateVector);
    const answer =
      theirs.size === 0 && this.#tailCount === 0 && this.#snapshot !== undefined ? this.#snapshot : this.#gather(theirs, knowledge);
    const oldest = this.#answers.size >= ANSWERS ? this.#answers.keys().next().value : undefined;
    if (oldest !== undefined) this.#answers.delete(oldest);
    this.#answers.set(key, answer);
    return answer;
  }

  /** All that a compaction needs. What is appended from now on stays apart, so that `replaceUpTo` can keep it. */
  compactionInput(): { upTo: number; snapshot: Uint8Array | undefined; tail: readonly Uint8Array[] } {
    this.#takeApart();
    this.#isSealed = true;
    return { upTo: this.#lastNumber, snapshot: this.#snapshot, tail: this.#chapters.flatMap(updatesOf) };
  }

  /** Puts a snapshot in the place of all updates up to number `upTo`, which a `compactionInput` named. */
  replaceUpTo(upTo: number, snapshot: Uint8Array): void {
    const replaced = this.#chapters.filter((chapter) => chapter.upTo <= upTo);
    if (replaced[replaced.length - 1]?.upTo !== upTo) throw new Error(`no compaction was begun for update ${upTo}`);
    this.#chapters = this.#chapters.slice(replaced.length);
    for (const chapter of replaced) {
      this.#tailCount -= chapter.ends.length;
      this.#tailBytes -= chapter.bytes.length;
    }
    this.#snapshot = snapshot;
    this.#snapshotRuns = undefined;
    this.#answers.clear();
  }

  #gather(theirs: ReadonlyMap<number, number>, knowledge: Knowledge): Uint8Array {
    const lacking = [...knowledge.clocks].filter(([client, clock]) => clock > (theirs.get(client) ?? 0)).sort((a, b) => b[0] - a[0]);
    const deleteSet = knowledge.deleted.encode();
    const writer = new ByteWriter(Math.min(this.snapshotBytes + this.#tailBytes, 4096) + deleteSet.length);
    writer.writeVarUint(lacking.length);
    if (lacking.length > 0) this.#takeApart();
    for (const [client] of lacking) {
      const clock = theirs.get(client) ?? 0;
      const parts = [this.#runsOfSnapshot(), ...this.#chapters.map(({ runs }) => runs)].flatMap((runs) => runs.from(client, clock) ?? []);
      writer.writeVarUint(parts.reduce((count, part) => count + part.count, 0));
      writer.writeVarUint(client);
      writer.writeVarUint(clock);
      for (const part of parts) for (const bytes of part.parts) writer.writeBytes(bytes);
    }
    writer.writeBytes(deleteSet);
    return writer.view();
  }

  #takeApart(): void {
    if (this.#waiting.length === 0) return;
    if (this.#clocks.size === 0) this.#runsOfSnapshot();
    let chapter = this.#chapters[this.#chapters.length - 1];
    if (this.#isSealed || chapter === undefined) {
      chapter = { upTo: 0, bytes: new ByteWriter(), ends: [], runs: new StructRuns() };
      this.#chapters.push(chapter);
      this.#isSealed = false;
    }
    for (const update of this.#waiting) {
      chapter.bytes.writeBytes(update);
      chapter.ends.push(chapter.bytes.length);
      chapter.runs.append(update, this.#clocks);
    }
    chapter.upTo = this.#lastNumber;
    this.#waiting = [];
  }

  #runsOfSnapshot(): StructRuns {
    if (this.#snapshotRuns === undefined) {
      this.#snapshotRuns = new StructRuns();
      const clocks = new Map<number, number>();
      if (this.#snapshot !== undefined) this.#snapshotRuns.append(this.#snapshot, clocks);
      if (this.#clocks.size === 0) for (const [client, clock] of clocks) this.#clocks.set(client, clock);
    }
    return this.#snapshotRuns;
  }
}

/** Reads stored bytes into knowledge. Throws {@link UnreadableDocument} when they break the rules. */
export function knowledgeOf(stored: StoredDocument, documents: DocumentRules): Knowledge {
  const knowledge = emptyKnowledge();
  const rules: UpdateRules = { documents, limits: NO_LIMITS };
  let number = stored.snapshotUpTo;
  try {
    if (stored.snapshot !== undefined) takeStored(stored.snapshot, knowledge, rules);
    for (const update of stored.tail) {
      number++;
      takeStored(update, knowledge, rules);
    }
  } catch (error) {
    if (error instanceof Rejected) throw new UnreadableDocument(`up to update ${number}: ${error.message}`);
    throw error;
  }
  return knowledge;
}

function takeStored(update: Uint8Array, knowledge: Knowledge, rules: UpdateRules): void {
  const verdict = checkUpdate(update, knowledge, rules);
  if (verdict.type === 'gap') throw new Rejected('malformed', 'does not follow what comes before it');
  if (verdict.type === 'accepted') learn(knowledge, verdict);
}

function updatesOf(chapter: Chapter): Uint8Array[] {
  return chapter.ends.map((end, index) => chapter.bytes.view(chapter.ends[index - 1] ?? 0, end));
}
