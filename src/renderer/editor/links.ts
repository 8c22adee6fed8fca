/**
 * Which link a place in a Markdown text is in, and where it leads (pure).
 *
 * R1  Inline links, images, `<autolinks>`, bare addresses and references with their definitions, as the parser has them.
 * R2  Only what a browser or a mail program opens, or this app: http, https, mailto, weft. All else is text: `javascript:`, `file:`,
 *     relative paths, references without a definition.
 */
import { markdownLanguage } from '@codemirror/lang-markdown';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';

type SyntaxNode = ReturnType<ReturnType<typeof syntaxTree>['resolveInner']>;

export interface Link {
  readonly from: number;
  readonly to: number;
  /** As the browser's parser writes it. */
  readonly address: string;
  /** For people: where a web address leads, however it is dressed up. */
  readonly where: string;
}

const PROTOCOLS = new Set(['http:', 'https:', 'mailto:', 'weft:']);
/** As the main process and the bridge have it. */
const LONGEST_ADDRESS = 2048;
const MAIL = /^[^\s@:/]+@[^\s@:/]+$/;
/** What may hold a definition. */
const CONTAINERS = new Set(['Document', 'Blockquote', 'BulletList', 'OrderedList', 'ListItem']);

/** @param side which neighbour is meant, where a link begins or ends at the place. */
export function linkAt(state: EditorState, at: number, side: 1 | -1): Link | undefined {
  if (!markdownLanguage.isActiveAt(state, at, side)) return undefined;
  let bare: SyntaxNode | undefined;
  for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(at, side); node !== null; node = node.parent) {
    if (node.name === 'Link' || node.name === 'Image' || node.name === 'Autolink') return toLink(node, destinationOf(state, node));
    if (node.name === 'URL') bare = node;
  }
  return bare && toLink(bare, state.sliceDoc(bare.from, bare.to));
}

function toLink({ from, to }: SyntaxNode, destination: string | undefined): Link | undefined {
  const url = destination === undefined ? undefined : safeUrl(destination);
  return url && { from, to, address: url.href, where: whereOf(url) };
}

function destinationOf(state: EditorState, node: SyntaxNode): string | undefined {
  const url = node.getChild('URL');
  if (url !== null) return state.sliceDoc(url.from, url.to);
  const label = node.getChild('LinkLabel');
  const named = label === null ? '' : labelOf(state.sliceDoc(label.from, label.to));
  // `[words][]` and `[words]` are named by their words.
  const marks = node.getChildren('LinkMark');
  return definition(state, named || labelOf(state.sliceDoc(node.from, marks[1]?.to ?? node.to).replace(/^!/, '')));
}

/** Compared as CommonMark does: without case, spaces as one. */
function labelOf(bracketed: string): string {
  return bracketed.slice(1, -1).trim().replace(/\s+/g, ' ').toLowerCase();
}

/** The first one counts. */
function definition(state: EditorState, label: string): string | undefined {
  let found: string | undefined;
  syntaxTree(state).iterate({
    enter: ({ name, node }) => {
      if (found !== undefined) return false;
      if (name !== 'LinkReference') return CONTAINERS.has(name);
      const [its, url] = [node.getChild('LinkLabel'), node.getChild('URL')];
      if (its !== null && url !== null && labelOf(state.sliceDoc(its.from, its.to)) === label) found = state.sliceDoc(url.from, url.to);
      return false;
    },
  });
  return found;
}

/** R2. Of an address as it is written in Markdown. */
function safeUrl(written: string): URL | undefined {
  const text = written.replace(/^<(.*)>$/, '$1').replace(/\\([!-/:-@[-`{-~])/g, '$1');
  const whole = MAIL.test(text) ? `mailto:${text}` : /^www\./i.test(text) ? `http://${text}` : text;
  if (!URL.canParse(whole)) return undefined;
  const url = new URL(whole);
  return PROTOCOLS.has(url.protocol) && url.href.length <= LONGEST_ADDRESS ? url : undefined;
}

function whereOf(url: URL): string {
  if (url.protocol === 'mailto:') return `a mail to ${decode(url.pathname)}`;
  return url.protocol === 'weft:' ? 'a document' : url.host;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
