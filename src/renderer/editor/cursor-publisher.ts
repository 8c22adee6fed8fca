/**
 * Shows the others where I am.
 *
 * R1  At most every {@link PUBLISH_EVERY_MS}, never from inside an update, and only when the place changed. What I write is painted
 *     first: the others' editors move my caret with it by themselves.
 * R2  Who has not been in the text yet has no cursor; who leaves it for the title or another window keeps it.
 * R3  A replaced replica gets it anew; a destroyed editor takes it away.
 */
import type { Extension } from '@codemirror/state';
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { PresenceCursor } from '../../shared/protocol/presence';
import type { Replica } from '../documents/replica';
import { isSameCursor, toCursor } from './text-places';

const PUBLISH_EVERY_MS = 50;
/** A frame and a little. */
const PAINTED_FIRST_MS = 20;

export function publishCursor(replica: Observable<Replica>): Extension {
  return ViewPlugin.define((view) => new CursorPublisher(view, replica));
}

class CursorPublisher implements PluginValue {
  readonly #view: EditorView;
  readonly #replica: Observable<Replica>;
  readonly #stopWatchingReplica: () => void;
  #published: PresenceCursor | undefined;
  #publishedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasBeenInText = false;

  constructor(view: EditorView, replica: Observable<Replica>) {
    this.#view = view;
    this.#replica = replica;
    this.#stopWatchingReplica = replica.subscribe(() => {
      this.#published = undefined;
      this.#publishSoon();
    });
  }

  update(update: ViewUpdate): void {
    if (update.focusChanged && update.view.hasFocus) this.#hasBeenInText = true;
    if (update.docChanged) this.#publishSoon(PAINTED_FIRST_MS);
    else if (update.selectionSet || update.focusChanged) this.#publishSoon();
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#stopWatchingReplica();
    this.#replica.current.awareness.setLocalStateField('cursor', null);
  }

  #publishSoon(least = 0): void {
    if (!this.#hasBeenInText) return;
    const wait = Math.max(least, this.#publishedAt + PUBLISH_EVERY_MS - performance.now());
    this.#timer ??= setTimeout(() => this.#publish(), wait);
  }

  #publish(): void {
    this.#timer = undefined;
    const { content, awareness } = this.#replica.current;
    const cursor = toCursor(content, this.#view.state.selection.main);
    if (isSameCursor(cursor, this.#published)) return;
    this.#published = cursor;
    this.#publishedAt = performance.now();
    awareness.setLocalStateField('cursor', cursor);
  }
}
