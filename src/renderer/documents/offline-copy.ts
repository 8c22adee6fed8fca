/**
 * The copy of a document on this device: what opens it without a relay, and what keeps the text when a relay is lost.
 *
 * R1  Nothing counts as on this device before the platform has confirmed that it is written.
 * R2  A write that fails is reported, stays queued and is tried again.
 * R3  Two windows may hold the same document: neither takes anything from the other.
 * R4  Replacing is one step: a crash leaves the old copy or the new one with the kept text, never a part of either. What another
 *     window typed that no relay has, and that whoever replaces never had, is kept too.
 * R5  After forgetting, no byte of the document is left, and a window that still has it open writes none.
 */
import type { Observable } from '../../shared/observable';
import type { DocumentId } from '../../shared/protocol/routes';

/** Which copy: of which document at which relay. */
export interface CopyKey {
  /** The relay's id; its origin as long as the relay was never reached. */
  readonly relay: string;
  readonly document: DocumentId;
}

export interface OfflineCopies {
  /** Never rejects because of the storage: without one the copy is empty and says so in `health`. */
  open(key: CopyKey): Promise<OfflineCopy>;
  /**
   * The same copy under another key, joined with what is there already; the given one must not be used any more. Never
   * rejects: what cannot be moved stays where it is, and is what comes back.
   */
  move(copy: OfflineCopy, to: CopyKey): Promise<OfflineCopy>;
  /** Removes every byte of it. */
  forget(key: CopyKey): Promise<void>;
}

export interface OfflineCopy {
  readonly key: CopyKey;
  /** What was there when it was opened. */
  readonly found: FoundCopy;
  readonly health: Observable<CopyHealth>;
  /** Keeps an update. `unsavedSince`: when the oldest edit that no relay has saved was made, if there is one. */
  append(update: Uint8Array, unsavedSince: number | undefined): void;
  /** From now on this is the whole document and may be shown without a relay. */
  markComplete(): void;
  /** Everything so far is saved at the relay. */
  markSaved(): void;
  /** Puts `update` in the place of everything, in one step with keeping the old text. Rejects when it cannot. */
  replace(update: Uint8Array, keptText: KeptText | undefined): Promise<void>;
  /** Resolves when everything so far is confirmed; rejects when that failed. Starts writing before it returns. */
  flush(): Promise<void>;
  /** Flushes, tidies up and lets go. */
  close(): Promise<void>;
}

export interface FoundCopy {
  /** `undefined` when there was none. */
  readonly update: Uint8Array | undefined;
  readonly complete: boolean;
  /** Milliseconds since 1970; `undefined` when everything was saved. */
  readonly unsavedSince: number | undefined;
  /** Whether the relay was ever seen to have saved everything; what is not since then has a time in `unsavedSince`. */
  readonly everSaved: boolean;
  /** Kept when the document was replaced, and not let go yet. */
  readonly keptText: KeptText | undefined;
}

export type CopyHealth =
  /** Everything typed is on the device. */
  | { readonly state: 'working' }
  /** Something typed is being written, and not confirmed (R1). */
  | { readonly state: 'writing' }
  /** One sentence for a person. */
  | { readonly state: 'failing'; readonly reason: string }
  /** Another window replaced the document: what is written here no longer belongs to it. */
  | { readonly state: 'outdated' };

/** The text of a document that had to be replaced: kept on the device until the person lets it go. */
export interface KeptText {
  /** Random, unique on this device. */
  readonly id: string;
  readonly document: DocumentId;
  readonly title: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly keptAt: number;
}

export const NOTHING_FOUND: FoundCopy = {
  update: undefined,
  complete: false,
  unsavedSince: undefined,
  everSaved: false,
  keptText: undefined,
};
