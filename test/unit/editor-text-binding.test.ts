// @vitest-environment happy-dom
import { ChangeSet, EditorState, Text } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { destroyReplica, newReplica } from '../../src/renderer/documents/new-replica';
import type { Replica } from '../../src/renderer/documents/replica';
import { fromReplica, textBinding, textBindingOf, textOf } from '../../src/renderer/editor/text-binding';
import { UndoHistory } from '../../src/renderer/editor/undo-history';
import { eachWholeChange, wellFormedText } from '../../src/renderer/editor/well-formed-text';
import { ObservableValue } from '../../src/shared/observable';
import { readTwoTypists } from '../support/traces';

interface Writer {
  readonly replica: ObservableValue<Replica>;
  readonly view: EditorView;
  readonly history: UndoHistory;
  /** Updates made here that the other has not got yet. */
  readonly outgoing: Uint8Array[];
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  vi.restoreAllMocks();
});

function openWriter(filled: (replica: Replica) => void = () => undefined): Writer {
  const first = newReplica();
  filled(first);
  const replica = new ObservableValue(first);
  const history = new UndoHistory(replica);
  const shared = textBinding({ replica, beforeWrite: (transaction) => history.beforeWrite(transaction) });
  const state = EditorState.create({ doc: Text.of(textOf(first.content).split('\n')), extensions: [wellFormedText(), shared] });
  const view = new EditorView({ parent: document.body, state });
  const outgoing: Uint8Array[] = [];
  keepUpdates(first, outgoing);
  ends.push(() => {
    view.destroy();
    history.destroy();
    destroyReplica(replica.current);
  });
  return { replica, view, history, outgoing };
}

function keepUpdates({ doc }: Replica, outgoing: Uint8Array[]): void {
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'network') outgoing.push(update);
  });
}

/** An empty document and no history, in the same editor: to make another one takes as long as forty edits in it. */
function beginAnew({ replica, outgoing }: Writer): void {
  const old = replica.current;
  const next = newReplica();
  outgoing.length = 0;
  keepUpdates(next, outgoing);
  replica.set(next);
  destroyReplica(old);
}

function deliver(from: Writer, to: Writer): void {
  for (const update of from.outgoing.splice(0)) Y.applyUpdate(to.replica.current.doc, update, 'network');
}

function type(view: EditorView, from: number, to: number, insert: string, userEvent = 'input.type'): void {
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent });
}

function expectInStep({ view, replica }: Writer): void {
  const text = view.state.doc.toString();
  expect(text).toBe(textOf(replica.current.content));
  expect(text).not.toMatch(/\p{Surrogate}/u);
  expect(text).not.toContain('\r');
  expect(textBindingOf(view)?.rebuilt).toBe(0);
}

const pieces = fc.constantFrom(
  'a',
  ' ',
  'word',
  '\n',
  '\r\n',
  'x\r\ny\rz',
  '😀',
  '😃',
  '👩‍👩‍👧',
  '\ud83d',
  '\ude00',
  '\ude03',
  'é',
  '中文',
  '',
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('edit' as const),
      who: fc.nat(1),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(4),
      insert: fc.array(pieces, { maxLength: 3 }).map((parts) => parts.join('')),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('undo' as const, 'redo' as const), who: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('deliver' as const), who: fc.nat(1) }) },
);

describe('text binding', () => {
  it('keeps editor and document the same through edits of two, halves of emoji, CRLF, undo and redo (R1)', () => {
    const writers = [openWriter(), openWriter()] as const;
    const [one, other] = writers;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        for (const writer of writers) beginAnew(writer);
        const pick = (who: number) => (who === 0 ? writers : ([other, one] as const));
        for (const action of steps) {
          const [actor, peer] = pick(action.who);
          if (action.type === 'deliver') deliver(actor, peer);
          else if (action.type === 'edit') {
            const { length } = actor.view.state.doc;
            const from = Math.floor(action.at * length);
            const changes = { from, to: Math.min(length, from + action.length), insert: action.insert };
            actor.view.dispatch({ changes, userEvent: 'input.type' });
          } else actor.history[action.type](actor.view);
          for (const writer of writers) expectInStep(writer);
        }
        while (one.outgoing.length + other.outgoing.length > 0) {
          deliver(one, other);
          deliver(other, one);
        }
        for (const writer of writers) expectInStep(writer);
        expect(one.view.state.doc.toString()).toBe(other.view.state.doc.toString());
      }),
      { numRuns: 400 },
    );
  });

  it('shows a whole recording of two people after each of its edits, without a rebuild (R1, R5)', () => {
    const { updates, endContent } = readTwoTypists();
    const writer = openWriter();
    const { doc } = writer.replica.current;
    let isOff = 0;
    for (const { update } of updates) {
      Y.applyUpdate(doc, update, 'network');
      if (writer.view.state.doc.length !== writer.replica.current.content.length) isOff++;
    }
    expect(isOff).toBe(0);
    expectInStep(writer);
    expect(writer.view.state.doc.toString()).toBe(endContent);
  }, 60_000);

  it('writes one Yjs transaction for a transaction with many changes, and nothing back (R2)', () => {
    const writer = openWriter((replica) => replica.content.insert(0, 'one two three'));
    let events = 0;
    writer.replica.current.content.observe(() => events++);
    let dispatched = 0;
    const { dispatch } = writer.view;
    vi.spyOn(writer.view, 'dispatch').mockImplementation((...specs) => {
      dispatched++;
      return dispatch.apply(writer.view, specs as never);
    });
    writer.view.dispatch({
      changes: [
        { from: 0, insert: 'x' },
        { from: 4, to: 7, insert: 'TWO' },
        { from: 13, insert: '!' },
      ],
    });
    expect([events, dispatched]).toEqual([1, 1]);
    expect(writer.replica.current.content.toString()).toBe('xone TWO three!');
  });

  it('writes only what changed: typing a letter costs bytes for a letter', () => {
    const writer = openWriter((replica) => replica.content.insert(0, 'lorem ipsum '.repeat(1000)));
    type(writer.view, 6000, 6000, 'x');
    expect(writer.outgoing).toHaveLength(1);
    expect(writer.outgoing[0]?.length).toBeLessThan(40);
  });

  it('keeps my selection on its text while others write before and in it (R3)', () => {
    const writer = openWriter((replica) => replica.content.insert(0, 'hello brave world'));
    writer.view.dispatch({ selection: { anchor: 6, head: 11 } });
    writer.replica.current.doc.transact(() => writer.replica.current.content.insert(0, 'Oh, '), 'network');
    const { from, to } = writer.view.state.selection.main;
    expect(writer.view.state.sliceDoc(from, to)).toBe('brave');
  });

  it('takes up what arrives while the view is updating right after (R4)', async () => {
    const writer = openWriter((replica) => replica.content.insert(0, 'abc'));
    const { doc, content } = writer.replica.current;
    doc.once('afterTransaction', () => queueMicrotask(() => undefined));
    content.observe((event) => {
      if (event.transaction.origin !== 'network')
        doc.once('afterAllTransactions', () => doc.transact(() => content.insert(0, '>'), 'network'));
    });
    type(writer.view, 3, 3, 'd');
    await Promise.resolve();
    expect(writer.view.state.doc.toString()).toBe('>abcd');
    expectInStep(writer);
  });

  it('is rebuilt from the document when it differs, counts that and says it once (R5)', () => {
    const writer = openWriter((replica) => replica.content.insert(0, 'abc'));
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const binding = textBindingOf(writer.view);
    if (binding === undefined) throw new Error('no binding');
    for (let round = 1; round <= 2; round++) {
      writer.view.dispatch({ changes: { from: 0, insert: 'not in the document' }, annotations: fromReplica.of(binding) });
      writer.replica.current.doc.transact(() => writer.replica.current.content.insert(0, 'z'), 'network');
      expect(writer.view.state.doc.toString()).toBe(writer.replica.current.content.toString());
      expect(binding.rebuilt).toBe(round);
    }
    expect(said).toHaveBeenCalledTimes(1);
  });

  it('shows what is not text as one character, so that later edits land in the right place (R1)', () => {
    const writer = openWriter();
    const { doc, content } = writer.replica.current;
    doc.transact(() => {
      content.insert(0, 'ab\r\ncd');
      content.insertEmbed(1, { picture: true });
    }, 'network');
    expect(writer.view.state.doc.length).toBe(content.length);
    const end = writer.view.state.doc.length;
    type(writer.view, end, end, '!');
    expect(content.toString()).toBe('ab\r\ncd!');
    expect(textBindingOf(writer.view)?.rebuilt).toBe(0);
  });

  it('changes over to a replaced replica by difference: selection stays on its text (R6)', () => {
    const writer = openWriter((replica) => replica.content.insert(0, 'first\nsecond\nthird\n'));
    writer.view.dispatch({ selection: { anchor: 13, head: 18 } });
    const old = writer.replica.current;
    const next = newReplica();
    next.content.insert(0, 'zeroth\nfirst\nthird\nfourth\n');
    writer.replica.set(next);
    const { from, to } = writer.view.state.selection.main;
    expect(writer.view.state.sliceDoc(from, to)).toBe('third');
    expectInStep(writer);
    type(writer.view, 0, 0, 'x');
    expect(next.content.toString().startsWith('xzeroth')).toBe(true);
    expect(old.content.toString()).toBe('first\nsecond\nthird\n');
    destroyReplica(old);
  });
});

describe('undo', () => {
  it('takes back only my own edits (R1) and brings the selection back (R2)', () => {
    const writer = openWriter((replica) => replica.content.insert(0, 'alpha beta'));
    writer.view.dispatch({ selection: { anchor: 6, head: 10 } });
    writer.view.dispatch({ changes: { from: 6, to: 10, insert: 'gamma' }, selection: { anchor: 11 }, userEvent: 'input.type' });
    writer.replica.current.doc.transact(() => writer.replica.current.content.insert(0, 'theirs '), 'network');
    writer.history.undo(writer.view);
    expect(writer.view.state.doc.toString()).toBe('theirs alpha beta');
    const { anchor, head } = writer.view.state.selection.main;
    expect([anchor, head]).toEqual([13, 17]);
    writer.history.redo(writer.view);
    expect(writer.view.state.doc.toString()).toBe('theirs alpha gamma');
    expect(writer.view.state.selection.main.head).toBe(18);
  });

  it('brings back the selection from before the first of several letters that are one step (R2)', () => {
    const { view, history } = openWriter((replica) => replica.content.insert(0, 'alpha beta'));
    view.dispatch({ selection: { anchor: 6, head: 10 } });
    type(view, 6, 10, 'g');
    for (const letter of 'amma') type(view, view.state.doc.length, view.state.doc.length, letter);
    expect(view.state.doc.toString()).toBe('alpha gamma');
    history.undo(view);
    expect(view.state.doc.toString()).toBe('alpha beta');
    const { anchor, head } = view.state.selection.main;
    expect([anchor, head]).toEqual([6, 10]);
  });

  it('does not take a paste back with the typing around it, nor deleting with typing (R3)', () => {
    const { view, history } = openWriter();
    for (const letter of 'abc') type(view, view.state.doc.length, view.state.doc.length, letter);
    type(view, 3, 3, 'PASTED', 'input.paste');
    type(view, 9, 9, 'd');
    type(view, 9, 10, '', 'delete.backward');
    const texts = [view.state.doc.toString()];
    while (history.undo(view)) texts.push(view.state.doc.toString());
    expect(texts).toEqual(['abcPASTED', 'abcPASTEDd', 'abcPASTED', 'abc', '']);
  });

  it('does nothing in a document that may only be read (R4)', () => {
    const writer = openWriter();
    type(writer.view, 0, 0, 'mine');
    const state = EditorState.create({ doc: 'mine', extensions: EditorState.readOnly.of(true) });
    const reader = new EditorView({ state });
    ends.push(() => reader.destroy());
    expect(writer.history.undo(reader)).toBe(false);
    expect(writer.replica.current.content.toString()).toBe('mine');
  });
});

describe('well-formed text', () => {
  const repaired = (before: string, from: number, to: number, insert: string) =>
    EditorState.create({ doc: before, extensions: wellFormedText() }).update({ changes: { from, to, insert } }).newDoc.toString();

  it.each([
    ['takes both halves when one is deleted (R1)', 'a😀b', 1, 2, '', 'ab'],
    ['lets one emoji become another by its second half (R1)', 'a😀b', 2, 3, '\ude03', 'a😃b'],
    ['puts what comes between two halves before the pair (R1)', 'a😀b', 2, 2, 'x', 'ax😀b'],
    ['makes an inserted half a replacement character (R1)', 'ab', 1, 1, '\ud83d', 'a\ufffdb'],
    ['makes CRLF and CR line feeds (R2)', '', 0, 0, 'a\r\nb\rc', 'a\nb\nc'],
  ])('%s', (_name, before, from, to, insert, after) => {
    expect(repaired(before, from, to, insert)).toBe(after);
  });

  it('makes a CR inside a line a line feed too (R2)', () => {
    const state = EditorState.create({ extensions: wellFormedText() });
    expect(state.update({ changes: { from: 0, insert: Text.of(['a\rb\r', 'c\r\rd']) } }).newDoc.toString()).toBe('a\nb\nc\n\nd');
  });

  it('gives Yjs whole pairs where only a half differs', () => {
    const before = Text.of(['a😀b']);
    const changes = ChangeSet.of({ from: 2, to: 3, insert: '\ude03' }, 4);
    const seen: unknown[] = [];
    eachWholeChange(changes, before, changes.apply(before), (...change) => seen.push(change));
    expect(seen).toEqual([[1, 2, '😃']]);
  });
});
