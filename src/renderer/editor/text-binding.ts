/**
 * Keeps the editor's text and the replica's `content` the same, in both directions.
 *
 * R1  After every step the editor shows exactly `content`: what is not text in it stands as one U+FFFC, so offsets agree.
 * R2  One editor transaction is one Yjs transaction. Loops are cut by origin: ours on the way in, an annotation on the way out.
 * R3  What others write keeps my selection, and what I look at where it is on the screen (view-hold.ts).
 * R4  The view is never told anything while it is updating: what comes then is taken up right after.
 * R5  Lengths are compared after every change; if they differ, the editor is rebuilt from `content` by difference.
 * R6  A replaced replica is taken over by difference.
 * R7  While the text may only be read, nothing is written: whatever got past every other guard (read-only.ts) is taken back.
 */
import { Annotation, type ChangeSpec, type Extension, Text, Transaction } from '@codemirror/state';
import { type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type * as Y from 'yjs';
import type { Observable } from '../../shared/observable';
import type { Replica } from '../documents/replica';

import { diffTexts } from './text-diff';
import { ViewHolder } from './view-hold';
import { eachWholeChange } from './well-formed-text';

/** On transactions that came from the replica; they are never written back. */
export const fromReplica = Annotation.define<TextBinding>();

/** What the undo history listens to: called with the transaction before it is written. */
export type BeforeWrite = (transaction: Transaction) => void;

export interface TextBindingOptions {
  readonly replica: Observable<Replica>;
  readonly beforeWrite?: BeforeWrite;
}

/** The `content` of a replica as the editor shows it. */
export function textOf(content: Y.Text): string {
  const text = content.toString();
  if (text.length === content.length) return text;
  return content
    .toDelta()
    .map(({ insert }: { readonly insert: unknown }) => shown(insert))
    .join('');
}

export function textBinding(options: TextBindingOptions): Extension {
  return bindingPlugin.of(options);
}

/** The binding of a view: for its count of rebuilds. */
export function textBindingOf(view: EditorView): TextBinding | undefined {
  return view.plugin(bindingPlugin) ?? undefined;
}

class TextBinding {
  /** How often R5 had to heal. Anything but 0 is a bug somewhere. */
  rebuilt = 0;
  readonly #view: EditorView;
  readonly #options: TextBindingOptions;
  readonly #holder: ViewHolder;
  readonly #stopWatchingReplica: () => void;
  readonly #onContent = (event: Y.YTextEvent, transaction: Y.Transaction) => this.#read(event, transaction);
  #replica: Replica;
  /** Editor transactions being written right now: then the view is updating. */
  #writing = 0;
  #destroyed = false;

  constructor(view: EditorView, options: TextBindingOptions) {
    this.#view = view;
    this.#options = options;
    this.#holder = new ViewHolder(view);
    this.#replica = options.replica.current;
    this.#attach();
    this.#stopWatchingReplica = options.replica.subscribe((next) => this.#changeOver(next));
    // The state may have been made from an older text.
    if (view.state.doc.length !== this.#replica.content.length) this.#reconcileSoon();
  }

  update(update: ViewUpdate): void {
    for (const transaction of update.transactions) {
      if (transaction.docChanged && transaction.annotation(fromReplica) !== this) this.#write(transaction);
    }
  }

  destroy(): void {
    this.#destroyed = true;
    this.#stopWatchingReplica();
    this.#detach();
  }

  #attach(): void {
    this.#replica.undo.trackedOrigins.add(this);
    this.#replica.content.observe(this.#onContent);
  }

  #detach(): void {
    this.#replica.undo.trackedOrigins.delete(this);
    this.#replica.content.unobserve(this.#onContent);
  }

  #changeOver(next: Replica): void {
    this.#detach();
    this.#replica = next;
    this.#attach();
    if (this.#writing > 0) this.#reconcileSoon();
    else this.#reconcile();
  }

  /** R2. A plugin that throws is switched off, and the text with it: so nothing may throw from here. */
  #write(transaction: Transaction): void {
    if (transaction.startState.readOnly) {
      this.#reconcileSoon();
      return;
    }
    const { doc, content } = this.#replica;
    this.#writing++;
    try {
      this.#options.beforeWrite?.(transaction);
      doc.transact(() => {
        eachWholeChange(transaction.changes, transaction.startState.doc, transaction.newDoc, (from, removed, insert) => {
          if (removed > 0) content.delete(from, removed);
          if (insert !== '') content.insert(from, insert, {});
        });
      }, this);
    } catch (error) {
      console.error('an edit could not be written to the document', error);
      this.#reconcileSoon();
    } finally {
      this.#writing--;
    }
    if (content.length !== transaction.newDoc.length) this.#reconcileSoon();
  }

  #read(event: Y.YTextEvent, transaction: Y.Transaction): void {
    if (transaction.origin === this) return;
    if (this.#writing > 0) {
      this.#reconcileSoon();
      return;
    }
    const changes: ChangeSpec[] = [];
    let position = 0;
    for (const { retain, delete: removed, insert } of event.delta) {
      if (retain !== undefined) position += retain;
      if (insert !== undefined) changes.push({ from: position, insert: toLines(shown(insert)) });
      if (removed !== undefined) {
        changes.push({ from: position, to: position + removed });
        position += removed;
      }
    }
    const { undo } = this.#replica;
    const mine = transaction.origin === undo;
    const userEvent = mine ? (undo.undoing ? 'undo' : 'redo') : undefined;
    if (position <= this.#view.state.doc.length) this.#apply(changes, userEvent);
    if (this.#view.state.doc.length !== this.#replica.content.length) this.#heal();
  }

  /** Changes of the replica that are not changes of mine, or my own taken back (`userEvent`). */
  #apply(changes: readonly ChangeSpec[], userEvent?: string): void {
    if (changes.length === 0) return;
    const set = this.#view.state.changes(changes);
    const annotations = [fromReplica.of(this), userEvent === undefined ? Transaction.remote.of(true) : Transaction.userEvent.of(userEvent)];
    const settle = userEvent === undefined ? this.#holder.hold(set) : undefined;
    this.#view.dispatch({ changes: set, annotations, filter: false });
    settle?.();
  }

  #heal(): void {
    if (this.rebuilt++ === 0) console.error('the editor differed from the document and was rebuilt');
    this.#reconcile();
  }

  #reconcileSoon(): void {
    queueMicrotask(() => {
      if (!this.#destroyed) this.#reconcile();
    });
  }

  #reconcile(): void {
    const changes = diffTexts(this.#view.state.doc.toString(), textOf(this.#replica.content));
    this.#apply(changes.map(({ from, to, insert }) => ({ from, to, insert: toLines(insert) })));
  }
}

const bindingPlugin = ViewPlugin.define<TextBinding, TextBindingOptions>((view, options) => new TextBinding(view, options));

/** Not `state.toText`: that takes a `\r` for a line's end, and the offsets would differ. */
function toLines(text: string): Text {
  return Text.of(text.split('\n'));
}

function shown(insert: unknown): string {
  return typeof insert === 'string' ? insert : '\ufffc';
}
