// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { newReplica } from '../../src/renderer/documents/new-replica';
import { carryOver, editOfTitle, LONGEST_TITLE, oneLine, smallestChange } from '../../src/renderer/shell/title-edit';
import { bindTitle } from '../../src/renderer/shell/title-field';

describe('an edit of the title', () => {
  it('deletes and inserts only what differs (title-edit R1)', () => {
    expect(smallestChange('notes.md', 'my notes.md')).toEqual({ at: 0, remove: 0, insert: 'my ' });
    expect(smallestChange('aaa', 'aa')).toEqual({ at: 2, remove: 1, insert: '' });
    expect(smallestChange('same', 'same')).toBeUndefined();
  });

  it('never splits a surrogate pair (title-edit R2)', () => {
    // 🦦 and 🦧 share their first half, 🌊 and 🥊 their second one or none.
    for (const [before, after] of [
      ['a🦦b', 'a🦧b'],
      ['🦦', '🦦🦦'],
      ['x\u{1f00a}y', 'x\u{1f40a}y'],
    ] as const) {
      const change = smallestChange(before, after) ?? expect.unreachable();
      const kept = [before.slice(0, change.at), before.slice(change.at + change.remove)];
      for (const part of [...kept, change.insert])
        expect(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(part)).toBe(false);
      expect(`${kept[0]}${change.insert}${kept[1]}`).toBe(after);
    }
  });

  it('is one line (title-edit R3)', () => {
    expect(oneLine('a\nb\u2028c')).toBe('a b c');
    expect([oneLine(`${'x'.repeat(199)}🦦`), oneLine('a\ud83eb\udda6c'), oneLine('\ud83e\ud83e\udda6')]).toEqual([
      'x'.repeat(199),
      'abc',
      '🦦',
    ]);
  });

  it('leaves what is not shown as it is (title-edit R3)', () => {
    const long = `${'x'.repeat(LONGEST_TITLE)}-the end.md`;
    const edited = (title: string, line: string) => {
      const change = editOfTitle(title, line);
      return change === undefined ? title : title.slice(0, change.at) + change.insert + title.slice(change.at + change.remove);
    };
    expect(edited(long, `y${'x'.repeat(LONGEST_TITLE - 1)}`)).toBe(`y${long.slice(1)}`);
    expect(edited(long, 'x'.repeat(LONGEST_TITLE - 1))).toBe(long.slice(1));
    expect(edited(long, '')).toBe('-the end.md');
    expect(edited('a\n\nb\ud83ec', 'a!b c')).toBe('a!b \ud83ec');
    expect(edited('a\n\nbc', 'a xbc')).toBe('a\n\nxbc');
    expect(edited('a\n\nbc', 'abc')).toBe('abc');
    expect(editOfTitle(long, oneLine(long))).toBeUndefined();
    // By an input method, or a program: no field holds that off.
    expect(edited(long, `${'y'.repeat(10)}${'x'.repeat(LONGEST_TITLE)}`)).toBe(long);
    expect(edited('x'.repeat(198), `yyyyy${'x'.repeat(198)}`)).toBe(`yy${'x'.repeat(198)}`);
    expect(edited('x'.repeat(198), `y🦦${'x'.repeat(198)}`)).toBe(`y${'x'.repeat(198)}`);
    expect(edited('', `${'y'.repeat(300)}`)).toHaveLength(LONGEST_TITLE);
  });

  it('of somebody else carries my caret along', () => {
    expect([0, 3, 9].map((position) => carryOver(position, { at: 2, remove: 2, insert: 'xyz' }))).toEqual([0, 5, 10]);
  });
});

describe('the title field', () => {
  let field: HTMLInputElement;

  beforeEach(() => {
    document.body.replaceChildren();
    field = document.createElement('input');
    document.body.append(field);
  });

  it('merges what two people write at once, character by character', () => {
    const replica = newReplica();
    const other = newReplica();
    bindTitle(field, replica);
    type('plan.md');
    Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(replica.doc));
    other.title.insert(0, 'Our ');
    type('plan B.md');
    Y.applyUpdate(replica.doc, Y.encodeStateAsUpdate(other.doc));
    Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(replica.doc));
    expect([field.value, other.title.toString()]).toEqual(['Our plan B.md', 'Our plan B.md']);
  });

  it('keeps the caret where it was in the words, when others write before it', () => {
    const replica = newReplica();
    bindTitle(field, replica);
    type('plan.md');
    field.focus();
    field.setSelectionRange(4, 4);
    replica.doc.transact(() => replica.title.insert(0, 'Our '), 'somebody else');
    expect([field.value, field.selectionStart]).toEqual(['Our plan.md', 8]);
  });

  it('writes nothing until an input method has settled', () => {
    const replica = newReplica();
    bindTitle(field, replica);
    field.value = 'に';
    field.dispatchEvent(new InputEvent('input', { isComposing: true }));
    expect(replica.title.toString()).toBe('');
    field.dispatchEvent(new Event('compositionend'));
    expect(replica.title.toString()).toBe('に');
  });

  it('writes nothing once it may only be read, and shows the title as it is (title-field R1)', () => {
    const replica = newReplica();
    let role = 'editor';
    const bound = bindTitle(field, replica, () => role === 'viewer');
    type('plan.md');
    // Begun with an input method, and not settled.
    field.value = 'plan.mdに';
    field.dispatchEvent(new InputEvent('input', { isComposing: true }));
    role = 'viewer';
    bound.look();
    expect([field.readOnly, field.value]).toEqual([true, 'plan.md']);
    for (const event of [new Event('input'), new InputEvent('input', { isComposing: true }), new Event('compositionend')]) {
      field.value = 'plan.md日本';
      field.dispatchEvent(event);
      expect([field.value, replica.title.toString()]).toEqual(['plan.md', 'plan.md']);
    }
    role = 'editor';
    bound.look();
    type('plan B.md');
    expect([field.readOnly, replica.title.toString()]).toEqual([false, 'plan B.md']);
  });

  it('keeps the end of a title that is longer than what is shown, however much is typed (title-edit R3)', () => {
    const replica = newReplica();
    const long = `${'x'.repeat(LONGEST_TITLE)}-the end.md`;
    replica.title.insert(0, long);
    bindTitle(field, replica);
    field.focus();
    expect(field.value).toHaveLength(LONGEST_TITLE);
    for (let time = 0; time < 3; time++) type(`${field.value.slice(1)}`);
    expect([replica.title.toString(), field.value]).toEqual([long.slice(3), long.slice(3, 3 + LONGEST_TITLE)]);
    type(`y${field.value.slice(1)}`);
    expect(replica.title.toString()).toBe(`y${long.slice(4)}`);
  });

  it('shows Untitled and never writes it', () => {
    const replica = newReplica();
    bindTitle(field, replica);
    expect([document.title, replica.title.toString(), field.value]).toEqual(['Untitled — Weft', '', '']);
  });

  function type(value: string): void {
    field.value = value;
    field.dispatchEvent(new Event('input'));
  }
});
