/**
 * Examines the ways to a relay, for a person whose connection does not do what it should.
 *
 * R1  It begins at once, looks at every way by itself, and ends by itself; stopped, it leaves nothing and tells nothing more.
 * R2  It changes nothing: no link is used up, nothing is written, and nobody sees it (socket-probe.ts).
 * R3  The secret goes to a relay that has said who it is, and to no other than the one that is known.
 */
import type { Clock } from '../../shared/clock';
import { type Observable, ObservableValue } from '../../shared/observable';
import { reasonFor } from '../../shared/protocol/rejections';
import type { DocumentId } from '../../shared/protocol/routes';
import type { OpenStream, StreamRequest } from '../streams/event-stream';
import { lookUpRelay, OTHER_RELAY } from './relay-lookup';
import type { OpenSocket, SocketRequest } from './socket';
import { type ProbeResult, probeSocket } from './socket-probe';
import { isOfRelay } from './sockets/close-code';
import { HttpSocket } from './sockets/http-socket';

/** What is known so far of the ways to a relay. Times in milliseconds. */
export interface Findings {
  /** It answers plain requests. */
  readonly http: Finding;
  readonly webSocket: Finding;
  readonly eventStream: Finding;
  /** Frames by POST, beside an event stream. */
  readonly posts: Finding;
  /** Of a message and its answer, over the best way that works: the median of some. */
  readonly roundTripMs: number | undefined;
  /** Nothing is being looked at any more. */
  readonly isOver: boolean;
}

export type Finding =
  | { readonly state: 'checking' }
  /** `ms`: until the first answer. */
  | { readonly state: 'works'; readonly ms: number }
  /** `reason`: one sentence with what to do. */
  | { readonly state: 'blocked'; readonly reason: string };

export interface Patient {
  /** Its origin. */
  readonly relay: string;
  /** The relay's id, if it was met before: R3. */
  readonly relayId?: string | undefined;
  readonly document: DocumentId;
  readonly secret: string | undefined;
}

export interface Instruments {
  readonly fetch: typeof fetch;
  readonly openWebSocket: OpenSocket;
  readonly openStream: OpenStream;
  readonly clock: Clock;
}

export interface Examination {
  readonly findings: Observable<Findings>;
  /** Ends it before its time; when it is over, nothing. */
  stop(): void;
}

const CHECKING: Findings = {
  http: { state: 'checking' },
  webSocket: { state: 'checking' },
  eventStream: { state: 'checking' },
  posts: { state: 'checking' },
  roundTripMs: undefined,
  isOver: false,
};

/** For each way. */
const PATIENCE_MS = 8_000;

export function examine(patient: Patient, instruments: Instruments): Examination {
  const examination = new AbortController();
  const findings = new ObservableValue(CHECKING);
  const { signal } = examination;
  const note = (changes: Partial<Findings>): void => {
    if (!signal.aborted) findings.set({ ...findings.current, ...changes });
  };
  void look(patient, instruments, { note, signal }).then(() => note({ isOver: true }));
  return { findings, stop: () => examination.abort() };
}

interface Notes {
  note(changes: Partial<Findings>): void;
  readonly signal: AbortSignal;
}

async function look(patient: Patient, instruments: Instruments, notes: Notes): Promise<void> {
  const { http, relayId } = await lookByHttp(patient, instruments, notes.signal);
  if (relayId === undefined) {
    notes.note({ http, webSocket: http, eventStream: http, posts: http });
    return;
  }
  notes.note({ http });
  const met = { ...patient, relayId };
  const roundTrips = await Promise.all([
    lookByWebSocket(met, instruments, notes),
    lookByPosts(met, instruments, notes),
    lookByEventStream(met, instruments, notes),
  ]);
  notes.note({ roundTripMs: roundTrips.find((ms) => ms !== undefined) });
}

/** `relayId`: of the relay that answered; `undefined` when it is blocked. */
async function lookByHttp(
  { relay, relayId }: Patient,
  { fetch, clock }: Instruments,
  signal: AbortSignal,
): Promise<{ readonly http: Finding; readonly relayId: string | undefined }> {
  const question = new AbortController();
  const giveUp = (): void => question.abort();
  const callOff = clock.after(PATIENCE_MS, giveUp);
  signal.addEventListener('abort', giveUp);
  const begunAt = clock.now();
  const lookup = await lookUpRelay(relay, { fetch, signal: question.signal });
  callOff();
  signal.removeEventListener('abort', giveUp);
  if (lookup.type === 'not-found') return { http: blocked(lookup.reason), relayId: undefined };
  const found = lookup.health.relay;
  if (relayId !== undefined && found !== relayId) return { http: blocked(OTHER_RELAY), relayId: undefined };
  return { http: { state: 'works', ms: clock.now() - begunAt }, relayId: found };
}

/** Resolves with the time of a round trip. */
async function lookByWebSocket(
  patient: Patient,
  { openWebSocket, clock }: Instruments,
  { note, signal }: Notes,
): Promise<number | undefined> {
  const result = await probeSocket(() => openWebSocket(requestOf(patient)), { clock, ms: PATIENCE_MS, signal });
  note({ webSocket: findingOf(result, WEBSOCKET_REFUSED, WEBSOCKET_SILENT) });
  return result.type === 'answered' ? result.roundTripMs : undefined;
}

async function lookByPosts(patient: Patient, instruments: Instruments, { note, signal }: Notes): Promise<number | undefined> {
  const { clock } = instruments;
  const open = () => new HttpSocket(requestOf(patient), { ...instruments, chance: () => 0.5 });
  const result = await probeSocket(open, { clock, ms: PATIENCE_MS, signal });
  note({ posts: findingOf(result, NO_STREAM_TO_POST_FOR, POSTS_SILENT) });
  return result.type === 'answered' ? result.roundTripMs : undefined;
}

async function lookByEventStream(
  { relay, document, secret }: Patient,
  { openStream, clock }: Instruments,
  { note, signal }: Notes,
): Promise<undefined> {
  const request: StreamRequest = { relay, document, kind: 'presence', secret, reader: undefined, lastEventId: undefined };
  const begunAt = clock.now();
  const eventStream = await new Promise<Finding>((resolve) => {
    const end = (finding: Finding): void => {
      leave();
      resolve(finding);
    };
    const stream = openStream(request, {
      onEvent: (type) => {
        if (type === 'people') end({ state: 'works', ms: clock.now() - begunAt });
      },
      onEnd: ({ reason }) => end(blocked(reason)),
    });
    const callOff = clock.after(PATIENCE_MS, () => end(blocked(STREAM_SILENT)));
    const leave = (): void => {
      callOff();
      stream.close();
      signal.removeEventListener('abort', leave);
    };
    signal.addEventListener('abort', leave);
  });
  note({ eventStream });
}

function requestOf({ relay, relayId, document, secret }: Patient): SocketRequest {
  return { relay, relayId: () => relayId, document, secret, role: 'editor', reader: { name: '', color: '' }, lastEventId: undefined };
}

function findingOf(result: ProbeResult, whenRefused: string, whenSilent: string): Finding {
  switch (result.type) {
    case 'answered':
      return { state: 'works', ms: result.ms };
    case 'ended': {
      const { code, reason, wasOpen } = result;
      return blocked((isOfRelay(code) ? reasonFor(code, reason) : undefined) ?? (wasOpen ? whenSilent : whenRefused));
    }
    case 'silent':
      return blocked(result.wasOpen ? whenSilent : whenRefused);
    case 'forbidden':
      return blocked(FORBIDDEN);
  }
}

function blocked(reason: string): Finding {
  return { state: 'blocked', reason };
}

const FORBIDDEN = 'This page may not use it; open the relay over https.';
const WEBSOCKET_REFUSED = 'Something on the way refuses WebSocket; ask whoever runs the network or the proxy to let it through.';
const WEBSOCKET_SILENT = 'WebSocket opens, but nothing comes through; ask whoever runs the network or the proxy to let it through.';
const STREAM_SILENT = 'Something on the way holds event streams back; a proxy has to pass them on without buffering.';
const NO_STREAM_TO_POST_FOR = 'It needs an event stream, and none comes through; a proxy has to pass them on without buffering.';
const POSTS_SILENT = 'Frames by POST get no answer; ask whoever runs the network or the proxy to let them through.';
