/**
 * What a press on the text does besides placing the caret: links open, boxes are ticked.
 *
 * R1  Who writes opens a link with Ctrl (⌘ on a Mac), who may only read with the press alone; Alt-Enter opens the one at the caret.
 *     A drag selects.
 * R2  A press on a box of a task ticks it, and leaves the caret where it is; Mod-Enter ticks the box of the line.
 * R3  The pointer is a hand where a press would do something. Nothing is looked up while the mouse stays on one piece of text,
 *     and nothing at all with a key.
 */
import { type EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, type PluginValue, tooltips, ViewPlugin } from '@codemirror/view';
import { type Link, linkAt } from './links';
import { type TaskBox, taskBoxAt, tick, toggleTasks } from './task-boxes';

export interface PressingOptions {
  readonly openLink: (address: string) => void;
  /** Whether its people press ⌘ where others press Ctrl. */
  readonly isMac: boolean;
}

type Target = { readonly type: 'link'; readonly link: Link } | { readonly type: 'box'; readonly box: TaskBox };
type Press = Pick<MouseEvent, 'clientX' | 'clientY' | 'ctrlKey' | 'metaKey' | 'target'>;

export function pressing(options: PressingOptions): Extension {
  return [
    Prec.highest(handOf.of(options)),
    Prec.highest(
      EditorView.domEventHandlers({
        // Before the editor places a caret, or adds one.
        mousedown: (event, view) => {
          if (event.button !== 0 || event.shiftKey || event.altKey) return false;
          const target = targetOf(view, event, options);
          // Who reads may begin to select in a link.
          return target !== undefined && !(target.type === 'link' && view.state.readOnly);
        },
        click: (event, view) => {
          if (event.button !== 0 || event.shiftKey || event.altKey) return false;
          const target = targetOf(view, event, options);
          if (target === undefined || (view.state.readOnly && !view.state.selection.main.empty)) return false;
          if (target.type === 'link') options.openLink(target.link.address);
          else {
            view.dispatch({ changes: tick(target.box), userEvent: 'input.tick' });
            view.focus();
          }
          return true;
        },
      }),
    ),
    Prec.high(
      keymap.of([
        { key: 'Mod-Enter', run: toggleTasks },
        { key: 'Alt-Enter', run: ({ state }) => openAtCaret(state, options) },
      ]),
    ),
    // What holds the editor is a box of its own (`contain`): nothing is fixed to the window.
    tooltips({ position: 'absolute' }),
    hoverTooltip((view, at, side) => {
      const link = linkAt(view.state, at, side < 0 ? -1 : 1);
      if (link === undefined) return null;
      const press = view.state.readOnly ? 'Click' : `${options.isMac ? '⌘' : 'Ctrl'}+click`;
      return {
        // What follows the link is read next.
        above: true,
        pos: Math.max(link.from, view.state.doc.lineAt(at).from),
        create: () => {
          const dom = document.createElement('div');
          dom.className = 'link-tip';
          dom.textContent = `${press} opens ${link.where}`;
          return { dom };
        },
      };
    }),
  ];
}

function openAtCaret(state: EditorState, { openLink }: PressingOptions): boolean {
  const { head } = state.selection.main;
  const link = linkAt(state, head, 1) ?? linkAt(state, head, -1);
  if (link !== undefined) openLink(link.address);
  return link !== undefined;
}

/** What a press there would open or tick. */
function targetOf(view: EditorView, press: Press, { isMac }: PressingOptions): Target | undefined {
  // All that can be pressed is coloured, and so an element of its own: the room beside a line is not.
  if (!(press.target instanceof Element) || press.target.closest('.cm-line > *') === null) return undefined;
  const place = view.posAndSideAtCoords({ x: press.clientX, y: press.clientY });
  if (place === null) return undefined;
  const { state } = view;
  const isWithModifier = isMac ? press.metaKey : press.ctrlKey;
  const side = place.assoc < 0 ? -1 : 1;
  const box = state.readOnly || isWithModifier ? undefined : taskBoxAt(state, place.pos, side);
  if (box !== undefined) return { type: 'box', box };
  const link = isWithModifier || state.readOnly ? linkAt(state, place.pos, side) : undefined;
  return link && { type: 'link', link };
}

/** R3 */
class Hand implements PluginValue {
  readonly #view: EditorView;
  readonly #options: PressingOptions;
  readonly #end = new AbortController();
  #last: Press | undefined;

  constructor(view: EditorView, options: PressingOptions) {
    this.#view = view;
    this.#options = options;
    const { signal } = this.#end;
    view.contentDOM.addEventListener('mousemove', (event) => this.#move(event), { signal, passive: true });
    view.contentDOM.addEventListener('mouseleave', () => this.#show(undefined), { signal });
    for (const name of ['keydown', 'keyup'] as const)
      addEventListener(name, ({ key, ctrlKey, metaKey }) => (key === 'Control' || key === 'Meta') && this.#hold({ ctrlKey, metaKey }), {
        signal,
      });
    addEventListener('blur', () => this.#hold({ ctrlKey: false, metaKey: false }), { signal });
  }

  destroy(): void {
    this.#end.abort();
  }

  #move({ clientX, clientY, ctrlKey, metaKey, target }: MouseEvent): void {
    const last = this.#last;
    const isSame = last?.target === target && last?.ctrlKey === ctrlKey && last?.metaKey === metaKey;
    this.#last = { clientX, clientY, ctrlKey, metaKey, target };
    if (!isSame) this.#show(this.#last);
  }

  #hold(modifiers: Pick<Press, 'ctrlKey' | 'metaKey'>): void {
    if (this.#last === undefined) return;
    this.#last = { ...this.#last, ...modifiers };
    this.#show(this.#last);
  }

  #show(press: Press | undefined): void {
    this.#last = press;
    const isTarget = press !== undefined && targetOf(this.#view, press, this.#options) !== undefined;
    this.#view.scrollDOM.classList.toggle('is-pressable', isTarget);
  }
}

const handOf = ViewPlugin.define((view, options: PressingOptions) => new Hand(view, options));
