/**
 * Tries a transport without being anybody: it says nothing of who it is, so that nobody sees it, answers no question of the
 * relay, so that it writes nothing, and only asks who is there, which the relay answers to everyone.
 */
import { decodeFrame, encodeFrame } from '../../shared/protocol/frames';
import type { Clock } from '../documents/clock';
import type { Socket } from './socket';

export type ProbeResult =
  /** `ms`: until the first answer. `roundTripMs`: the median of some. */
  | { readonly type: 'answered'; readonly ms: number; readonly roundTripMs: number }
  | { readonly type: 'ended'; readonly code: number; readonly reason: string; readonly wasOpen: boolean }
  | { readonly type: 'silent'; readonly wasOpen: boolean }
  /** This page may not open it. */
  | { readonly type: 'forbidden' };

const ROUNDS = 5;
const QUESTION = encodeFrame({ type: 'query-awareness' }) as Uint8Array<ArrayBuffer>;

/** Never rejects. When `signal` ends it, it never resolves either, and nothing of it is left. */
export function probeSocket(
  open: () => Socket,
  { clock, ms, signal }: { clock: Clock; ms: number; signal: AbortSignal },
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let socket: Socket;
    try {
      socket = open();
    } catch {
      resolve({ type: 'forbidden' });
      return;
    }
    const begunAt = clock.now();
    let firstMs: number | undefined;
    let askedAt = begunAt;
    let wasOpen = false;
    const roundTrips: number[] = [];
    const leave = (): void => {
      callOff();
      signal.removeEventListener('abort', leave);
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    };
    const end = (result: ProbeResult): void => {
      leave();
      resolve(result);
    };
    const ask = (): void => {
      askedAt = clock.now();
      socket.send(QUESTION);
    };
    const callOff = clock.after(ms, () => end(firstMs === undefined ? { type: 'silent', wasOpen } : answered(firstMs, roundTrips)));
    signal.addEventListener('abort', leave);
    socket.binaryType = 'arraybuffer';
    // Node's WebSocket throws the errors that nobody hears.
    socket.onerror = () => undefined;
    socket.onopen = () => {
      wasOpen = true;
      ask();
    };
    socket.onmessage = ({ data }: { readonly data: ArrayBuffer }) => {
      if (!isAnswer(data)) return;
      const now = clock.now();
      firstMs ??= now - begunAt;
      roundTrips.push(now - askedAt);
      if (roundTrips.length < ROUNDS) ask();
      else end(answered(firstMs, roundTrips));
    };
    socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) =>
      end(firstMs === undefined ? { type: 'ended', code, reason, wasOpen } : answered(firstMs, roundTrips));
  });
}

function answered(ms: number, roundTrips: readonly number[]): ProbeResult {
  const sorted = [...roundTrips].sort((one, other) => one - other);
  return { type: 'answered', ms, roundTripMs: sorted[Math.floor(sorted.length / 2)] ?? ms };
}

function isAnswer(data: ArrayBuffer): boolean {
  try {
    return decodeFrame(new Uint8Array(data)).type === 'awareness';
  } catch {
    return false;
  }
}
