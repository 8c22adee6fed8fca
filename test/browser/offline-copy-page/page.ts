/** What the test of the offline copy calls in the page. */
import * as Y from 'yjs';
import { systemClock } from '../../../src/renderer/documents/clock';
import { openDeviceStorage } from '../../../src/renderer/documents/device-storage';
import type { DocumentId } from '../../../src/shared/protocol/routes';

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const key = { relay: 'a-relay', document: 'a-document' as DocumentId };

const openStorage = () => openDeviceStorage({ clock: systemClock, random });

async function openCopy(relay = key.relay) {
  const storage = await openStorage();
  const copy = await storage.copies.open({ ...key, relay });
  const doc = new Y.Doc();
  const text = doc.getText('content');
  if (copy.found.update !== undefined) Y.applyUpdate(doc, copy.found.update);
  doc.on('update', (update: Uint8Array) => copy.append(update, 42));
  return { storage, copy, doc, text, key };
}

function textOf(update: Uint8Array | undefined): string {
  const doc = new Y.Doc();
  if (update !== undefined) Y.applyUpdate(doc, update);
  return doc.getText('content').toString();
}

Object.assign(window, { textOf, key, openStorage, openCopy, encode: (doc: Y.Doc) => Y.encodeStateAsUpdate(doc), Y });
declare global {
  interface Window {
    textOf: typeof textOf;
    key: typeof key;
    openStorage: typeof openStorage;
    openCopy: typeof openCopy;
    encode: (doc: Y.Doc) => Uint8Array;
    Y: typeof Y;
    opened: Awaited<ReturnType<typeof openCopy>>;
  }
}
