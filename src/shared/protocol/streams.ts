/** The relay's addresses for reading and writing over plain HTTP (docs/http.md). */
import type { DocumentId } from './routes';
import { documentResource } from './sharing';

export const FEEDS_PATH = '/feeds';

export function presencePath(id: DocumentId): string {
  return `${documentResource(id)}/presence`;
}

export function streamPath(id: DocumentId): string {
  return `${documentResource(id)}/stream`;
}

export function framesPath(id: DocumentId): string {
  return `${documentResource(id)}/frames`;
}
