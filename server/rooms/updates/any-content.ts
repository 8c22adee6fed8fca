/**
 * Walks over the content of one struct of a document that may hold whatever Yjs documents hold (`--documents any`),
 * so that nothing is passed on that makes a client's Yjs throw.
 *
 * R1  Nesting is limited: a client that reads it recursively must not run out of stack.
 * R2  No key is `__proto__`: lib0 assigns it, and so changes the prototype of what it reads.
 */
import { MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import type { StructReader } from './struct-reader';

/** Arrays and objects inside each other, in lib0's encoding and in JSON. */
const DEEPEST = 64;
/** Element and hook of Y.Xml carry a name; the others (`typeRefs` in Yjs' ContentType.js, 0–6) nothing. */
const XML_ELEMENT = 3;
const XML_HOOK = 5;
const LAST_TYPE = 6;
const SUBDOCUMENT_OPTIONS: ReadonlySet<string> = new Set(['gc', 'autoLoad', 'meta']);

/** Returns how many clocks the content takes. Throws {@link MalformedBytes}. */
export function readAnyContent(reader: StructReader, content: number): number {
  switch (content) {
    case 1:
      return reader.readLength();
    case 2:
      return readSeveral(reader, readJsonOrUndefined);
    case 3:
      reader.readVarBytes();
      return 1;
    case 4:
      return reader.readText(true);
    case 5:
      readJson(reader.readVarString());
      return 1;
    case 6:
      reader.readVarString();
      readJson(reader.readVarString());
      return 1;
    case 7:
      readType(reader);
      return 1;
    case 8:
      return readSeveral(reader, (each) => readAny(each, DEEPEST));
    case 9:
      reader.readVarString();
      readSubdocumentOptions(reader);
      return 1;
    default:
      throw new MalformedBytes(`unknown content ${content}`);
  }
}

function readSeveral(reader: StructReader, read: (reader: StructReader) => void): number {
  const count = reader.readCount(1);
  if (count === 0) throw new MalformedBytes('a struct of nothing');
  for (let index = 0; index < count; index++) read(reader);
  return count;
}

function readType(reader: StructReader): void {
  const type = reader.readVarUint();
  if (type > LAST_TYPE) throw new MalformedBytes('a type of no kind');
  if (type === XML_ELEMENT || type === XML_HOOK) reader.readVarString();
}

function readSubdocumentOptions(reader: StructReader): void {
  if (reader.readByte() !== 118) throw new MalformedBytes('a subdocument without options');
  readObject(reader, DEEPEST, SUBDOCUMENT_OPTIONS);
}

/** One value as lib0's `writeAny` writes it. */
function readAny(reader: StructReader, depth: number): void {
  if (depth === 0) throw new MalformedBytes('nested too deeply');
  const type = reader.readByte();
  switch (type) {
    case 127:
    case 126:
    case 121:
    case 120:
      return;
    case 125:
      readVarInt(reader);
      return;
    case 124:
      reader.readBytes(4);
      return;
    case 123:
    case 122:
      reader.readBytes(8);
      return;
    case 119:
      reader.readVarString();
      return;
    case 118:
      readObject(reader, depth);
      return;
    case 117: {
      const count = reader.readCount(1);
      for (let index = 0; index < count; index++) readAny(reader, depth - 1);
      return;
    }
    case 116:
      reader.readVarBytes();
      return;
    default:
      throw new MalformedBytes('a value of no kind');
  }
}

function readObject(reader: StructReader, depth: number, keys?: ReadonlySet<string>): void {
  const count = reader.readCount(2);
  for (let index = 0; index < count; index++) {
    const key = reader.readVarString();
    if (key === '__proto__' || keys?.has(key) === false) throw new MalformedBytes('a forbidden key');
    readAny(reader, depth - 1);
  }
}

/** lib0's `writeVarInt`: the first byte has a sign and six bits. The value itself is of no interest. */
function readVarInt(reader: StructReader): void {
  if (reader.readByte() >= 0x80) reader.readVarUint();
}

function readJsonOrUndefined(reader: StructReader): void {
  const text = reader.readVarString();
  if (text !== 'undefined') readJson(text);
}

function readJson(text: string): void {
  if (deepestNesting(text) > DEEPEST) throw new MalformedBytes('nested too deeply');
  try {
    JSON.parse(text);
  } catch {
    throw new MalformedBytes('not JSON');
  }
}

function deepestNesting(json: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let index = 0; index < json.length; index++) {
    const character = json[index];
    if (isInString) {
      if (character === '\\') index++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}
