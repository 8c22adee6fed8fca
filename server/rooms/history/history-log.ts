/**
 * Everything that was accepted into a document: a snapshot and what came after it, ready to answer “what have I
 * missed?” without building a Y.Doc and without merging anything twice.
 *
 * R1  An answer has everything that the other side lacks, and the whole delete set.
 * R2  A snapshot takes the place of what it was made of, and of nothing that came meanwhile.
 * R3  An answer costs what it is long, not what the history is long.
 */

import type { CompactionInput } from '../ports';
import { decodeStateVector, type Knowledge } from '../updates/knowledge';
import { encodeRuns, StructRuns } from '../updates/struct-runs';
import { KeptAnswers } from './kept-answers';

/** Appended updates that wait to be taken apart; then it is done for all, in well under a millisecond. */
const WAITING = 256;
/** The clocks of who has nothing. */
const NOTHING: ReadonlyMap<number, number> = new Map();

/** The structs of updates up to number `upTo`. */
interface Chapter {
  upTo: number;
  /** Of the updates. */
  bytes: number;
  readonly runs: StructRuns;
}

/** What there was before. */
export interface Past {
  /** An update; `undefined` before the first compaction. */
  readonly snapshot: Uint8Array | undefined;
  /** The state vector of the snapshot. */
  readonly clocks: ReadonlyMap<number, number>;
  readonly snapshotUpTo: number;
  /** What came after it, maybe several updates in one. */
  readonly tail: readonly Uint8Array[];
  readonly lastNumber: number;
}

export class HistoryLog {
  #snapshot: Uint8Array | undefined;
  #snapshotRuns: StructRuns | undefined;
  #chapters: Chapter[] = [];
  /** Appended, not yet in the last chapter. */
  #waiting: Uint8Array[] = [];
  /** Whether the next update begins a chapter: the last one is under compaction. */
  #isSealed = true;
  /** At the end of the last chapter. */
  readonly #clocks: Map<number, number> = new Map();
  #snapshotUpTo = 0;
  #lastNumber = 0;
  #tailBytes = 0;
  /** To those who ask while nothing is appended. */
  readonly #answers = new KeptAnswers();

  constructor(past?: Past) {
    if (past === undefined) return;
    this.#snapshot = past.snapshot;
    this.#snapshotUpTo = past.snapshotUpTo;
    this.#clocks = new Map(past.clocks);
    this.#lastNumber = past.lastNumber;
    this.#waiting = [...past.tail];
    this.#tailBytes = past.tail.reduce((bytes, update) => bytes + update.length, 0);
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
    return this.#lastNumber - this.#snapshotUpTo;
  }

  /** Returns the update's number. It must have been accepted, and its bytes must not change any more. */
  append(update: Uint8Array): number {
    this.#waiting.push(update);
    this.#tailBytes += update.length;
    this.#answers.clear();
    this.#lastNumber++;
    if (this.#waiting.length >= WAITING) this.#takeApart();
    return this.#lastNumber;
  }

  /**
   * One update with everything that a side with this state vector lacks. Not to be changed: others may get the same
   * bytes. Throws MalformedBytes when the state vector is none.
   */
  answer(stateVector: Uint8Array, knowledge: Knowledge): Uint8Array {
    const kept = this.#answers.find(stateVector);
    if (kept !== undefined) return kept;
    const answer = this.#gather(decodeStateVector(stateVector), knowledge);
    // The snapshot is kept anyway.
    if (answer !== this.#snapshot) this.#answers.keep(stateVector, answer);
    return answer;
  }

  /** Lets go of answers that nobody asked for since the last call. */
  coolDown(): void {
    this.#answers.coolDown();
  }

  /** Nobody will ask soon. */
  forgetAnswers(): void {
    this.#answers.clear();
  }

  /** Everything there is now. What is appended from now on stays apart, so that `replaceUpTo` can keep it. */
  compactionInput(knowledge: Knowledge): Omit<CompactionInput, 'documents'> & { readonly upTo: number; readonly deleteSet: Uint8Array } {
    this.#takeApart();
    this.#isSealed = true;
    const { clocks, deleted } = knowledge;
    return { upTo: this.#lastNumber, update: this.#gather(NOTHING, knowledge), clocks: new Map(clocks), deleteSet: deleted.encode() };
  }

  /** Puts a snapshot in the place of all updates up to number `upTo`, which a `compactionInput` named. */
  replaceUpTo(upTo: number, snapshot: Uint8Array): void {
    const replaced = this.#chapters.filter((chapter) => chapter.upTo <= upTo);
    if (replaced[replaced.length - 1]?.upTo !== upTo) throw new Error(`no compaction was begun for update ${upTo}`);
    this.#chapters = this.#chapters.slice(replaced.length);
    for (const chapter of replaced) this.#tailBytes -= chapter.bytes;
    this.#snapshot = snapshot;
    this.#snapshotUpTo = upTo;
    this.#snapshotRuns = undefined;
    this.#answers.clear();
  }

  #gather(theirs: ReadonlyMap<number, number>, knowledge: Knowledge): Uint8Array {
    if (theirs.size === 0 && this.tailCount === 0 && this.#snapshot !== undefined) return this.#snapshot;
    const lacking = [...knowledge.clocks].flatMap(([client, clock]) => {
      const from = theirs.get(client) ?? 0;
      return clock > from ? [{ client, from }] : [];
    });
    if (lacking.length > 0) this.#takeApart();
    const runs = lacking.length === 0 ? [] : [this.#runsOfSnapshot(), ...this.#chapters.map((chapter) => chapter.runs)];
    return encodeRuns(lacking, runs, knowledge.deleted.encode());
  }

  #takeApart(): void {
    if (this.#waiting.length === 0) return;
    let chapter = this.#chapters[this.#chapters.length - 1];
    if (this.#isSealed || chapter === undefined) {
      chapter = { upTo: 0, bytes: 0, runs: new StructRuns() };
      this.#chapters.push(chapter);
      this.#isSealed = false;
    }
    for (const update of this.#waiting) {
      chapter.bytes += update.length;
      chapter.runs.append(update, this.#clocks);
    }
    chapter.upTo = this.#lastNumber;
    this.#waiting = [];
  }

  #runsOfSnapshot(): StructRuns {
    if (this.#snapshotRuns === undefined) {
      this.#snapshotRuns = new StructRuns();
      if (this.#snapshot !== undefined) this.#snapshotRuns.append(this.#snapshot, new Map());
    }
    return this.#snapshotRuns;
  }
}
