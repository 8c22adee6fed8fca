import {
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  replaceAll,
  replaceNext,
  SearchQuery,
  searchPanelOpen,
  setSearchQuery,
} from '@codemirror/search';
import { type EditorView, type Panel, runScopeHandlers, type ViewUpdate } from '@codemirror/view';

/** Counting stops here, so that a search for “e” in a long document does not hold up typing. */
const MOST_COUNTED = 1000;

/** Find and replace: one slim bar over the text. Whoever may only read is not offered to replace. */
export function createSearchPanel(view: EditorView): Panel {
  return new SearchPanel(view);
}

class SearchPanel implements Panel {
  readonly dom = element('div', 'search-panel');
  readonly top = true;
  readonly #view: EditorView;
  readonly #find = field('Find', 'main-field');
  readonly #replace = field('Replace');
  readonly #matches = element('span', 'search-matches');
  readonly #caseSensitive = toggle('Aa', 'Match case');
  readonly #wholeWord = toggle('“w”', 'Whole words');
  readonly #regexp = toggle('.*', 'Regular expression');
  readonly #replacing: HTMLElement;
  #query: SearchQuery;

  constructor(view: EditorView) {
    this.#view = view;
    this.#query = getSearchQuery(view.state);
    this.#matches.setAttribute('role', 'status');
    this.#fill();
    const commit = () => this.#commit();
    for (const input of [this.#find, this.#replace]) input.addEventListener('input', commit);
    for (const button of [this.#caseSensitive, this.#wholeWord, this.#regexp]) {
      button.addEventListener('click', () => {
        button.setAttribute('aria-pressed', String(!isPressed(button)));
        commit();
      });
    }
    const row = (...parts: HTMLElement[]) => {
      const group = element('div', 'search-row');
      group.append(...parts);
      return group;
    };
    const act = (label: string, title: string, command: (target: EditorView) => boolean) => button(label, title, () => command(view));
    const one = act('Replace', 'Replace this match', replaceNext);
    this.#replacing = row(this.#replace, one, act('All', 'Replace all matches', replaceAll));
    this.#offerToReplace();
    const close = act('×', 'Close', closeSearchPanel);
    close.classList.add('search-close');
    this.dom.append(
      row(this.#findWithCount(), act('↑', 'Previous match', findPrevious), act('↓', 'Next match', findNext)),
      row(this.#caseSensitive, this.#wholeWord, this.#regexp),
      this.#replacing,
      close,
    );
    this.dom.setAttribute('role', 'search');
    this.dom.addEventListener('keydown', (event) => this.#handleKey(event));
  }

  /** The count stands inside of the field's end: no place is kept free for it beside. */
  #findWithCount(): HTMLElement {
    const both = element('div', 'search-find');
    both.append(this.#find, this.#matches);
    return both;
  }

  mount(): void {
    this.#find.select();
    this.#count();
  }

  update(update: ViewUpdate): void {
    if (update.state.readOnly !== update.startState.readOnly) this.#offerToReplace();
    const query = getSearchQuery(update.state);
    if (!query.eq(this.#query)) {
      this.#query = query;
      this.#fill();
    }
    if (update.docChanged || update.selectionSet || update.transactions.some(({ effects }) => effects.length > 0)) this.#count();
  }

  #offerToReplace(): void {
    const { readOnly } = this.#view.state;
    // What is hidden cannot keep the focus, and Escape shall go on closing the panel.
    if (readOnly && this.#replacing.contains(this.dom.ownerDocument.activeElement)) this.#find.focus();
    this.#replacing.hidden = readOnly;
  }

  #handleKey(event: KeyboardEvent): void {
    if (runScopeHandlers(this.#view, event, 'search-panel')) event.preventDefault();
    else if (event.key === 'Enter' && event.target === this.#find) {
      event.preventDefault();
      (event.shiftKey ? findPrevious : findNext)(this.#view);
    } else if (event.key === 'Enter' && event.target === this.#replace) {
      event.preventDefault();
      replaceNext(this.#view);
    }
  }

  #commit(): void {
    const query = new SearchQuery({
      search: this.#find.value,
      replace: this.#replace.value,
      caseSensitive: isPressed(this.#caseSensitive),
      wholeWord: isPressed(this.#wholeWord),
      regexp: isPressed(this.#regexp),
      literal: !isPressed(this.#regexp),
    });
    if (query.eq(this.#query)) return;
    this.#query = query;
    this.#view.dispatch({ effects: setSearchQuery.of(query) });
  }

  #fill(): void {
    if (this.#find.value !== this.#query.search) this.#find.value = this.#query.search;
    if (this.#replace.value !== this.#query.replace) this.#replace.value = this.#query.replace;
    this.#caseSensitive.setAttribute('aria-pressed', String(this.#query.caseSensitive));
    this.#wholeWord.setAttribute('aria-pressed', String(this.#query.wholeWord));
    this.#regexp.setAttribute('aria-pressed', String(this.#query.regexp));
  }

  #count(): void {
    this.#matches.textContent = searchPanelOpen(this.#view.state) || this.dom.isConnected ? describeMatches(this.#view, this.#query) : '';
  }
}

function describeMatches(view: EditorView, query: SearchQuery): string {
  if (query.search === '') return '';
  if (!query.valid) return 'not a pattern';
  const { from, to } = view.state.selection.main;
  const cursor = query.getCursor(view.state);
  let count = 0;
  let current = 0;
  for (let next = cursor.next(); !next.done && count < MOST_COUNTED; next = cursor.next()) {
    count++;
    if (next.value.from === from && next.value.to === to) current = count;
  }
  if (count === 0) return 'no match';
  const total = count === MOST_COUNTED ? `${MOST_COUNTED}+` : String(count);
  return current === 0 ? total : `${current} of ${total}`;
}

function element(name: 'div' | 'span', className: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

function field(label: string, role?: 'main-field'): HTMLInputElement {
  const input = document.createElement('input');
  input.className = 'search-field';
  input.placeholder = label;
  input.setAttribute('aria-label', label);
  // CodeMirror focuses the field that says so when the panel is opened again.
  if (role === 'main-field') input.setAttribute('main-field', 'true');
  return input;
}

function button(label: string, title: string, run: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'search-button';
  made.textContent = label;
  made.title = title;
  made.setAttribute('aria-label', title);
  made.addEventListener('click', run);
  return made;
}

function toggle(label: string, title: string): HTMLButtonElement {
  const made = button(label, title, () => undefined);
  made.classList.add('search-toggle');
  made.setAttribute('aria-pressed', 'false');
  return made;
}

function isPressed(made: HTMLButtonElement): boolean {
  return made.getAttribute('aria-pressed') === 'true';
}
