/**
 * Reads the structs of a Yjs update (format v1) one by one, out of bytes that nobody has checked yet.
 *
 * R1  Nothing is read past the end, and nothing is allocated for a length that bytes merely claim.
 * R2  No struct is empty: an empty one applies once and can never be loaded again.
 * R3  A garbage-collected or skipped struct carries no flags: Yjs has two readers, and they disagree about such a byte.
 * R4  Text is well-formed UTF-8 without lone surrogates.
 * R5  `text` documents hold characters and what is left of deleted ones, in the Y.Texts `content` and `title`, without CR
 *     (CodeMirror would count CRLF as one character, Yjs as two).
 */
import { ByteReader, MalformedBytes } from '../../../src/shared/protocol/byte-reader';
import { Rejected } from '../../../src/shared/protocol/rejections';
import type { DocumentRules } from '../ports';
import { readAnyContent } from './any-content';

/** Content references of Yjs (its `Item.js`, `contentRefs`), as far as they are told apart here. */
export const GARBAGE = 0;
export const DELETED = 1;
export const TEXT = 4;
export const SKIP = 10;

/** Clocks stay below this: Yjs computes with them as small integers. */
export const CLOCK_END = 2 ** 31;
/** In the place of a client id: this struct names nobody here. */
export const NOBODY = -1;

const HAS_ORIGIN = 0x80;
const HAS_RIGHT_ORIGIN = 0x40;
const HAS_KEY = 0x20;
const ROOTS: ReadonlySet<string> = new Set(['content', 'title']);

/** Holds the struct that was read last in its own fields, so that reading one allocates nothing. */
export class StructReader extends ByteReader {
  content = GARBAGE;
  /** How many clocks it takes: UTF-16 code units of text, else elements. */
  length = 0;
  originClient = NOBODY;
  originClock = 0;
  rightClient = NOBODY;
  rightClock = 0;
  /** The struct whose content is the parent; {@link NOBODY} for a root. */
  parentClient = NOBODY;
  parentClock = 0;

  /** Throws {@link MalformedBytes} (R1–R4) or {@link Rejected} (R5). */
  readStruct(documents: DocumentRules): void {
    const info = this.readByte();
    this.content = info & 0x1f;
    this.originClient = NOBODY;
    this.rightClient = NOBODY;
    this.parentClient = NOBODY;
    if (this.content === GARBAGE || this.content === SKIP) {
      if (info !== this.content) throw new MalformedBytes('a struct without content has flags');
      this.length = this.readLength();
      if (this.content === GARBAGE && documents === 'text') throw new Rejected('other-roots', 'garbage-collected structs');
      return;
    }
    if ((info & HAS_ORIGIN) !== 0) {
      this.originClient = this.readVarUint();
      this.originClock = this.readVarUint();
    }
    if ((info & HAS_RIGHT_ORIGIN) !== 0) {
      this.rightClient = this.readVarUint();
      this.rightClock = this.readVarUint();
    }
    if ((info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN)) === 0) this.#readParent(documents, (info & HAS_KEY) !== 0);
    if (documents === 'any') {
      this.length = readAnyContent(this, this.content);
      return;
    }
    if ((info & HAS_KEY) !== 0) throw new Rejected('other-roots', 'an entry of a map');
    if (this.content === TEXT) this.length = this.readText(false);
    else if (this.content === DELETED) this.length = this.readLength();
    else if (this.content < SKIP) throw new Rejected('other-roots', `content of kind ${this.content}`);
    else throw new MalformedBytes(`unknown content ${this.content}`);
  }

  /** A length, at least 1 and within the clocks. */
  readLength(): number {
    const length = this.readVarUint();
    if (length === 0 || length >= CLOCK_END) throw new MalformedBytes('a struct has an impossible length');
    return length;
  }

  /** A count of things that take at least `smallest` bytes each: never more than can still follow. */
  readCount(smallest: number): number {
    const count = this.readVarUint();
    if (count > this.remaining / smallest) throw new MalformedBytes('a count is larger than what follows');
    return count;
  }

  /** Walks over text that must not be empty and returns its length in UTF-16 code units, without making a string. */
  readText(mayHaveCarriageReturns: boolean): number {
    const units = this.#walkText(this.readVarUint(), mayHaveCarriageReturns);
    if (units === 0) throw new MalformedBytes('an empty text');
    return units;
  }

  #readParent(documents: DocumentRules, hasKey: boolean): void {
    const isRoot = this.readVarUint();
    if (isRoot === 1) {
      const root = this.readVarString();
      if (documents === 'text' && !ROOTS.has(root)) throw new Rejected('other-roots', 'another root');
    } else if (isRoot === 0) {
      this.parentClient = this.readVarUint();
      this.parentClock = this.readVarUint();
      if (documents === 'text') throw new Rejected('other-roots', 'a nested type');
    } else throw new MalformedBytes('a parent of no kind');
    if (hasKey) this.readVarString();
  }

  #walkText(byteLength: number, mayHaveCarriageReturns: boolean): number {
    if (byteLength > this.remaining) throw new MalformedBytes('a length points past the end');
    const bytes = this.bytes;
    const end = this.position + byteLength;
    let units = 0;
    let at = this.position;
    while (at < end) {
      const lead = bytes[at] as number;
      if (lead < 0x80) {
        if (lead === 0x0d && !mayHaveCarriageReturns) throw new MalformedBytes('text with CR');
        at++;
        units++;
        continue;
      }
      const size = sizeOfCharacter(lead, bytes[at + 1] ?? 0);
      if (at + size > end) throw new MalformedBytes('a string is not UTF-8');
      for (let next = at + 1; next < at + size; next++) {
        if (((bytes[next] as number) & 0xc0) !== 0x80) throw new MalformedBytes('a string is not UTF-8');
      }
      at += size;
      units += size === 4 ? 2 : 1;
    }
    this.position = end;
    return units;
  }
}

/** Bytes of a UTF-8 character by its first two (RFC 3629, section 4): overlong forms, surrogates and > U+10FFFF are none. */
function sizeOfCharacter(lead: number, second: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef && !(lead === 0xe0 && second < 0xa0) && !(lead === 0xed && second > 0x9f)) return 3;
  if (lead >= 0xf0 && lead <= 0xf4 && !(lead === 0xf0 && second < 0x90) && !(lead === 0xf4 && second > 0x8f)) return 4;
  throw new MalformedBytes('a string is not UTF-8');
}
