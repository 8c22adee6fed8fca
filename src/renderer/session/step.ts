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
 * R9  The relay is asked who it is, and by what we get in. A socket may be on its way meanwhile, as far as what is known by
 *     then allows; it is used only when the relay is the right one and has admitted us as we expected.
 * R10 Another role is another kind of connection. Where edits are refused for good, it begins with a fresh replica; that
 *     happens as often as roles change, and is no loop.
 * R11 What works is used until what shall take its place is admitted: another transport, another role. Where nobody answers who
 *     would admit it, or another relay does, what works goes on once it has proved itself, and the other is tried again like any connection.
 * R12 A relay that is known to be at another address now is looked for there at once.
 */
import { mayComeBack, REJECTIONS, reasonFor } from '../../shared/protocol/rejections';
import type { ConnectionEvent, ConnectionState, Effect, EndCause, Live, Phase, Step, Timer } from './connection-state';
import { jitter } from './jitter';

const STABLE_MS = 30_000;
/** How long an address may take to answer, and then a socket to open. */
const OPENING_MS = 15_000;
/** How long a round trip may take before the line is doubted. */
export const LATE_MS = 2_000;
/** How long after that before it counts as dead. */
export const DEAD_MS = 3_000;
/** Who has been heard within this need not prove anything. */
const QUIET_MS = 2_000;
const LEAST_BETWEEN_REPLACEMENTS_MS = 60_000;
/** Everyone is told to come back at the same moment; they spread over this. */
const DRAIN_SPREAD_MS = 1_000;

export function step(state: ConnectionState, event: ConnectionEvent): Step {
  const { phase } = state;
  if (phase.type === 'closed' || ('turn' in event && event.turn !== state.turn)) return [state, []];
  switch (event.type) {
    case 'open':
      return phase.type === 'idle' ? attempt(state) : [state, []];
    case 'relay-found':
      return phase.type === 'looking-up' ? relayFound(state, event, phase.inUse) : [state, []];
    case 'admitted':
      return phase.type === 'seeking-admission' ? admitted(state, event, phase.inUse) : [state, []];
    case 'not-admitted':
      if (phase.type !== 'seeking-admission') return [state, []];
      if (event.needs === 'relay-key') return [{ ...state, phase: { type: 'needs-relay-key', reason: event.reason } }, LET_GO];
      return refuse(state, REJECTIONS.unauthorized.closeCode, event.reason, event.needs === 'link-or-beginning');
    case 'opened':
      if (phase.type !== 'opening') return [state, []];
      return [{ ...state, phase: { type: 'joining', backInMs: undefined } }, [{ type: 'clear-timers' }]];
    case 'synced':
      if (phase.type !== 'joining') return [state, []];
      return [
        { ...state, phase: { type: 'live', proof: 'given', backInMs: phase.backInMs } },
        [{ type: 'set-timer', timer: 'stable', turn: state.turn, ms: STABLE_MS }],
      ];
    case 'heard':
      return isInDoubt(phase) ? [{ ...state, phase: { ...phase, proof: 'given' } }, []] : [state, []];
    case 'draining':
      if (phase.type !== 'joining' && phase.type !== 'live') return [state, []];
      return [{ ...state, phase: { ...phase, backInMs: event.backInMs } }, []];
    case 'role-changed':
      return roleChanged(state, event.mustReplace);
    case 'better':
      return phase.type === 'live' ? attempt(state, phase) : [state, []];
    case 'too-large':
      return isAttempting(phase) ? refuse(state, 4413, REJECTIONS['too-large'].reason) : [state, []];
    case 'ended':
      return isAttempting(phase) ? ended(state, event) : [state, []];
    case 'elapsed':
      return elapsed(state, event);
    case 'probe':
      return probe(state, event.quietMs);
    case 'retry':
      return isAtRest(phase) ? attempt(state) : probe(state, Number.POSITIVE_INFINITY);
    case 'moved':
      return phase.type === 'idle' ? [state, []] : attemptAlone(state);
    case 'outdated':
      return phase.type === 'idle' ? [state, []] : startOver(state, event.at, 4409);
    case 'close':
      return [{ ...state, phase: { type: 'closed' } }, LET_GO];
  }
}

const START_OVER_BY_ROLE: Effect = { type: 'start-over', because: 'role' };
const LET_GO: readonly Effect[] = [{ type: 'clear-timers' }, { type: 'stop-asking' }, { type: 'disconnect' }];

/** @param inUse goes on while there is nothing else (R11). */
function attempt(state: ConnectionState, inUse?: Live): Step {
  const turn = state.turn + 1;
  return [
    { ...state, turn, phase: { type: 'looking-up', inUse } },
    [
      { type: 'clear-timers' },
      { type: 'stop-asking' },
      { type: 'look-up', turn, isKnownOneInUse: inUse !== undefined },
      { type: 'connect' },
      { type: 'set-timer', timer: 'opening', turn, ms: OPENING_MS },
    ],
  ];
}

/** Nothing goes on meanwhile. @param first what is done before. */
function attemptAlone(state: ConnectionState, ...first: readonly Effect[]): Step {
  const [next, effects] = attempt(state);
  return [next, [{ type: 'disconnect' }, ...first, ...effects]];
}

function relayFound(
  state: ConnectionState,
  { at, isOther }: { readonly at: number; readonly isOther: boolean },
  inUse: Live | undefined,
): Step {
  const seek: Effect = { type: 'seek-admission', turn: state.turn };
  if (isOther) {
    const fresh: ConnectionState = { ...state, startedOverAt: at, phase: { type: 'seeking-admission', inUse: undefined } };
    return [fresh, [{ type: 'disconnect' }, { type: 'start-over', because: 'misfit' }, seek]];
  }
  // Often the socket is on its way by now; not when what it was for is not needed any more.
  return [{ ...state, phase: { type: 'seeking-admission', inUse } }, [seek, { type: 'connect' }]];
}

function admitted(
  state: ConnectionState,
  { isAsExpected, mustReplace }: { readonly isAsExpected: boolean; readonly mustReplace: boolean },
  inUse: Live | undefined,
): Step {
  const isAnother = inUse !== undefined || !isAsExpected || mustReplace;
  return [
    { ...state, phase: { type: 'opening' } },
    [
      ...(isAnother ? [{ type: 'disconnect' } as const] : []),
      ...(mustReplace ? [START_OVER_BY_ROLE] : []),
      { type: 'connect' },
      { type: 'set-timer', timer: 'opening', turn: state.turn, ms: OPENING_MS },
      { type: 'admit' },
    ],
  ];
}

function roleChanged(state: ConnectionState, mustReplace: boolean): Step {
  const { phase } = state;
  const inUse = inUseIn(phase);
  if (inUse === undefined && phase.type !== 'joining') return [state, []];
  if (inUse !== undefined && !mustReplace) return attempt(state, inUse);
  return attemptAlone(state, ...(mustReplace ? [START_OVER_BY_ROLE] : []));
}

function ended(
  state: ConnectionState,
  { at, random, cause }: { readonly at: number; readonly random: number; readonly cause: EndCause },
): Step {
  if (cause.type === 'closed' && cause.code === REJECTIONS['lasting-gap'].closeCode) return startOver(state, at, cause.code);
  if ('inUse' in state.phase && state.phase.inUse !== undefined) {
    if (cause.type === 'unanswered') return goOnWith(state, state.phase.inUse, random);
    // The answer to what is being asked says more than the end of what was to be left anyway.
    return [{ ...state, phase: { ...state.phase, inUse: undefined } }, [{ type: 'disconnect' }]];
  }
  if (cause.type === 'closed' && !mayComeBack(cause.code)) {
    return refuse(state, cause.code, reasonFor(cause.code, cause.reason) ?? 'The relay refused this document.');
  }
  const reason = cause.type === 'closed' ? reasonFor(cause.code, cause.reason) : cause.reason;
  const backInMs = 'backInMs' in state.phase ? state.phase.backInMs : undefined;
  const ms = backInMs === undefined ? jitter(state.failures, random) : backInMs + random * DRAIN_SPREAD_MS;
  return [
    { ...state, failures: state.failures + 1, phase: { type: 'waiting', retryAt: at + ms, reason } },
    [...LET_GO, { type: 'set-timer', timer: 'retry', turn: state.turn, ms }],
  ];
}

/** R11 */
function goOnWith(state: ConnectionState, inUse: Live, random: number): Step {
  const { turn, failures } = state;
  return [
    { ...state, failures: failures + 1, phase: { ...inUse, proof: 'asked' } },
    [
      { type: 'clear-timers' },
      { type: 'stop-asking' },
      { type: 'send-probe' },
      { type: 'set-timer', timer: 'probe', turn, ms: LATE_MS },
      // After the proof: another attempt would call it off.
      { type: 'set-timer', timer: 'retry', turn, ms: LATE_MS + DEAD_MS + jitter(failures, random) },
      { type: 'set-timer', timer: 'stable', turn, ms: STABLE_MS },
    ],
  ];
}

function startOver(state: ConnectionState, at: number, closeCode: number): Step {
  if (state.startedOverAt !== undefined && at - state.startedOverAt < LEAST_BETWEEN_REPLACEMENTS_MS) {
    return refuse(state, closeCode, REJECTIONS['lasting-gap'].reason);
  }
  return attemptAlone({ ...state, startedOverAt: at }, { type: 'start-over', because: 'misfit' });
}

function refuse(state: ConnectionState, closeCode: number, reason: string, mayBegin = false): Step {
  return [{ ...state, phase: { type: 'refused', closeCode, reason, ...(mayBegin && { mayBegin }) } }, LET_GO];
}

function elapsed(state: ConnectionState, event: { readonly timer: Timer; readonly at: number; readonly random: number }): Step {
  const { phase } = state;
  switch (event.timer) {
    case 'retry':
      return phase.type === 'waiting' || phase.type === 'live' ? attempt(state, inUseIn(phase)) : [state, []];
    case 'stable':
      return phase.type === 'live' ? [{ ...state, failures: 0 }, []] : [state, []];
    case 'opening':
      if (phase.type !== 'looking-up' && phase.type !== 'seeking-admission' && phase.type !== 'opening') return [state, []];
      return ended(state, { ...event, cause: { type: 'unanswered', reason: 'The relay does not answer.' } });
    case 'probe':
      if (!isInDoubt(phase)) return [state, []];
      if (phase.proof === 'asked') {
        const more: Effect = { type: 'set-timer', timer: 'probe', turn: state.turn, ms: DEAD_MS };
        return [{ ...state, phase: { ...phase, proof: 'late' } }, [more]];
      }
      return ended(state, { ...event, cause: { type: 'lost', reason: 'The relay does not answer any more.' } });
  }
}

function probe(state: ConnectionState, quietMs: number): Step {
  if (state.phase.type === 'waiting') return attempt(state);
  if (state.phase.type !== 'live' || state.phase.proof !== 'given' || quietMs < QUIET_MS) return [state, []];
  return [
    { ...state, phase: { ...state.phase, proof: 'asked' } },
    [{ type: 'send-probe' }, { type: 'set-timer', timer: 'probe', turn: state.turn, ms: LATE_MS }],
  ];
}

function inUseIn(phase: Phase): Live | undefined {
  return phase.type === 'live' ? phase : 'inUse' in phase ? phase.inUse : undefined;
}

function isInDoubt(phase: Phase): phase is Live {
  return phase.type === 'live' && phase.proof !== 'given';
}

/** Until a person, or a timer, does something. */
function isAtRest({ type }: Phase): boolean {
  return type === 'waiting' || type === 'refused' || type === 'needs-relay-key';
}

function isAttempting(phase: Phase): boolean {
  return phase.type !== 'idle' && phase.type !== 'closed' && !isAtRest(phase);
}
