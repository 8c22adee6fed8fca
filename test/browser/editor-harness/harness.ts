/** A page with the editor alone, and others who write through a second replica: what the browser tests drive. */
import * as commands from '@codemirror/commands';
import { forceParsing } from '@codemirror/language';
import * as search from '@codemirror/search';
import { EditorSelection } from '@codemirror/state';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { newReplica } from '../../../src/renderer/documents/new-replica';
import { createEditor } from '../../../src/renderer/editor/editor';
import { type TextSpan, toCursor, toSpan } from '../../../src/renderer/editor/text-places';
import type { Me } from '../../../src/renderer/presence/me';
import { watchPeople } from '../../../src/renderer/presence/people';
import { personColor } from '../../../src/renderer/presence/person-colors';
import { ObservableValue } from '../../../src/shared/observable';
import type { PresenceCursor } from '../../../src/shared/protocol/presence';
import { countMeasured, drawnCursors } from './drawn-cursors';
import { boxOf, rowsOf } from './drawn-rows';
import { CODE_SCENE, PROSE_SCENE } from './scenes';

const parent = document.querySelector<HTMLElement>('#editor');
if (parent === null) throw new Error('the page has no place for the editor');

const mine = newReplica();
const theirs = newReplica();
const replica = new ObservableValue(mine);
const me = new ObservableValue<Me>({ name: 'Me', color: personColor(0) });
const people = watchPeople(replica);
const others: Awareness[] = [];

for (const [from, to] of [
  [mine, theirs],
  [theirs, mine],
] as const) {
  from.doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'network') Y.applyUpdate(to.doc, update, 'network');
  });
}

const opened: string[] = [];
const editor = createEditor({
  parent,
  replica,
  me,
  people,
  theme: 'light',
  wrapLines: true,
  fontSize: 16,
  nonce: 'harness',
  openLink: (address) => opened.push(address),
  isMac: false,
});
const { view } = editor;

function announce(other: Awareness): void {
  applyAwarenessUpdate(mine.awareness, encodeAwarenessUpdate(other, [other.clientID]), 'network');
}

function addPerson(name: string, anchor: number, head: number, color = others.length + 1): number {
  const awareness = new Awareness(new Y.Doc());
  others.push(awareness);
  const cursor = toCursor(theirs.content, { anchor, head });
  awareness.setLocalState({ user: { name, color: personColor(color).hex }, cursor });
  announce(awareness);
  return awareness.clientID;
}

function find(words: string): number {
  const at = view.state.doc.toString().indexOf(words);
  if (at < 0) throw new Error(`“${words}” is not in the text`);
  return at;
}

/** All that take a view and do something to it; what opens a panel has no effect on the text. */
const everyCommand = Object.entries({ ...commands, ...search })
  .filter(
    ([name, value]) => typeof value === 'function' && !/^([A-Z]|history|open|goto|search|highlight|get|can|undoDepth|redoDepth)/.test(name),
  )
  .map(([, value]) => value as unknown as (target: typeof view) => boolean);

const nextFrame = () => new Promise<void>((done) => requestAnimationFrame(() => done()));

const harness = {
  text: (): string => view.state.doc.toString(),
  shared: (): string => theirs.content.toString(),
  opened: (): readonly string[] => opened,
  counts: () => editor.counts.current,
  focus: () => editor.focus(),
  follow: (id: number | undefined) => editor.follow(id),
  following: () => editor.following.current,
  openSearch: () => editor.openSearch(),
  setReadOnly: (on: boolean) => editor.setReadOnly(on),
  destroy: () => editor.destroy(),
  fill: (words: string) => theirs.doc.transact(() => theirs.content.insert(0, words)),
  empty: () => theirs.content.delete(0, theirs.content.length),
  setTitle: (title: string) =>
    theirs.doc.transact(() => {
      theirs.title.delete(0, theirs.title.length);
      theirs.title.insert(0, title);
    }),
  remoteInsert: (at: number, words: string) => theirs.content.insert(at, words),
  remoteDelete: (at: number, length: number) => theirs.content.delete(at, length),
  setWrap: (on: boolean) => editor.setWrap(on),
  setFontSize: (pixels: number) => editor.setFontSize(pixels),
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  /** What a programme may try: a change as if a person had made it. */
  insertByProgram: (words: string, filter: boolean) => {
    view.dispatch({ changes: { from: view.state.selection.main.head, insert: words }, userEvent: 'input.type', filter });
    return { text: harness.text(), shared: harness.shared() };
  },
  /** Every command that has no key: what menus, extensions and programmes may run. */
  runEveryCommand: () => {
    for (const command of everyCommand) command(view);
    return everyCommand.length;
  },
  placeCarets: (...places: readonly number[]) =>
    view.dispatch({ selection: EditorSelection.create(places.map((place) => EditorSelection.cursor(place))) }),
  drop: (words: string, target: string) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData('text/plain', words);
    const { left, top } = view.coordsAtPos(find(target)) ?? { left: 0, top: 0 };
    for (const type of ['dragenter', 'dragover', 'drop'])
      view.contentDOM.dispatchEvent(
        new DragEvent(type, { dataTransfer, clientX: left, clientY: top + 3, bubbles: true, cancelable: true }),
      );
  },
  /** A change that something in the browser makes in the page itself: a spelling correction, an extension. */
  changeThePage: (words: string, to: string) => {
    const walker = document.createTreeWalker(view.contentDOM, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.nodeValue?.includes(words)) node.nodeValue = node.nodeValue.replace(words, to);
    }
  },
  shown: () => [...view.contentDOM.querySelectorAll('.cm-line')].map(({ textContent }) => textContent).join('\n'),
  /** The word that is drawn this far below the upper edge of the text, as the browser says. */
  wordAt: (below: number): string => {
    const { left, top, width } = view.scrollDOM.getBoundingClientRect();
    const place = document.caretPositionFromPoint(left + width / 2, top + below);
    const words = place?.offsetNode.nodeValue ?? '';
    const start = words.lastIndexOf(' ', place?.offset) + 1;
    return /^\S*/.exec(words.slice(start))?.[0] ?? '';
  },
  /** Where a word is drawn, as the browser says; NaN when it is not. */
  drawnAt: (word: string): number => {
    const walker = document.createTreeWalker(view.contentDOM, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const at = ` ${node.nodeValue} `.indexOf(` ${word} `);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      return range.getBoundingClientRect().top;
    }
    return Number.NaN;
  },
  /** A busy machine has no time for all of it at once: the rest comes in a pause. */
  parseAll: () => forceParsing(view, view.state.doc.length, 10_000),
  boxOf: (word: string) => boxOf(view, word),
  rowsOf: (beginning: string) => rowsOf(view, beginning),
  caret: () => view.state.selection.main.head,
  caretBox: () => {
    const { head, assoc } = view.state.selection.main;
    const { left, top, bottom } = view.coordsAtPos(head, assoc < 0 ? -1 : 1) ?? { left: Number.NaN, top: Number.NaN, bottom: Number.NaN };
    return { left, top, height: bottom - top };
  },
  scrolled: () => ({ top: view.scrollDOM.scrollTop, left: view.scrollDOM.scrollLeft }),
  scrollBy: (pixels: number) => view.scrollDOM.scrollBy(0, pixels),
  select: (words: string) => view.dispatch({ selection: { anchor: find(words), head: find(words) + words.length } }),
  selectRange: (anchor: number, head: number) => view.dispatch({ selection: { anchor, head } }),
  placeCaret: (at: number) => view.dispatch({ selection: { anchor: at } }),
  selectedText: () => view.state.sliceDoc(view.state.selection.main.from, view.state.selection.main.to),
  scrollTo: (words: string) => {
    view.scrollDOM.scrollTop = view.lineBlockAt(find(words)).top - 100;
  },
  topOf: (words: string) => view.coordsAtPos(find(words))?.top ?? Number.POSITIVE_INFINITY,
  nextFrames: async () => {
    for (let count = 0; count < 4; count++) await nextFrame();
  },
  paste: (words: string) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', words);
    view.contentDOM.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  },
  addPerson,
  addPeople: (count: number) => {
    for (let index = 0; index < count; index++) {
      const at = (index * 7) % theirs.content.length;
      addPerson(`Person ${index}`, at, index % 3 === 0 ? Math.max(0, at - 5) : at);
    }
  },
  everyone: (): readonly number[] => others.map(({ clientID }) => clientID),
  movePerson: (id: number, at: number) => {
    const other = others.find(({ clientID }) => clientID === id);
    if (other === undefined) throw new Error('nobody has this id');
    other.setLocalStateField('cursor', toCursor(theirs.content, { anchor: at, head: at }));
    announce(other);
  },
  /** Someone writes where they are, and their caret goes along. */
  typeAs: (id: number, at: number, words: string) => {
    theirs.content.insert(at, words);
    harness.movePerson(id, at + words.length);
  },
  positionOf: (words: string) => find(words),
  /** The place farthest to the right in the line that has these words. */
  rightmostIn: (words: string) => {
    const { from, to } = view.state.doc.lineAt(find(words));
    const leftOf = (at: number) => view.coordsAtPos(at, 1)?.left ?? 0;
    let best = from;
    for (let at = from; at <= to; at++) if (leftOf(at) > leftOf(best)) best = at;
    return best;
  },
  /** How far a place is from the upper and the lower edge of what is visible, as parts of its height; NaN out of the drawn. */
  heightOf: (at: number) => {
    const { top, height } = view.scrollDOM.getBoundingClientRect();
    return ((view.coordsAtPos(at)?.top ?? Number.NaN) - top) / height;
  },
  /** Where the text is scrolled to, picture by picture. */
  watchScrolling: async (pictures: number) => {
    const places: number[] = [];
    for (let count = 0; count < pictures; count++) {
      places.push(Math.round(view.scrollDOM.scrollTop));
      await nextFrame();
    }
    return places;
  },
  drawnCursors: () => drawnCursors({ view, replica: mine, others }),
  /** How the others are drawn in the frame right after something was written, before anything else can happen. */
  drawnAfter: async ({ at, words, removed = 0, by = 'me' }: { at: number; words: string; removed?: number; by?: 'me' | 'them' }) => {
    if (by === 'me') harness.writeAt(at, words, removed);
    else theirs.content.insert(at, words);
    await nextFrame();
    await nextFrame();
    return drawnCursors({ view, replica: mine, others });
  },
  countMeasured,
  /** As if by keys, in one go. */
  writeAt: (at: number, words: string, removed = 0) =>
    view.dispatch({ changes: { from: at, to: at + removed, insert: words }, userEvent: 'input.type' }),
  /** Writes a letter each time that others have moved, just before that is drawn; says how often places were asked for in each frame. */
  writeWhileOthersMove: async (at: number, frames: number) => {
    const counts: number[] = [];
    await new Promise<void>((moved) => {
      const end = people.subscribe(() => {
        end();
        harness.writeAt(at, 'x');
        countMeasured();
        moved();
      });
    });
    for (let count = 0; count < frames; count++) {
      await nextFrame();
      counts.push(countMeasured());
    }
    return counts;
  },
  rename: (id: number, name: string, color: string) => {
    const other = others.find(({ clientID }) => clientID === id);
    if (other === undefined) throw new Error('nobody has this id');
    other.setLocalStateField('user', { name, color });
    announce(other);
  },
  /** Returns how many moves were made. */
  moveEveryone: async ({ rounds, everyMilliseconds }: { readonly rounds: number; readonly everyMilliseconds: number }) => {
    let moves = 0;
    for (let round = 0; round < rounds; round++) {
      for (const [index, other] of others.entries()) {
        const at = (index * 7 + round) % theirs.content.length;
        other.setLocalStateField('cursor', toCursor(theirs.content, { anchor: at, head: at }));
        announce(other);
        moves++;
      }
      await new Promise<void>((done) => setTimeout(done, everyMilliseconds));
    }
    return moves;
  },
  myCursor: (): TextSpan | undefined => {
    const cursor = mine.awareness.getLocalState()?.cursor as PresenceCursor | null | undefined;
    return cursor ? toSpan(mine, cursor) : undefined;
  },
  showScene: (kind: 'prose' | 'code', theme: 'light' | 'dark') => {
    document.documentElement.dataset.theme = theme;
    editor.setTheme(theme);
    const { title, text, marks } = kind === 'prose' ? PROSE_SCENE : CODE_SCENE;
    harness.setTitle(title);
    theirs.content.delete(0, theirs.content.length);
    harness.fill(text);
    for (const other of others.splice(0)) {
      other.setLocalState(null);
      announce(other);
    }
    editor.focus();
    for (const [index, { name, from, to }] of marks.entries())
      addPerson(name, find(from), to === undefined ? find(from) : find(to), index * 3 + 1);
    view.dispatch({ selection: { anchor: text.length } });
  },
};

export type EditorHarness = typeof harness;

declare global {
  interface Window {
    readonly harness: EditorHarness;
  }
}

Object.assign(window, { harness });
