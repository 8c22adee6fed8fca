/**
 * The only part that knows Yjs, in a process of its own that ends before or begins after what is measured:
 *
 * `make <folder> <edits> [trace]` turns recorded writing into updates, `write <folder> <characters>` writes prose,
 * `verify <received file> <reply file>` says what texts they come to. Each prints one line of JSON.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as Y from 'yjs';
import { concatAll, varBytes } from './bytes.ts';
import { randomFrom } from './random.ts';
import { type Passage, type RecordedHistory, readUpdates, type WrittenText } from './recorded-history.ts';

/** Position, how many characters go, what comes. */
type Patch = readonly [number, number, string];

interface Trace {
  readonly txns: readonly { readonly patches: readonly Patch[] }[];
}

const CLIENT = 424_242;
const LAST_TEXT = '~^the end^~';
const OLD_PART = 0.9;
const FIRST_TEXT_LENGTH = 24;
const PASSAGE_LENGTH = 1_500;
const LINE_LENGTH = 70;
/** With the empty one behind it. */
const PARAGRAPH_LINES = 6;
/** Large texts are written as an import writes them: in a few large pieces. */
const PIECE_LENGTH = 100_000;

function make(folder: string, edits: number, trace: string | undefined): RecordedHistory {
  const doc = new Y.Doc();
  doc.clientID = CLIENT;
  const text = doc.getText('content');
  const updates: Uint8Array[] = [];
  let oldStateVector: Uint8Array = Uint8Array.of(0);
  doc.on('update', (update: Uint8Array) => updates.push(update));
  const patches = trace === undefined ? standIn(edits) : recorded(trace).slice(0, edits);
  const oldAt = Math.floor(patches.length * OLD_PART);
  for (const [index, [at, deleted, inserted]] of patches.entries()) {
    if (index === oldAt) oldStateVector = Y.encodeStateVector(doc);
    if (deleted > 0) text.delete(at, deleted);
    if (inserted !== '') text.insert(at, inserted);
  }
  text.insert(text.length, LAST_TEXT);
  const compacted = Y.encodeStateAsUpdate(doc);
  const updatesFile = join(folder, 'updates');
  const compactedFile = join(folder, 'compacted');
  writeFileSync(updatesFile, concatAll(updates.map(varBytes)));
  writeFileSync(compactedFile, compacted);
  return {
    name: trace === undefined ? `a seeded stand-in of ${patches.length} edits` : `automerge-paper, ${patches.length} edits`,
    updatesFile,
    updates: updates.length,
    compactedFile,
    compactedBytes: compacted.length,
    oldStateVector: [...oldStateVector],
    fullStateVector: [...Y.encodeStateVector(doc)],
    textSha256: hash(text.toString()),
    characters: text.length,
    firstText: firstTextOf(text.toString()),
    middle: passage(text, Math.floor((text.length - PASSAGE_LENGTH) / 2)),
    lastText: LAST_TEXT,
  };
}

function passage(text: Y.Text, from: number): Passage {
  const clocks: number[] = [];
  const to = from + PASSAGE_LENGTH;
  let at = 0;
  for (let item = text._start; item !== null && at < to; item = item.right) {
    if (item.deleted || !item.countable) continue;
    for (let offset = 0; offset < item.length; offset++, at++) if (at >= from && at < to) clocks.push(item.id.clock + offset);
  }
  const half = text.toString().slice(from + PASSAGE_LENGTH / 2, to);
  const words = /[^\n]{20,40}/.exec(half)?.[0];
  if (words === undefined) throw new Error('the middle of the text has no words');
  return { client: CLIENT, clocks, words };
}

function write(folder: string, characters: number): WrittenText {
  const doc = new Y.Doc();
  doc.clientID = CLIENT;
  const content = doc.getText('content');
  const text = `${prose(characters - LAST_TEXT.length)}${LAST_TEXT}`;
  for (let at = 0; at < text.length; at += PIECE_LENGTH) content.insert(at, text.slice(at, at + PIECE_LENGTH));
  const updateFile = join(folder, 'text');
  writeFileSync(updateFile, Y.encodeStateAsUpdate(doc));
  return { updateFile, characters: text.length, firstText: firstTextOf(text), lastText: LAST_TEXT };
}

/** Seeded words in lines, a few lines a paragraph. No digits: what a bench types into it can be told apart. */
function prose(characters: number): string {
  const random = randomFrom(2);
  const lines: string[] = [];
  let line = '';
  for (let length = 0; length < characters; ) {
    line += `${Array.from({ length: 2 + Math.floor(8 * random()) }, () => String.fromCharCode(97 + Math.floor(26 * random()))).join('')} `;
    if (line.length < LINE_LENGTH) continue;
    lines.push(line);
    length += line.length + 1;
    line = '';
    if (lines.length % PARAGRAPH_LINES !== PARAGRAPH_LINES - 1) continue;
    lines.push('');
    length++;
  }
  return lines.join('\n').slice(0, characters);
}

/** What the first line begins with: whoever sees it sees the document. */
function firstTextOf(text: string): string {
  return text.slice(0, text.indexOf('\n')).slice(0, FIRST_TEXT_LENGTH);
}

function verify(receivedFile: string, replyFile: string): { readonly received: string; readonly reply: string } {
  const receiver = new Y.Doc();
  Y.transact(receiver, () => {
    for (const update of readUpdates(receivedFile)) Y.applyUpdate(receiver, update);
  });
  const joiner = new Y.Doc();
  Y.applyUpdate(joiner, readFileSync(replyFile));
  return { received: hash(receiver.getText('content').toString()), reply: hash(joiner.getText('content').toString()) };
}

function recorded(path: string): Patch[] {
  const trace = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Trace;
  const patches = trace.txns.flatMap((transaction) => transaction.patches);
  // Positions count code points, Yjs counts UTF-16 units.
  if (patches.some(([, , inserted]) => /[\u{10000}-\u{10FFFF}]/u.test(inserted))) throw new Error(`${path} has characters of two units`);
  return patches;
}

/** Writes, goes back, deletes: about as a person does. */
function standIn(edits: number): Patch[] {
  const random = randomFrom(1);
  const patches: Patch[] = [];
  let length = 0;
  let cursor = 0;
  for (let edit = 0; edit < edits; edit++) {
    if (random() < 0.03) cursor = Math.floor(random() * (length + 1));
    if (random() < 0.2 && cursor > 0) {
      patches.push([--cursor, 1, '']);
      length--;
    } else {
      patches.push([cursor++, 0, random() < 0.17 ? ' ' : String.fromCharCode(97 + Math.floor(random() * 26))]);
      length++;
    }
  }
  return patches;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const [action, first = '', second = '', third] = process.argv.slice(2);
const result =
  action === 'make' ? make(first, Number(second), third) : action === 'write' ? write(first, Number(second)) : verify(first, second);
process.stdout.write(`${JSON.stringify(result)}\n`);
