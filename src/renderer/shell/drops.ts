import { importText } from '../documents/import-text';
import { openAsDocument } from './commands';
import type { Shell } from './shell';

/** Bytes: what a relay accepts as a document by default. */
export const LARGEST_FILE = 10 * 1024 * 1024;

/** A text file dropped on the window becomes a new document. Text dragged inside the editor is the editor's. Returns its own end. */
export function watchDroppedFiles(shell: Shell): () => void {
  const onDrag = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    document.documentElement.dataset.dragging = 'file';
  };
  const onLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) delete document.documentElement.dataset.dragging;
  };
  const onDrop = (event: DragEvent) => {
    delete document.documentElement.dataset.dragging;
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    void openDropped(shell, file).catch((error: unknown) => shell.say(error instanceof Error ? error.message : String(error)));
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
