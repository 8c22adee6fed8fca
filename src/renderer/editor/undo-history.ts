/**
 * Undo and redo of one's own edits, with the selection they had.
 *
 * R1  Undo takes back what was written here, never what others wrote.
 * R2  The selection from before the edit comes back, and is scrolled to; redo brings the one from after it.
 * R3  Groups are what people mean by one step: typing without a pause. A paste, a cut, a drop or a replacement stands alone;
 *     typing and deleting do not mix; moving the caret ends a group.
 * R4  In a document that may only be read there is nothing to undo.
 */
import type { Transaction } from '@codemirror/state';
import { type Command, EditorView, type KeyBinding } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { PresenceCursor } from '../../shared/protocol/presence';
import type { Replica } from '../documents/replica';
import { toCursor, toSpan } from './text-places';

const SELECTION = 'selection';
/** Yjs takes edits together that are up to 500 ms apart; `stopCapturing` makes it forget the last one. */
const SURELY_ONE_STEP_MS = 250;

interface StackEvent {
  readonly stackItem: { readonly meta: Map<unknown, unknown> };
  readonly changedParentTypes: ReadonlyMap<unknown, unknown>;
}

export class UndoHistory {
  readonly #replica: Observable<Replica>;
  readonly #stopWatchingReplica: () => void;
  readonly #onAdded = ({ stackItem, changedParentTypes }: StackEvent) => {
    // The title has the same history, and no selection of ours.
    if (changedParentTypes.has(this.#replica.current.content)) stackItem.meta.set(SELECTION, this.#before);
  };
  readonly #onPopped = ({ stackItem }: StackEvent) => {
    this.#popped = stackItem.meta.get(SELECTION) as PresenceCursor | undefined;
  };
  #undo: Replica['undo'];
  #group = '';
  #before: PresenceCursor | undefined;
  #popped: PresenceCursor | undefined;

  constructor(replica: Observable<Replica>) {
    this.#replica = replica;
    this.#undo = replica.current.undo;
    this.#attach();
    this.#stopWatchingReplica = replica.subscribe((next) => {
      this.#detach();
      this.#undo = next.undo;
      this.#attach();
    });
  }

  destroy(): void {
    this.#stopWatchingReplica();
    this.#detach();
  }

  /** Called with each transaction of the editor's own before it is written. */
  beforeWrite(transaction: Transaction): void {
    const group = groupOf(transaction);
    if (group === '' || group !== this.#group) this.#undo.stopCapturing();
    this.#group = group;
    // Only what begins a step has a selection to come back to; to say where it is, Yjs walks there from the beginning of the text.
    if (Date.now() - this.#undo.lastChange < SURELY_ONE_STEP_MS) return;
    this.#before = toCursor(this.#replica.current.content, transaction.startState.selection.main);
  }

  /** R3: the caret was moved, or the editor was left. */
  endGroup(): void {
    this.#group = '';
  }

  readonly undo: Command = (view) => this.#pop(view, 'undo');
  readonly redo: Command = (view) => this.#pop(view, 'redo');

  get keys(): readonly KeyBinding[] {
    return [
      { key: 'Mod-z', run: this.undo, preventDefault: true },
      { key: 'Mod-y', mac: 'Mod-Shift-z', run: this.redo, preventDefault: true },
      { key: 'Mod-Shift-z', run: this.redo, preventDefault: true },
    ];
  }

  #pop(view: EditorView, direction: 'undo' | 'redo'): boolean {
    if (view.state.readOnly) return false;
    const { content } = this.#replica.current;
    this.endGroup();
    this.#popped = undefined;
    this.#before = toCursor(content, view.state.selection.main);
    if (this.#undo[direction]() === null) return false;
    const span = this.#popped === undefined ? undefined : toSpan(this.#replica.current, this.#popped);
    const effects = EditorView.scrollIntoView(span?.head ?? view.state.selection.main.head, { y: 'nearest', yMargin: 48 });
    view.dispatch(span === undefined ? { effects } : { selection: span, effects, userEvent: `select.${direction}` });
    return true;
  }

  #attach(): void {
    this.#undo.on('stack-item-added', this.#onAdded);
    this.#undo.on('stack-item-popped', this.#onPopped);
  }

  #detach(): void {
    this.#undo.off('stack-item-added', this.#onAdded);
    this.#undo.off('stack-item-popped', this.#onPopped);
  }
}

/** Transactions of the same group may become one step; empty: this one stands alone. */
function groupOf(transaction: Transaction): string {
  if (transaction.isUserEvent('input.type')) return 'typing';
  if (transaction.isUserEvent('delete') && !transaction.isUserEvent('delete.cut')) return 'deleting';
  return '';
}
