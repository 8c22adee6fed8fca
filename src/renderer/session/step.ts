/**
 * The life of a connection to a relay, as a function: what happened in, what is to be done out. Time and chance are in
 * the events; a runner does the rest (runner.ts).
 *
 * R1  Every attempt has a number. What happens to an attempt that is over changes nothing.
 * R2  Who is refused for good (rejections.ts) is not tried again by itself; “try again now” does.
 * R3  Between attempts: full jitter, 0.5 to 30 s, growing with each; from the beginning only after 30 s of being connected.
 * R4  A relay that is draining says when to come back, and is believed.
 * R5  `probe` shortens a wait, and makes a connection prove itself by a round trip. It is not called connected any more
 *     when the answer is late, and given up when none comes.
 * R6  A copy that no longer fits (4409) is answered by starting over with a fresh replica; twice within a minute it is a
 *     refusal, not a loop. Another relay at the same address gets a replica of its own.
 * R7  What is too large for the relay is a refusal, before it is sent.
 * R8  After `close` nothing happens any more.
 * R9  A socket is opened while the relay is asked who it is; it is admitted, and only then used, when it is the right one.
 */
import { mayComeBack, REJECTIONS, reasonFor } from '../../shared/protocol/rejections';

export const SHORTEST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 30_000;
export const STABLE_MS = 30_000;
/** How long an address may take to answer. */
export const OPENING_MS = 15_000;
/** How long a round trip may take before the line is doubted. */
export const LATE_MS = 2_000;
/** How long after that before it counts as dead. */
export const DEAD_MS = 3_000;
/** Who has been heard within this need not prove anything. */
export const FRESH_MS = 2_000;
const LEAST_BETWEEN_REPLACEMENTS_MS = 60_000;
/** Everyone is told to come back at the same moment; they spread over this. */
const DRAIN_SPREAD_MS = 1_000;

export interface ConnectionState {
  readonly phase: Phase;
  /** The number of the attempt, rising. */
  readonly turn: number;
  /** Attempts since the last stable connection; decides how long to wait. */
  readonly failures: number;
  /** When the last fresh replica was begun; `undefined` when none was. */
  readonly startedOverAt: number | undefined;
}

export type Phase =
  | { readonly type: 'idle' }
  /** Asking who is there, and opening a socket meanwhile. */
  | { readonly type: 'looking-up' }
  /** The relay is known; the socket may not be open yet. */
  | { readonly type: 'opening' }
  /** Open, but the relay's answer is not complete. */
  | { readonly type: 'joining'; readonly backInMs: number | undefined }
  | { readonly type: 'live'; readonly proof: Proof; readonly backInMs: number | undefined }
  | { readonly type: 'waiting'; readonly retryAt: number; readonly reason: string | undefined }
  | { readonly type: 'refused'; readonly closeCode: number; readonly reason: string }
  | { readonly type: 'closed' };

/** That the line is alive: given, or asked for, or asked for and late. */
export type Proof = 'given' | 'asked' | 'late';

/** `at`: milliseconds since 1970. `random`: 0 ≤ random < 1. */
export type ConnectionEvent =
  | { readonly type: 'open' }
  | { readonly type: 'relay-found'; readonly turn: number; readonly at: number; readonly isOther: boolean }
  | { readonly type: 'opened'; readonly turn: number }
  | { readonly type: 'synced'; readonly turn: number }
  | { readonly type: 'heard'; readonly turn: number }
  | { readonly type: 'draining'; readonly turn: number; readonly backInMs: number }
  | { readonly type: 'too-large'; readonly turn: number }
  | { readonly type: 'ended'; readonly turn: number; readonly at: number; readonly random: number; readonly cause: EndCause }
  | { readonly type: 'elapsed'; readonly turn: number; readonly timer: Timer; readonly at: number; readonly random: number }
  | { readonly type: 'probe'; readonly quietMs: number }
  | { readonly type: 'retry' }
  /** Another window replaced the document. */
  | { readonly type: 'outdated'; readonly at: number }
  | { readonly type: 'close' };

export type EndCause =
  /** The other side said why. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }
  /** Nothing was heard for too long, or the address does not answer. */
  | { readonly type: 'lost'; readonly reason: string | undefined };

export type Timer = 'retry' | 'opening' | 'probe' | 'stable';

export type Effect =
  | { readonly type: 'look-up'; readonly turn: number }
  /** Opens a socket, unless one is open. */
  | { readonly type: 'connect' }
  /** It may be used. */
  | { readonly type: 'admit' }
  /** From now on everything is for a fresh replica, filled from the relay alone. */
  | { readonly type: 'start-over' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'send-probe' }
  /** A timer of the same name is set anew. */
  | { readonly type: 'set-timer'; readonly timer: Timer; readonly turn: number; readonly ms: number }
  | { readonly type: 'clear-timers' };

export type Step = readonly [ConnectionState, readonly Effect[]];

export const IDLE: ConnectionState = { phase: { type: 'idle' }, turn: 0, failures: 0, startedOverAt: undefined };

export function step(state: ConnectionState, event: ConnectionEvent): Step {
  if (state.phase.type === 'closed' || ('turn' in event && event.turn !== state.turn)) return [state, []];
  switch (event.type) {
    case 'open':
      return state.phase.type === 'idle' ? attempt(state) : [state, []];
    case 'relay-found':
      return relayFound(state, event);
    case 'opened':
      if (state.phase.type !== 'opening') return [state, []];
      return [{ ...state, phase: { type: 'joining', backInMs: undefined } }, [{ type: 'clear-timers' }]];
    case 'synced':
      if (state.phase.type !== 'joining') return [state, []];
      return [
        { ...state, phase: { type: 'live', proof: 'given', backInMs: state.phase.backInMs } },
        [{ type: 'set-timer', timer: 'stable', turn: state.turn, ms: STABLE_MS }],
      ];
    case 'heard':
      return isInDoubt(state) ? [{ ...state, phase: { ...state.phase, proof: 'given' } }, []] : [state, []];
    case 'draining':
      if (state.phase.type !== 'joining' && state.phase.type !== 'live') return [state, []];
      return [{ ...state, phase: { ...state.phase, backInMs: event.backInMs } }, []];
    case 'too-large':
      return isAttempting(state.phase) ? refuse(state, 4413, REJECTIONS['too-large'].reason) : [state, []];
    case 'ended':
      return isAttempting(state.phase) ? ended(state, event) : [state, []];
    case 'elapsed':
      return elapsed(state, event);
    case 'probe':
      return probe(state, event.quietMs);
    case 'retry':
      return state.phase.type === 'waiting' || state.phase.type === 'refused' ? attempt(state) : probe(state, Number.POSITIVE_INFINITY);
    case 'outdated':
      return state.phase.type === 'idle' ? [state, []] : startOver(state, event.at, 4409);
    case 'close':
      return [{ ...state, phase: { type: 'closed' } }, [{ type: 'clear-timers' }, { type: 'disconnect' }]];
  }
}

function attempt(state: ConnectionState): Step {
  const turn = state.turn + 1;
  return [
    { ...state, turn, phase: { type: 'looking-up' } },
    [
      { type: 'clear-timers' },
      { type: 'look-up', turn },
      { type: 'connect' },
      { type: 'set-timer', timer: 'opening', turn, ms: OPENING_MS },
    ],
  ];
}

function relayFound(state: ConnectionState, event: { readonly at: number; readonly isOther: boolean }): Step {
  if (state.phase.type !== 'looking-up') return [state, []];
  const opening: ConnectionState = { ...state, phase: { type: 'opening' } };
  // Usually the socket is on its way; not when what it was for is not needed any more.
  const use: Effect[] = [{ type: 'connect' }, { type: 'admit' }];
  if (!event.isOther) return [opening, use];
  return [{ ...opening, startedOverAt: event.at }, [{ type: 'disconnect' }, { type: 'start-over' }, ...use]];
}

function ended(
  state: ConnectionState,
  { at, random, cause }: { readonly at: number; readonly random: number; readonly cause: EndCause },
): Step {
  if (cause.type === 'closed' && !mayComeBack(cause.code)) {
    if (cause.code === REJECTIONS['lasting-gap'].closeCode) return startOver(state, at, cause.code);
    return refuse(state, cause.code, reasonFor(cause.code, cause.reason) ?? 'The relay refused this document.');
  }
  const reason = cause.type === 'closed' ? reasonFor(cause.code, cause.reason) : cause.reason;
  const backInMs = 'backInMs' in state.phase ? state.phase.backInMs : undefined;
  const ms = backInMs === undefined ? jitter(state.failures, random) : backInMs + random * DRAIN_SPREAD_MS;
  return [
    { ...state, failures: state.failures + 1, phase: { type: 'waiting', retryAt: at + ms, reason } },
    [{ type: 'clear-timers' }, { type: 'disconnect' }, { type: 'set-timer', timer: 'retry', turn: state.turn, ms }],
  ];
}

/** Full jitter: anything up to a bound that doubles (R3). */
function jitter(failures: number, random: number): number {
  const bound = Math.min(LONGEST_WAIT_MS, 2 * SHORTEST_WAIT_MS * 2 ** Math.min(failures, 16));
  return SHORTEST_WAIT_MS + random * (bound - SHORTEST_WAIT_MS);
}

function startOver(state: ConnectionState, at: number, closeCode: number): Step {
  if (state.startedOverAt !== undefined && at - state.startedOverAt < LEAST_BETWEEN_REPLACEMENTS_MS) {
    return refuse(state, closeCode, REJECTIONS['lasting-gap'].reason);
  }
  const [next, effects] = attempt(state);
  return [{ ...next, startedOverAt: at }, [{ type: 'disconnect' }, { type: 'start-over' }, ...effects]];
}

function refuse(state: ConnectionState, closeCode: number, reason: string): Step {
  return [{ ...state, phase: { type: 'refused', closeCode, reason } }, [{ type: 'clear-timers' }, { type: 'disconnect' }]];
}

function elapsed(state: ConnectionState, event: { readonly timer: Timer; readonly at: number; readonly random: number }): Step {
  const { phase } = state;
  switch (event.timer) {
    case 'retry':
      return phase.type === 'waiting' ? attempt(state) : [state, []];
    case 'stable':
      return phase.type === 'live' ? [{ ...state, failures: 0 }, []] : [state, []];
    case 'opening':
      if (phase.type !== 'looking-up' && phase.type !== 'opening') return [state, []];
      return ended(state, { ...event, cause: { type: 'lost', reason: 'The relay does not answer.' } });
    case 'probe':
      if (!isInDoubt(state)) return [state, []];
      if (state.phase.proof === 'asked') {
        const more: Effect = { type: 'set-timer', timer: 'probe', turn: state.turn, ms: DEAD_MS };
        return [{ ...state, phase: { ...state.phase, proof: 'late' } }, [more]];
      }
      return ended(state, { ...event, cause: { type: 'lost', reason: 'The relay does not answer any more.' } });
  }
}

function probe(state: ConnectionState, quietMs: number): Step {
  if (state.phase.type === 'waiting') return attempt(state);
  if (state.phase.type !== 'live' || state.phase.proof !== 'given' || quietMs < FRESH_MS) return [state, []];
  return [
    { ...state, phase: { ...state.phase, proof: 'asked' } },
    [{ type: 'send-probe' }, { type: 'set-timer', timer: 'probe', turn: state.turn, ms: LATE_MS }],
  ];
}

function isInDoubt(state: ConnectionState): state is ConnectionState & { readonly phase: Extract<Phase, { type: 'live' }> } {
  return state.phase.type === 'live' && state.phase.proof !== 'given';
}

function isAttempting(phase: Phase): boolean {
  return phase.type === 'looking-up' || phase.type === 'opening' || phase.type === 'joining' || phase.type === 'live';
}
