/** What a connection can be, what can happen to it, and what is to be done then: the words of step.ts. */
export interface ConnectionState {
  readonly phase: Phase;
  /** The number of the attempt, rising. */
  readonly turn: number;
  /** Attempts since the last stable connection; decides how long to wait. */
  readonly failures: number;
  /** When the last fresh replica was begun that a role was not the reason for; `undefined` when none was. */
  readonly startedOverAt: number | undefined;
}

export const IDLE: ConnectionState = { phase: { type: 'idle' }, turn: 0, failures: 0, startedOverAt: undefined };

export type Phase =
  | { readonly type: 'idle' }
  /** Asking who is there. `inUse`: a connection that serves until there is another. */
  | { readonly type: 'looking-up'; readonly inUse: Live | undefined }
  /** The relay is known; asking by what we get in. A socket may be on its way. */
  | { readonly type: 'seeking-admission'; readonly inUse: Live | undefined }
  /** Admitted; the socket may not be open yet. */
  | { readonly type: 'opening' }
  /** Open, but the relay's answer is not complete. */
  | { readonly type: 'joining'; readonly backInMs: number | undefined }
  | Live
  | { readonly type: 'waiting'; readonly retryAt: number; readonly reason: string | undefined }
  | { readonly type: 'needs-relay-key'; readonly reason: string }
  | { readonly type: 'refused'; readonly closeCode: number; readonly reason: string; readonly mayBegin?: true }
  | { readonly type: 'closed' };

export interface Live {
  readonly type: 'live';
  readonly proof: Proof;
  readonly backInMs: number | undefined;
}

/** That the line is alive: given, or asked for, or asked for and late. */
export type Proof = 'given' | 'asked' | 'late';

/** `at`: milliseconds since 1970. `random`: 0 ≤ random < 1. */
export type ConnectionEvent =
  | { readonly type: 'open' }
  | { readonly type: 'relay-found'; readonly turn: number; readonly at: number; readonly isOther: boolean }
  /**
   * `isAsExpected`: the socket on its way is what the relay allows. `mustReplace`: what was typed here will not be taken any
   * more.
   */
  | { readonly type: 'admitted'; readonly turn: number; readonly isAsExpected: boolean; readonly mustReplace: boolean }
  | {
      readonly type: 'not-admitted';
      readonly turn: number;
      readonly needs: 'link' | 'link-or-beginning' | 'relay-key';
      readonly reason: string;
    }
  | { readonly type: 'opened'; readonly turn: number }
  | { readonly type: 'synced'; readonly turn: number }
  | { readonly type: 'heard'; readonly turn: number }
  | { readonly type: 'draining'; readonly turn: number; readonly backInMs: number }
  | { readonly type: 'role-changed'; readonly turn: number; readonly mustReplace: boolean }
  /** A better transport works by now. */
  | { readonly type: 'better'; readonly turn: number }
  | { readonly type: 'too-large'; readonly turn: number }
  | { readonly type: 'ended'; readonly turn: number; readonly at: number; readonly random: number; readonly cause: EndCause }
  | { readonly type: 'elapsed'; readonly turn: number; readonly timer: Timer; readonly at: number; readonly random: number }
  | { readonly type: 'probe'; readonly quietMs: number }
  | { readonly type: 'retry' }
  /** The relay is known to have another address. */
  | { readonly type: 'moved' }
  /** Another window replaced the document. */
  | { readonly type: 'outdated'; readonly at: number }
  | { readonly type: 'close' };

export type EndCause =
  /** The other side said why. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }
  /** Nothing was heard for too long, or what was heard is of no use. */
  | { readonly type: 'lost'; readonly reason: string | undefined }
  /** What an attempt has to know was not answered; a connection that is in use is as good as before. */
  | { readonly type: 'unanswered'; readonly reason: string };

export type Timer = 'retry' | 'opening' | 'probe' | 'stable';

export type Effect =
  /** `isKnownOneInUse`: a connection to the known relay goes on meanwhile; another relay is no answer then. */
  | { readonly type: 'look-up'; readonly turn: number; readonly isKnownOneInUse: boolean }
  | { readonly type: 'seek-admission'; readonly turn: number }
  /** Whatever is being asked is not asked any more. */
  | { readonly type: 'stop-asking' }
  /** Opens a socket, unless one is open, if one may be opened with what is known by now. */
  | { readonly type: 'connect' }
  /** It may be used. */
  | { readonly type: 'admit' }
  /** From now on everything is for a fresh replica, filled from the relay alone. */
  | { readonly type: 'start-over'; readonly because: 'role' | 'misfit' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'send-probe' }
  /** A timer of the same name is set anew. */
  | { readonly type: 'set-timer'; readonly timer: Timer; readonly turn: number; readonly ms: number }
  | { readonly type: 'clear-timers' };

export type Step = readonly [ConnectionState, readonly Effect[]];
