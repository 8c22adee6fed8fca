/**
 * Goes where another person goes, until one takes the view back.
 *
 * R1  Their caret is kept in the middle part of the window, with room around it. Short ways the view glides, far ones it
 *     jumps; under `prefers-reduced-motion` it never glides.
 * R2  Whoever scrolls, by wheel, finger, key or scroll bar, moves the caret, or writes, has the view back at once.
 * R3  Who is gone may be back in a moment, under another id: it goes on when it is clearly them (same-person.ts), else it ends.
 * R4  While they are not in the text, the view stays where it is.
 */
import { type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap, type PluginValue, type Rect, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { Observable, ObservableValue } from '../../shared/observable';
import type { Person } from '../presence/person';
import { cameBackAs, namesakesOf } from '../presence/same-person';
import { placeOfPerson, showFlagOf } from './remote-cursors';

/** How long somebody may be gone and still be followed. */
export const MOMENT_MS = 8_000;
/** After this long a glide has about two thirds of its way behind it. */
const GLIDE_MS = 80;
/** Parts of the window's height that their caret is kept away from its edges; below, more: they write downwards. */
const ROOM_ABOVE = 0.2;
const ROOM_BELOW = 0.34;
/** Pixels at the sides, where lines are not wrapped. */
const ROOM_BESIDE = 48;

export interface FollowerOptions {
  readonly people: Observable<readonly Person[]>;
  /** Whom one follows: told by the follower alone. */
  readonly following: ObservableValue<number | undefined>;
}

export function follower(options: FollowerOptions): Extension {
  const stop = (view: EditorView): boolean => {
    followPerson(view, undefined);
    // Escape has other meanings too: with Tab after it, it leaves the text.
    return false;
  };
  return [plugin.of(options), Prec.low(keymap.of([{ key: 'Escape', run: stop }]))];
}

/** `undefined`: nobody any more. */
export function followPerson(view: EditorView, id: number | undefined): void {
  view.plugin(plugin)?.follow(id);
}

interface Followed {
  readonly person: Person;
  readonly namesakes: readonly number[];
}

class Follower implements PluginValue {
  readonly #view: EditorView;
  readonly #options: FollowerOptions;
  readonly #stopWatching: () => void;
  readonly #takeBack = new AbortController();
  #followed: Followed | undefined;
  #moment: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;
  #framedAt: number | undefined;

  constructor(view: EditorView, options: FollowerOptions) {
    this.#view = view;
    this.#options = options;
    this.#stopWatching = options.people.subscribe((people) => this.#look(people));
    const { scrollDOM } = view;
    const listen = <Name extends keyof HTMLElementEventMap>(name: Name, takesBack: (event: HTMLElementEventMap[Name]) => boolean) =>
      scrollDOM.addEventListener(name, (event) => takesBack(event) && this.follow(undefined), {
        passive: true,
        signal: this.#takeBack.signal,
      });
    // With Ctrl a wheel makes the page larger.
    listen('wheel', ({ ctrlKey }) => !ctrlKey);
    listen('touchmove', () => true);
    // The scroll bar; presses in the text itself move the caret.
    listen('pointerdown', ({ target }) => target === scrollDOM);
  }

  follow(id: number | undefined): void {
    const { people, following } = this.#options;
    const person = people.current.find((other) => other.id === id && !other.isMe);
    this.#rest();
    clearTimeout(this.#moment);
    this.#moment = undefined;
    this.#followed = person && { person, namesakes: namesakesOf(person, people.current) };
    following.set(person?.id);
    if (person === undefined) return;
    showFlagOf(this.#view, person.id);
    this.#goSoon();
  }

  update(update: ViewUpdate): void {
    if (this.#followed === undefined) return;
    if (update.transactions.some((transaction) => MINE.some((event) => transaction.isUserEvent(event)))) this.follow(undefined);
    else if (update.docChanged || update.geometryChanged) this.#goSoon();
  }

  destroy(): void {
    this.#stopWatching();
    this.#takeBack.abort();
    this.#rest();
    clearTimeout(this.#moment);
  }

  #look(people: readonly Person[]): void {
    const followed = this.#followed;
    if (followed === undefined) return;
    const person = people.find(({ id }) => id === followed.person.id) ?? cameBackAs(followed.person, followed.namesakes, people);
    if (person === undefined) {
      this.#moment ??= setTimeout(() => this.follow(undefined), MOMENT_MS);
      return;
    }
    clearTimeout(this.#moment);
    this.#moment = undefined;
    this.#followed = { ...followed, person };
    this.#options.following.set(person.id);
    this.#goSoon();
  }

  #goSoon(): void {
    this.#frame ??= requestAnimationFrame((now) => this.#go(now));
  }

  #rest(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#framedAt = undefined;
  }

  /** One picture's worth of the way. */
  #go(now: number): void {
    const passed = now - (this.#framedAt ?? now - 16);
    this.#rest();
    const { scrollDOM } = this.#view;
    const position = this.#followed && placeOfPerson(this.#view, this.#followed.person.id);
    if (position === undefined) return;
    const frame = scrollDOM.getBoundingClientRect();
    const caret = this.#view.coordsAtPos(position);
    const [across, down] = caret === null ? [0, Number.POSITIVE_INFINITY] : this.#wayTo(caret, frame);
    if (Math.abs(down) > frame.height) {
      this.#view.dispatch({ effects: EditorView.scrollIntoView(position, { y: 'center' }) });
      return;
    }
    const part = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1 : 1 - Math.exp(-passed / GLIDE_MS);
    const { scrollTop, scrollLeft } = scrollDOM;
    scrollDOM.scrollTop += step(down, part);
    scrollDOM.scrollLeft += step(across, part);
    // At the edges of the text there is no way left.
    if (scrollDOM.scrollTop === scrollTop && scrollDOM.scrollLeft === scrollLeft) return;
    this.#goSoon();
    this.#framedAt = now;
  }

  #wayTo(caret: Rect, frame: DOMRect): readonly [across: number, down: number] {
    const down = beyond([caret.top, caret.bottom], [frame.top + frame.height * ROOM_ABOVE, frame.bottom - frame.height * ROOM_BELOW]);
    if (this.#view.lineWrapping) return [0, down];
    const gutters = this.#view.dom.querySelector('.cm-gutters')?.clientWidth ?? 0;
    return [beyond([caret.left, caret.right], [frame.left + gutters + ROOM_BESIDE, frame.right - ROOM_BESIDE]), down];
  }
}

/** What a person does in the editor; others' changes have none of these. */
const MINE = ['select', 'input', 'delete', 'move', 'undo', 'redo'] as const;

const plugin = ViewPlugin.define<Follower, FollowerOptions>((view, options) => new Follower(view, options));

/** How far something is out of its room; 0 inside of it. */
function beyond([from, to]: readonly [number, number], [low, high]: readonly [number, number]): number {
  if (from < low) return from - low;
  return to > high ? to - high : 0;
}

/** At least one pixel, else it would never arrive. */
function step(way: number, part: number): number {
  return Math.abs(way) <= 1 ? way : Math.sign(way) * Math.max(1, Math.abs(way) * part);
}
