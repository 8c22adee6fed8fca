import type { Frame } from './frames';

/** What a peer may do in a document. */
export type Role = 'editor' | 'viewer';

export function isRole(value: unknown): value is Role {
  return value === 'editor' || value === 'viewer';
}

/** Frames that change a document when the relay believes them. */
export function isWriting(frame: Frame): boolean {
  return frame.type === 'update' || frame.type === 'sync-reply';
}

/**
 * The whole of read-only mode: decided on the decoded frame, because a check of its first two bytes can be bypassed
 * by numbers that are longer than needed (`80 00` is 0 too). Looked up for every frame, so a changed role counts at once.
 */
export function maySend(role: Role, frame: Frame): boolean {
  return role === 'editor' || !isWriting(frame);
}
