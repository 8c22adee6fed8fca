import type { TextFile } from '../../shared/bridge';
import type { DocumentAddress } from '../../shared/protocol/links';
import { smallStorage } from './small-storage';

/** Which line ending a document's file had, on this device: a copy is saved with the same. */
export function rememberLineEnding(address: DocumentAddress, lineEnding: TextFile['lineEnding']): void {
  if (lineEnding === '\n') smallStorage.removeItem(keyOf(address));
  else smallStorage.setItem(keyOf(address), JSON.stringify(lineEnding));
}

/** Together with the document: nothing of it stays on this device. */
export function forgetLineEnding(address: DocumentAddress): void {
  smallStorage.removeItem(keyOf(address));
}

export function lineEndingOf(address: DocumentAddress): TextFile['lineEnding'] {
  const stored = smallStorage.getItem(keyOf(address));
  if (stored === JSON.stringify('\r\n')) return '\r\n';
  return stored === JSON.stringify('\r') ? '\r' : '\n';
}

function keyOf({ document }: DocumentAddress): string {
  return `weft.line-ending.${document}`;
}
