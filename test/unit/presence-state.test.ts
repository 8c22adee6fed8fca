import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import * as Y from 'yjs';
import { StateReader, withRole } from '../../server/rooms/presence/presence-state';
import { MalformedBytes } from '../../src/shared/protocol/byte-reader';
import { LARGEST_STATE, parsePresence } from '../../src/shared/protocol/presence';

/** What comes out when every state is taken apart. */
function slowly(json: string): string | null {
  const state = parsePresence(json);
  return state === null ? null : JSON.stringify({ user: state.user, cursor: state.cursor });
}

const user = { name: 'Zoë "🦊", "cursor":{', color: '#112233' };
const text = new Y.Doc({ guid: 'd' }).getText('content');
text.insert(0, 'abc');
const place = (index: number) => Y.createRelativePositionFromTypeIndex(text, index);
const cursorAt = (index: number) => ({ anchor: place(index), head: place(index) });

describe('what others see of a state', () => {
  test('has the known fields alone, and no role that a client gave itself (R1, R2)', () => {
    const reader = new StateReader('text');
    const seen = reader.read(JSON.stringify({ role: 'viewer', user: { ...user, email: 'x' }, cursor: cursorAt(1), admin: true }));
    expect(JSON.parse(seen as string)).toEqual(JSON.parse(JSON.stringify({ user, cursor: parsePresence(seen as string)?.cursor })));
    expect(new StateReader('text').read('null')).toBeNull();
    expect(() => new StateReader('text').read('[]')).toThrow(MalformedBytes);
  });

  test('of another Yjs app has all fields but the role, within size and depth (R1, R2)', () => {
    const reader = new StateReader('any');
    expect(reader.read('{"a":{"b":[1]},"role":"x","cursor":{"index":3}}')).toBe('{"a":{"b":[1]},"cursor":{"index":3}}');
    expect(reader.read('null')).toBeNull();
    for (const json of ['{', '7', '[1]', `{"a":"${'x'.repeat(LARGEST_STATE)}"}`, `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`])
      expect(() => reader.read(json)).toThrow(MalformedBytes);
  });

  test('with a role is an object with one more field', () => {
    expect(withRole('{}', 'viewer')).toBe('{"role":"viewer"}');
    expect(withRole('{"a":1}', 'editor')).toBe('{"a":1,"role":"editor"}');
  });

  test('a cursor that moves is not taken apart, and comes out as if it were (R3)', () => {
    const reader = new StateReader('text');
    const states = [0, 1, 3].flatMap((index) => [
      JSON.stringify({ user, cursor: cursorAt(index) }),
      JSON.stringify({ user, cursor: { anchor: Y.relativePositionToJSON(place(index)), head: Y.relativePositionToJSON(place(0)) } }),
    ]);
    const expected = states.map(slowly);
    expect(reader.read(states[0] as string)).toBe(expected[0]);
    const parse = vi.spyOn(JSON, 'parse');
    onTestFinished(() => parse.mockRestore());
    expect(states.map((state) => reader.read(state))).toEqual(expected);
    expect(parse).not.toHaveBeenCalled();
  });

  test.each([
    ['another name', JSON.stringify({ user: { name: 'Eve', color: '#112233' }, cursor: cursorAt(1) })],
    ['a field behind it', JSON.stringify({ user, cursor: cursorAt(1), user2: 1 })],
    ['another user behind it', JSON.stringify({ user, cursor: cursorAt(1) }).replace(/}$/, ',"user":{"name":"Eve"}}')],
    ['another cursor behind it', JSON.stringify({ user, cursor: cursorAt(1) }).replace(/}$/, ',"cursor":null}')],
    ['a number that is too large', JSON.stringify({ user, cursor: { anchor: { assoc: 1e20 }, head: { assoc: 0 } } })],
    ['a name that is no root of ours', JSON.stringify({ user, cursor: { anchor: { tname: '<b>', assoc: 0 }, head: { assoc: 0 } } })],
    ['no cursor', JSON.stringify({ user, cursor: null })],
    ['blanks', JSON.stringify({ user, cursor: cursorAt(1) }, undefined, 1)],
  ])('with %s comes out as if all were taken apart (R3)', (_what, json) => {
    const reader = new StateReader('text');
    reader.read(JSON.stringify({ user, cursor: cursorAt(1) }));
    expect(reader.read(json)).toBe(slowly(json));
  });

  test.each([
    ['cut off', (json: string) => json.slice(0, -1)],
    ['with more behind its end', (json: string) => `${json}}`],
    ['with a number that begins with 0', (json: string) => json.replace('"assoc":0', '"assoc":00')],
    ['too large', (json: string) => json.replace('"cursor"', `"a":"${'x'.repeat(LARGEST_STATE)}","cursor"`)],
  ])('%s is refused, whatever came before (R3)', (_what, spoil) => {
    const json = JSON.stringify({ user, cursor: cursorAt(1) });
    const reader = new StateReader('text');
    reader.read(json);
    expect(() => reader.read(spoil(json))).toThrow(MalformedBytes);
  });

  test('is the same whatever was read before (R3)', () => {
    const item = fc.option(fc.record({ client: fc.nat(), clock: fc.nat() }));
    const position = fc.record(
      { type: item, tname: fc.option(fc.constantFrom('content', 'title', 'a,"cursor":{')), item, assoc: fc.integer({ min: -1, max: 1 }) },
      { requiredKeys: ['assoc'] },
    );
    const name = fc.constantFrom('Ada', '","cursor":{', '\\', 'Zoë\u202e', 'x'.repeat(100));
    const field = fc.constantFrom('user', 'cursor', 'role', 'a,"cursor":');
    const state = fc.record(
      {
        user: fc.record({ name, color: fc.constantFrom('#112233', 'red') }),
        more: fc.dictionary(field, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
        cursor: fc.record({ anchor: position, head: position }),
      },
      { requiredKeys: [] },
    );
    const json = state.map(({ more, ...rest }) => JSON.stringify({ ...rest, ...more }));
    fc.assert(
      fc.property(fc.array(json, { maxLength: 12 }), (states) => {
        const reader = new StateReader('text');
        for (const each of states) expect(reader.read(each)).toBe(slowly(each));
      }),
      { numRuns: 1_000 },
    );
  });
});
