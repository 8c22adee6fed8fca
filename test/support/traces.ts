/**
 * Real writing, recorded character by character, as Yjs updates. Traces are looked for in `../shared/traces` beside the
 * repository, or in the folder that WEFT_TRACES names; without them a seeded writer stands in, and a line says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as Y from 'yjs';
import { below, randomFrom } from './random';

export type SingleTypistName = 'automerge-paper' | 'sveltecomponent';

export interface SingleTypistTrace {
  readonly name: string;
  /** What the document says in the end. */
  readonly endContent: string;
  /** A seeded writer stands in because the trace is not there. */
  readonly isStandIn: boolean;
  /** Deletions and insertions, each on its own. */
  readonly edits: number;
  /** One update an edit, in order; all by the same client id. */
  updates(): Iterable<Uint8Array>;
  /** Writes all of it into an empty text, one transaction an edit; between two of them whoever asks has its turn. */
  typeInto(text: Y.Text): Iterable<void>;
}

export interface TwoTypistsTrace {
  readonly name: string;
  readonly endContent: string;
  readonly isStandIn: boolean;
  /** By agent (client ids 1 and 2): its own updates, in order. An update of one may need updates of the other. */
  readonly updatesByAgent: readonly [readonly Uint8Array[], readonly Uint8Array[]];
  /** All updates in the order of the recording: each has what it needs before it. */
  readonly updates: readonly RecordedUpdate[];
}

export interface RecordedUpdate {
  readonly agent: 0 | 1;
  readonly update: Uint8Array;
  /** How many updates of the other agent it stands on. */
  readonly needs: number;
}

type Patch = readonly [position: number, deleted: number, inserted: string];
interface SingleFile {
  readonly startContent: string;
  readonly endContent: string;
  readonly txns: readonly { readonly patches: readonly Patch[] }[];
}
interface ConcurrentFile {
  readonly endContent: string;
  readonly txns: readonly { readonly parents: readonly number[]; readonly agent: 0 | 1; readonly patches: readonly Patch[] }[];
}

const FOLDER = process.env.WEFT_TRACES ?? resolve(import.meta.dirname, '../../../shared/traces');
const STAND_IN_SEED = 20_260_101;
const SINGLE_CLIENT = 1;

export function readSingleTypist(name: SingleTypistName): SingleTypistTrace {
  const recorded = readTrace<SingleFile>(name);
  const file = recorded ?? standInForOne(name === 'automerge-paper' ? 60_000 : 15_000);
  const edits = file.txns.reduce((count, { patches }) => count + patches.length, 0);
  return {
    name,
    endContent: file.endContent,
    isStandIn: recorded === undefined,
    edits,
    updates: () => updatesOfOne(file),
    typeInto: (text) => typeOne(file, text),
  };
}

export function readTwoTypists(): TwoTypistsTrace {
  const name = 'friendsforever';
  const recorded = readTrace<ConcurrentFile>(name);
  const made = recorded === undefined ? standInForTwo(6_000) : updatesOfTwo(recorded);
  const updatesByAgent: [Uint8Array[], Uint8Array[]] = [[], []];
  for (const { agent, update } of made.updates) updatesByAgent[agent].push(update);
  return { name, endContent: made.endContent, isStandIn: recorded === undefined, updatesByAgent, updates: made.updates };
}

function readTrace<File>(name: string): File | undefined {
  const path = join(FOLDER, `${name}.json.gz`);
  if (existsSync(path)) return JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as File;
  process.stdout.write(`  ${path} is missing: a seeded writer stands in for ${name}\n`);
  return undefined;
}

function* updatesOfOne(file: SingleFile): Iterable<Uint8Array> {
  const doc = new Y.Doc();
  doc.clientID = SINGLE_CLIENT;
  const text = doc.getText('content');
  let made: Uint8Array | undefined;
  doc.on('update', (update: Uint8Array) => {
    made = update;
  });
  for (const _ of typeOne(file, text)) {
    if (made !== undefined) yield made;
    made = undefined;
  }
}

function* typeOne(file: SingleFile, text: Y.Text): Iterable<void> {
  const position = codePointPositions(file);
  const transactions = file.startContent === '' ? file.txns : [{ patches: [[0, 0, file.startContent] as const] }, ...file.txns];
  for (const { patches } of transactions) {
    for (const patch of patches) {
      text.doc?.transact(() => applyPatch(text, patch, position));
      yield;
    }
  }
}

/** Positions count code points; only text beyond the basic plane makes that differ from what Yjs counts. */
function codePointPositions(file: { endContent: string; txns: readonly { patches: readonly Patch[] }[] }): typeof sameUnits {
  const isPlain = file.txns.every(({ patches }) => patches.every(([, , inserted]) => !/[\u{10000}-\u{10FFFF}]/u.test(inserted)));
  return isPlain ? sameUnits : unitsOfCodePoints;
}

function sameUnits(_text: Y.Text, at: number, length: number): readonly [number, number] {
  return [at, length];
}

function unitsOfCodePoints(text: Y.Text, at: number, length: number): readonly [number, number] {
  const characters = [...text.toString()];
  const start = characters.slice(0, at).join('').length;
  return [start, characters.slice(at, at + length).join('').length];
}

function applyPatch(text: Y.Text, [at, deleted, inserted]: Patch, position: typeof sameUnits): void {
  const [start, length] = position(text, at, deleted);
  if (length > 0) text.delete(start, length);
  if (inserted !== '') text.insert(start, inserted);
}

/** One Y.Doc per agent that has received exactly what each transaction's parents stand for. */
function updatesOfTwo(file: ConcurrentFile): { endContent: string; updates: TwoTypistsTrace['updates'] } {
  const docs = [agentDoc(1), agentDoc(2)] as const;
  const position = codePointPositions(file);
  const updates: RecordedUpdate[] = [];
  /** Of each transaction: how many updates of either agent it stands on, itself included. */
  const reached: (readonly [number, number])[] = [];
  const byAgent: [Uint8Array[], Uint8Array[]] = [[], []];
  const received: [number, number] = [0, 0];
  for (const { parents, agent, patches } of file.txns) {
    const other = agent === 0 ? 1 : 0;
    const needed = Math.max(0, ...parents.map((parent) => reached[parent]?.[other] ?? 0));
    for (; received[agent] < needed; received[agent]++) Y.applyUpdate(docs[agent], byAgent[other][received[agent]] as Uint8Array, 'other');
    if (received[agent] !== needed) throw new Error('a transaction stands on less than its agent has seen');
    let made: Uint8Array | undefined;
    const listen = (update: Uint8Array) => {
      made = update;
    };
    docs[agent].on('update', listen);
    docs[agent].transact(() => {
      for (const patch of patches) applyPatch(docs[agent].getText('content'), patch, position);
    });
    docs[agent].off('update', listen);
    const update = made ?? Uint8Array.of(0, 0);
    byAgent[agent].push(update);
    updates.push({ agent, update, needs: needed });
    reached.push(agent === 0 ? [byAgent[0].length, needed] : [needed, byAgent[1].length]);
  }
  return { endContent: file.endContent, updates };
}

function agentDoc(client: number): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = client;
  return doc;
}

/** Writes, goes back, deletes: in the proportions of a person, about. */
function nextPatch(random: () => number, length: number, cursor: number): Patch {
  const at = random() < 0.03 ? below(random, length + 1) : Math.min(cursor, length);
  if (random() < 0.2 && at > 0) return [at - 1, 1, ''];
  const character = random() < 0.15 ? ' ' : random() < 0.02 ? '\n' : String.fromCharCode(97 + below(random, 26));
  return [at, 0, character];
}

function standInForOne(edits: number): SingleFile {
  const random = randomFrom(STAND_IN_SEED);
  const doc = new Y.Doc();
  const text = doc.getText('content');
  const txns: { patches: Patch[] }[] = [];
  let cursor = 0;
  for (let edit = 0; edit < edits; edit++) {
    const patch = nextPatch(random, text.length, cursor);
    applyPatch(text, patch, sameUnits);
    cursor = patch[0] + patch[2].length;
    txns.push({ patches: [patch] });
  }
  return { startContent: '', endContent: text.toString(), txns };
}

function standInForTwo(edits: number): { endContent: string; updates: TwoTypistsTrace['updates'] } {
  const random = randomFrom(STAND_IN_SEED);
  const docs = [agentDoc(1), agentDoc(2)] as const;
  const updates: RecordedUpdate[] = [];
  const underWay: [Uint8Array[], Uint8Array[]] = [[], []];
  for (const [agent, doc] of docs.entries()) {
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'other') return;
      const other = agent === 0 ? 1 : 0;
      const made = updates.filter((each) => each.agent === other).length;
      updates.push({ agent: agent as 0 | 1, update, needs: made - underWay[agent as 0 | 1].length });
      underWay[other].push(update);
    });
  }
  const cursors: [number, number] = [0, 0];
  for (let edit = 0; edit < edits; edit++) {
    const agent = random() < 0.5 ? 0 : 1;
    if (random() < 0.2) for (const update of underWay[agent].splice(0)) Y.applyUpdate(docs[agent], update, 'other');
    const text = docs[agent].getText('content');
    const patch = nextPatch(random, text.length, cursors[agent]);
    applyPatch(text, patch, sameUnits);
    cursors[agent] = patch[0] + patch[2].length;
  }
  for (const agent of [0, 1] as const) for (const update of underWay[agent]) Y.applyUpdate(docs[agent], update, 'other');
  return { endContent: docs[0].getText('content').toString(), updates };
}
