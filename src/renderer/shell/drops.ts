import { type DocumentAddress, parseAddress } from '../../shared/protocol/links';
import { importText } from '../documents/import-text';
import { openAsDocument } from './commands';
import type { Shell } from './shell';

/** Bytes: what a relay accepts as a document by default. */
const LARGEST_FILE = 10 * 1024 * 1024;

/**
 * A text file dropped on the window becomes a new document, a document's link opens it. Text dragged inside the editor is the
 * editor's; a link is not, even over the text: its secret would be there for everyone. Returns its own end.
 */
export function watchDrops(shell: Shell): () => void {
  const onDrag = (event: DragEvent) => {
    const types = event.dataTransfer?.types ?? [];
    if (types.includes('Files')) document.documentElement.dataset.dragging = 'file';
    else if (!types.includes(LINKS) || isField(event.target)) return;
    event.preventDefault();
  };
  const onLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) delete document.documentElement.dataset.dragging;
  };
  const onDrop = (event: DragEvent) => {
    delete document.documentElement.dataset.dragging;
    const dropped = event.dataTransfer?.files[0] ?? linkIn(event);
    if (dropped === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    void (dropped instanceof File ? openDropped(shell, dropped) : shell.visit(dropped)).catch((error: unknown) =>
      shell.say(error instanceof Error ? error.message : String(error)),
    );
  };
  addEventListener('dragover', onDrag, { capture: true });
  addEventListener('dragleave', onLeave);
  addEventListener('drop', onDrop, { capture: true });
  return () => {
    removeEventListener('dragover', onDrag, { capture: true });
    removeEventListener('dragleave', onLeave);
    removeEventListener('drop', onDrop, { capture: true });
  };
}

/** RFC 2483, section 5: one address a line, `#` begins a comment. */
const LINKS = 'text/uri-list';

function linkIn({ dataTransfer, target }: DragEvent): DocumentAddress | undefined {
  if (isField(target)) return undefined;
  const lines = (dataTransfer?.getData(LINKS) ?? '').split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return lines[0] === undefined ? undefined : parseAddress(lines[0]);
}

/** Where a person pastes addresses: it takes a dropped one by itself. */
function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement;
}

async function openDropped(shell: Shell, file: File): Promise<void> {
  const { text, lineEnding } = importText(await readTextOf(file));
  await openAsDocument(shell, { name: file.name, text, lineEnding });
}

/** Throws one sentence for a person when it is not text in UTF-8, or too large. */
export async function readTextOf(file: File): Promise<string> {
  if (file.size > LARGEST_FILE) throw new Error(`“${file.name}” is larger than ${LARGEST_FILE / 1024 / 1024} MiB.`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    if (!text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new Error(`“${file.name}” is not a text file in UTF-8.`);
}
