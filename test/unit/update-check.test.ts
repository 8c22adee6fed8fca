import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { DEFAULT_LIMITS } from '../../server/rooms/limits';
import { decodeStateVector, emptyKnowledge, encodeStateVector, type Knowledge, learn } from '../../server/rooms/updates/knowledge';
import { checkUpdate, type UpdateRules, type Verdict } from '../../server/rooms/updates/update-check';
import { MalformedBytes } from '../../src/shared/protocol/byte-reader';
import { Rejected } from '../../src/shared/protocol/rejections';
import { ANY_RULES, TEXT_RULES } from '../support/honest-session';

const CONTENT = '01 07 63 6f 6e 74 65 6e 74';
/** Client 100 has written `hello world` (clocks 0–10). */
const HELLO = `01 01 64 00 04 ${CONTENT} 0b 68 65 6c 6c 6f 20 77 6f 72 6c 64 00`;

describe('bad updates (numbers are rows of the list of bad inputs)', () => {
  it.each<[string, string, string]>([
    ['no byte at all', '', 'malformed'],
    ['13: 33,554,431 structs in seven bytes', '01 ff ff ff 0f 05 00', 'malformed'],
    ['14: 2^32 structs', '01 80 80 80 80 10 05 00 00 00', 'malformed'],
    ['15: 2^53 − 1 clients', 'ff ff ff ff ff ff ff 0f 00', 'malformed'],
    ['15: a number of more than 2^53 − 1', 'ff ff ff ff ff ff ff ff 0f 00', 'malformed'],
    ['16: garbage of length 2^53 − 1', '01 01 05 00 00 ff ff ff ff ff ff ff 0f 00', 'malformed'],
    ['17: garbage of length 0', '01 01 64 0b 00 00 00', 'malformed'],
    ['17: garbage of length 0, the shortest', '01 01 05 00 00 00 00', 'malformed'],
    ['18: a deleted struct of length 0', '01 01 c8 01 00 81 64 0a 00 00', 'malformed'],
    ['19: an empty string', `01 01 05 00 04 ${CONTENT} 00 00`, 'malformed'],
    ['20: a deleted struct of length 2^50', `01 01 05 00 01 ${CONTENT} 80 80 80 80 80 80 80 02 00`, 'malformed'],
    ['23: a struct that names itself', '01 01 05 00 84 05 00 01 78 00', 'malformed'],
    ['23: a struct whose right is a later one', `01 01 05 00 44 05 07 01 78 00`, 'malformed'],
    ['24: two that wait for each other', '02 01 06 00 84 05 00 01 78 01 05 00 84 06 00 01 78 00', 'malformed'],
    ['26: content 11', `01 01 05 00 0b ${CONTENT} 01 00`, 'malformed'],
    ['26: content 15', `01 01 05 00 0f ${CONTENT} 01 00`, 'malformed'],
    ['26: content 31', `01 01 05 00 1f ${CONTENT} 01 00`, 'malformed'],
    ['27: bytes that are not UTF-8', `01 01 05 00 04 ${CONTENT} 02 ff fe 00`, 'malformed'],
    ['27: an overlong character', `01 01 05 00 04 ${CONTENT} 02 c0 80 00`, 'malformed'],
    ['27: half a surrogate pair in UTF-8', `01 01 05 00 04 ${CONTENT} 03 ed a0 bd 00`, 'malformed'],
    ['27: beyond the last character', `01 01 05 00 04 ${CONTENT} 04 f4 90 80 80 00`, 'malformed'],
    ['27: a character cut off by the end of the string', `01 01 05 00 04 ${CONTENT} 01 c3 00`, 'malformed'],
    ['28: a string that claims 2 GB', `01 01 05 00 04 ${CONTENT} 80 80 80 80 08 61 00`, 'malformed'],
    ['29, 30: content any', `01 01 05 00 08 ${CONTENT} 01 7e 00`, 'other-roots'],
    ['31: a subdocument', `01 01 05 00 09 ${CONTENT} 01 67 76 00 00`, 'other-roots'],
    ['32: an embed', `01 01 05 00 05 ${CONTENT} 02 7b 7d 00`, 'other-roots'],
    ['32: a format', `01 01 05 00 06 ${CONTENT} 01 62 01 31 00`, 'other-roots'],
    ['32: a nested type', `01 01 05 00 07 ${CONTENT} 01 00`, 'other-roots'],
    ['33: another root', '01 01 05 00 04 01 04 65 76 69 6c 01 78 00', 'other-roots'],
    ['33: an entry of a map', `01 01 05 00 24 ${CONTENT} 01 6b 01 78 00`, 'other-roots'],
    ['33: a parent that is a struct', '01 01 05 00 04 00 64 00 01 78 00', 'other-roots'],
    ['34: text with CRLF', `01 01 05 00 04 ${CONTENT} 02 0d 0a 00`, 'malformed'],
    ['35: a delete set cut by a byte', `01 01 05 00 04 ${CONTENT} 01 78 01 64 01 00`, 'malformed'],
    ['36: zero bytes after the end', `01 01 05 00 04 ${CONTENT} 01 78 00${' 00'.repeat(1000)}`, 'malformed'],
    ['37: 10^9 deletions claimed', '00 01 64 80 94 eb dc 03 00 01', 'malformed'],
    ['37: a deletion of nothing', '00 01 64 01 00 00', 'malformed'],
    [
      '39: 27 bytes that begin as format v2 does',
      '00 00 05 c4 e5 fe ff 0f 01 00 00 01 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
      'malformed',
    ],
    ['a client that comes twice', `02 01 05 00 04 ${CONTENT} 01 78 01 05 01 84 05 00 01 78 00`, 'malformed'],
    ['a client that comes twice in the delete set', '00 02 64 01 00 01 64 01 02 01', 'malformed'],
    ['a client without structs', '01 00 64 0b 00 00 00 00 00', 'malformed'],
    ['garbage with flags, which one reader of Yjs takes for an item', '01 01 05 00 80 01 00', 'malformed'],
    ['a skip with flags', '01 01 05 00 8a 01 00', 'malformed'],
    ['garbage in a document of text', '01 01 05 00 00 01 00', 'other-roots'],
    ['what follows a skip is malformed', '01 02 64 0b 0a 05 84 64 02 00 00', 'malformed'],
  ])('%s', (_, bytes, expected) => {
    const knowledge = knowHello();
    const before = fingerprint(knowledge);
    expect(outcome(bytes, knowledge)).toBe(expected);
    expect(fingerprint(knowledge)).toBe(before);
  });

  it('20: clocks end below 2^31', () => {
    expect(outcome(`01 01 05 00 01 ${CONTENT} ff ff ff ff 07 00`, emptyKnowledge())).toBe('accepted');
    expect(outcome(`01 01 05 00 01 ${CONTENT} 80 80 80 80 08 00`, emptyKnowledge())).toBe('malformed');
    expect(outcome(`01 02 05 00 01 ${CONTENT} ff ff ff ff 07 84 05 00 01 78 00`, emptyKnowledge())).toBe('malformed');
  });

  it('38: format v2 is refused', () => {
    const doc = new Y.Doc();
    doc.getText('content').insert(0, 'hello');
    expect(refusalOf(Y.encodeStateAsUpdateV2(doc), emptyKnowledge())).toBe('malformed');
    expect(refusalOf(Y.encodeStateAsUpdateV2(new Y.Doc()), emptyKnowledge())).toBe('malformed');
  });

  it('40: 300,000 clients, and more clients than a document may have', () => {
    const block = (client: number) => `01 ${varUint(client)} 00 04 ${CONTENT} 01 78`;
    const many = hex(`${varUint(1001)} ${Array.from({ length: 1001 }, (_, index) => block(index)).join(' ')} 00`);
    expect(refusalOf(many, emptyKnowledge())).toBe('too-large');
    const rules: UpdateRules = { documents: 'text', limits: { ...DEFAULT_LIMITS, documentClients: 1 } };
    expect(refusalOf(hex(`01 ${block(7)} 00`), knowHello(), rules)).toBe('too-large');
    expect(checkUpdate(hex(`01 ${block(7)} 00`), emptyKnowledge(), rules).type).toBe('accepted');
  });

  it('limits bytes, structs and deletions of an update', () => {
    const limited = (limits: Partial<UpdateRules['limits']>): UpdateRules => ({
      documents: 'text',
      limits: { ...DEFAULT_LIMITS, ...limits },
    });
    const two = hex('01 02 64 0b 84 64 0a 01 78 84 64 0b 01 78 01 64 02 00 01 03 01');
    expect(checkUpdate(two, knowHello(), TEXT_RULES).type).toBe('accepted');
    expect(refusalOf(two, knowHello(), limited({ documentBytes: two.length - 1 }))).toBe('too-large');
    expect(refusalOf(two, knowHello(), limited({ updateStructs: 1 }))).toBe('too-large');
    expect(refusalOf(hex('00 01 64 02 00 01 03 01'), knowHello(), limited({ updateStructs: 1 }))).toBe('too-large');
  });

  it('24: an honest order is found wherever the blocks are', () => {
    // 6 writes x, 5 writes after it, 6 writes after that: each block needs the other, but no struct waits in a circle.
    const update = hex(`02 01 05 00 84 06 00 01 62 02 06 00 04 ${CONTENT} 01 61 84 05 00 01 63 00`);
    expect(checkUpdate(update, emptyKnowledge(), TEXT_RULES).type).toBe('accepted');
    const doc = new Y.Doc();
    Y.applyUpdate(doc, update);
    expect(doc.getText('content').toString()).toBe('abc');
  });
});

describe('gaps (R3)', () => {
  it.each([
    ['21: a clock far ahead of an unknown client', '01 01 05 32 84 64 0a 01 78 00'],
    ['a clock ahead of a known client', '01 01 64 0c 84 64 0a 01 78 00'],
    ['a left neighbour that nobody has', '01 01 05 00 84 64 0b 01 78 00'],
    ['a right neighbour that nobody has', '01 01 05 00 44 64 0b 01 78 00'],
    ['37: a deletion beyond what is known', '00 01 64 01 0a 02'],
    ['37: a deletion of an unknown client', '00 01 65 01 00 01'],
    ['a skip', '01 02 64 0b 0a 05 84 64 0a 01 78 00'],
  ])('%s', (_, bytes) => {
    const knowledge = knowHello();
    const before = fingerprint(knowledge);
    expect(checkUpdate(hex(bytes), knowledge, TEXT_RULES)).toEqual({ type: 'gap' });
    expect(fingerprint(knowledge)).toBe(before);
  });

  it('43: 1,000 updates in reverse order are gaps until the first has come', () => {
    const updates = typed(1000);
    const knowledge = emptyKnowledge();
    for (const update of updates.slice(1).reverse()) expect(checkUpdate(update, knowledge, TEXT_RULES).type).toBe('gap');
    expect(updates.every((update) => take(update, knowledge).type === 'accepted')).toBe(true);
  });
});

describe('what is new', () => {
  it('9: an update of nothing is nothing new (R4)', () => {
    expect(checkUpdate(hex('00 00'), emptyKnowledge(), TEXT_RULES)).toEqual({ type: 'nothing-new' });
  });

  it('42: the same update 10,000 times is new once (R4)', () => {
    const knowledge = emptyKnowledge();
    const verdicts = Array.from({ length: 10_000 }, () => take(hex(HELLO), knowledge).type);
    expect(verdicts.filter((type) => type === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((type) => type === 'nothing-new')).toHaveLength(9_999);
  });

  it('passes on the very bytes when all of it is new (R5)', () => {
    const update = hex('01 01 64 0b 84 64 0a 01 78 01 64 01 02 03');
    const verdict = checkUpdate(update, knowHello(), TEXT_RULES);
    expect(verdict).toMatchObject({ type: 'accepted', inserts: true, advances: [{ client: 100, from: 11, to: 12 }] });
    expect(verdict.type === 'accepted' && verdict.update === update).toBe(true);
  });

  it('leaves deletions out that are known, also parts of them (R5)', () => {
    const knowledge = knowHello();
    take(hex('00 01 64 01 02 03'), knowledge);
    expect(take(hex('00 01 64 01 02 03'), knowledge).type).toBe('nothing-new');
    const verdict = checkUpdate(hex('01 01 64 0b 84 64 0a 01 78 01 64 01 01 05'), knowledge, TEXT_RULES);
    expect(verdict.type === 'accepted' && verdict.update).toEqual(hex('01 01 64 0b 84 64 0a 01 78 01 64 02 01 01 05 01'));
  });

  it('leaves structs out that are known when only deletions are new (R5)', () => {
    const verdict = checkUpdate(hex(HELLO.replace(/ 00$/, ' 01 64 01 00 01')), knowHello(), TEXT_RULES);
    expect(verdict).toMatchObject({ type: 'accepted', inserts: false, advances: [] });
    expect(verdict.type === 'accepted' && verdict.update).toEqual(hex('00 01 64 01 00 01'));
  });

  it('passes on an overlap with what is known, with all its structs (R5)', () => {
    const longer = hex(`01 01 64 00 04 ${CONTENT} 0d 68 65 6c 6c 6f 20 77 6f 72 6c 64 21 21 00`);
    const verdict = checkUpdate(longer, knowHello(), TEXT_RULES);
    expect(verdict).toMatchObject({ type: 'accepted', update: longer, advances: [{ client: 100, from: 11, to: 13 }] });
  });

  it('takes a deleted struct for a deletion: it comes back in the delete set for ever', () => {
    const knowledge = emptyKnowledge();
    take(hex(`01 01 05 00 01 ${CONTENT} 03 00`), knowledge);
    expect(knowledge.deleted.rangesOf(5)).toEqual([0, 3]);
    expect(take(hex('00 01 05 01 00 03'), knowledge).type).toBe('nothing-new');
  });

  it('sorts deletions that come in no order', () => {
    const knowledge = knowHello();
    take(hex('00 01 64 03 06 01 00 02 01 03'), knowledge);
    expect(knowledge.deleted.rangesOf(100)).toEqual([0, 4, 6, 7]);
  });

  it('reads numbers that are longer than needed', () => {
    expect(take(hex('01 81 00 e4 00 8b 80 00 84 e4 80 00 0a 81 00 78 80 00'), knowHello()).type).toBe('accepted');
    expect(outcome('81 80 00 00', emptyKnowledge())).toBe('malformed');
  });

  it('34: a replacement character is text, and a pair counts two clocks', () => {
    const knowledge = emptyKnowledge();
    expect(take(hex(`01 01 05 00 04 ${CONTENT} 08 ef bf bd f0 9f 98 80 41 00`), knowledge).type).toBe('accepted');
    expect(knowledge.clocks.get(5)).toBe(4);
  });
});

describe('documents that may hold anything', () => {
  it.each([
    ['29: 200,000 nested arrays', `01 01 05 00 08 ${CONTENT} 01 ${'75 01 '.repeat(200_000)}7e 00`],
    ['30: a key __proto__', `01 01 05 00 08 ${CONTENT} 01 76 01 09 5f 5f 70 72 6f 74 6f 5f 5f 7e 00`],
    ['JSON nested 1,000 deep', `01 01 05 00 05 ${CONTENT} d0 0f ${'5b '.repeat(1000)}${'5d '.repeat(1000)}00`],
    ['JSON that is none', `01 01 05 00 05 ${CONTENT} 02 7b 78 00`],
    ['a subdocument whose options are none', `01 01 05 00 09 ${CONTENT} 01 67 7e 00`],
    ['content of no values', `01 01 05 00 08 ${CONTENT} 00 00`],
    ['a type of no kind', `01 01 05 00 07 ${CONTENT} 07 00`],
    ['garbage of length 0', '01 01 05 00 00 00 00'],
  ])('are refused too: %s', (_, bytes) => {
    expect(refusalOf(hex(bytes), emptyKnowledge(), ANY_RULES)).toBe('malformed');
  });

  it('may hold garbage-collected structs, which are deletions', () => {
    const knowledge = emptyKnowledge();
    take(hex('01 01 05 00 00 03 00'), knowledge, ANY_RULES);
    expect(knowledge.deleted.rangesOf(5)).toEqual([0, 3]);
  });

  it('may hold CR', () => {
    expect(take(hex(`01 01 05 00 04 ${CONTENT} 02 0d 0a 00`), emptyKnowledge(), ANY_RULES).type).toBe('accepted');
  });
});

describe('a state vector', () => {
  it('is encoded as Yjs does', () => {
    const doc = new Y.Doc();
    for (const client of [7, 4_000_000_000, 300]) {
      doc.clientID = client;
      doc.getText('content').insert(0, 'x'.repeat(200));
    }
    const clocks = decodeStateVector(Y.encodeStateVector(doc));
    expect(clocks).toEqual(Y.snapshot(doc).sv);
    expect(encodeStateVector(clocks)).toEqual(Y.encodeStateVector(doc));
  });

  it.each([
    ['10: no byte', ''],
    ['11: 2^40 entries', '80 80 80 80 80 20'],
    ['an entry cut off', '01 64'],
    ['bytes after its end', '00 00'],
  ])('is refused: %s', (_, bytes) => {
    expect(() => decodeStateVector(hex(bytes))).toThrow(MalformedBytes);
  });
});

function take(update: Uint8Array, knowledge: Knowledge, rules = TEXT_RULES): Verdict {
  const verdict = checkUpdate(update, knowledge, rules);
  if (verdict.type === 'accepted') learn(knowledge, verdict);
  return verdict;
}

function outcome(bytes: string, knowledge: Knowledge): string {
  return refusalOf(hex(bytes), knowledge) ?? checkUpdate(hex(bytes), knowledge, TEXT_RULES).type;
}

function refusalOf(update: Uint8Array, knowledge: Knowledge, rules = TEXT_RULES): string | undefined {
  try {
    checkUpdate(update, knowledge, rules);
    return undefined;
  } catch (error) {
    if (error instanceof Rejected) return error.rejection;
    throw error;
  }
}

function knowHello(): Knowledge {
  const knowledge = emptyKnowledge();
  take(hex(HELLO), knowledge);
  return knowledge;
}

function typed(count: number): Uint8Array[] {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (let index = 0; index < count; index++) doc.getText('content').insert(index, 'x');
  return updates;
}

function fingerprint({ clocks, deleted }: Knowledge): string {
  return Buffer.concat([encodeStateVector(clocks), deleted.encode()]).toString('hex');
}

function varUint(value: number): string {
  const bytes: string[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push((rest > 127 ? (rest & 127) | 128 : rest).toString(16).padStart(2, '0'));
    if (rest <= 127) return bytes.join(' ');
  }
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}
