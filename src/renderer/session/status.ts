/** What the app may truthfully say about a document. */
export interface SessionStatus {
  readonly connection: Connection;
  /**
   * Where everything typed here is by now: one of three truths and never more. `saved` only when this connection has
   * sent its sync-reply and sent = received = saved; or, without a connection, when that was so the last time and
   * nothing was typed since, which the offline copy knows across restarts.
   */
  readonly truth: 'on-device' | 'at-relay' | 'saved';
  /** When the oldest edit that is not saved was made; `undefined` when all are. Milliseconds since 1970. */
  readonly unsavedSince: number | undefined;
  /** Whether the offline copy on this device takes what is typed; the reason is one sentence for a person. */
  readonly offlineCopy: { readonly ok: true } | { readonly ok: false; readonly reason: string };
  /** The relay says its own storage fails: edits arrive but are not saved. */
  readonly relayStorageFailing: boolean;
  /** Whether the text shown has ever been complete: from the offline copy or the relay. Until then it is not shown as empty. */
  readonly loaded: boolean;
}

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  /** Not reachable; tries again by itself at `retryAt` (milliseconds since 1970). */
  | { readonly state: 'waiting'; readonly retryAt: number; readonly reason: string | undefined }
  /** Refused for good: trying again by itself would not help. `reason` is one sentence with what to do. */
  | { readonly state: 'refused'; readonly closeCode: number; readonly reason: string };
