/**
 * How many words a piece of a line has. (pure)
 *
 * R1  Words are what `Intl.Segmenter` takes for words.
 * R2  It takes about two microseconds for each character: a page of text would be a frame's worth. So what is written in plain Latin
 *     letters is counted here, by the same rules (Unicode's UAX 29), and it is asked only about the rest, from space to space.
 */

/** What a character does to words. `unknown`: the segmenter has to say. */
type Kind = 'none' | 'letter' | 'digit' | 'underscore' | 'joins-both' | 'joins-digits' | 'unknown';

const segmenter = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter(undefined, { granularity: 'word' }) : undefined;

export function countWords(piece: string): number {
  let words = 0;
  for (let from = 0; from < piece.length; ) {
    const space = piece.indexOf(' ', from);
    const to = space === -1 ? piece.length : space;
    words += countPlain(piece, from, to) ?? countAny(piece.slice(from, to));
    from = to + 1;
  }
  return words;
}

/** `undefined` when there is something in it that only the segmenter knows. */
function countPlain(piece: string, from: number, to: number): number | undefined {
  let words = 0;
  let isCounted = false;
  let before: Kind = 'none';
  let last: Kind = 'none';
  for (let at = from; at < to; at++) {
    const kind = kindAt(piece, at);
    if (kind === 'unknown') return undefined;
    if (isInWord(kind)) {
      const isFirst = !isInWord(last) && !isJoined(before, last, kind);
      if (isFirst) isCounted = false;
      // One underscore alone is none; two are.
      if (!isCounted && !(isFirst && kind === 'underscore')) {
        words++;
        isCounted = true;
      }
    }
    before = last;
    last = kind;
  }
  return words;
}

function countAny(text: string): number {
  if (segmenter === undefined) return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  let words = 0;
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike) words++;
  return words;
}

function isInWord(kind: Kind): boolean {
  return kind === 'letter' || kind === 'digit' || kind === 'underscore';
}

/** As in don’t and 3.14. */
function isJoined(before: Kind, between: Kind, after: Kind): boolean {
  if (before !== after) return false;
  return after === 'letter' ? between === 'joins-both' : after === 'digit' && (between === 'joins-both' || between === 'joins-digits');
}

const KINDS: readonly Kind[] = Array.from({ length: 0x250 }, (_, code) => kindOf(code));

function kindOf(code: number): Kind {
  const character = String.fromCharCode(code);
  if (/[0-9]/.test(character)) return 'digit';
  if (character === '_') return 'underscore';
  if (/['.]/.test(character)) return 'joins-both';
  if (/[,;]/.test(character)) return 'joins-digits';
  if (/[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]/.test(character)) return 'letter';
  return code > 0x20 && code < 0x7f && character !== ':' ? 'none' : 'unknown';
}

function kindAt(piece: string, at: number): Kind {
  const code = piece.charCodeAt(at);
  if (code < KINDS.length) {
    // Between letters a colon joins in some languages.
    return code === COLON && !(isLetter(piece, at - 1) && isLetter(piece, at + 1)) ? 'none' : (KINDS[code] as Kind);
  }
  if (code === 0x2018 || code === 0x2019) return 'joins-both';
  return DASHES_AND_QUOTES.has(code) ? 'none' : 'unknown';
}

const COLON = 0x3a;
/** – — “ ” „ • … */
const DASHES_AND_QUOTES = new Set([0x2013, 0x2014, 0x201c, 0x201d, 0x201e, 0x2022, 0x2026]);

function isLetter(piece: string, at: number): boolean {
  return KINDS[piece.charCodeAt(at)] === 'letter';
}
