import type { Framing, Peer } from '../../server/rooms/ports';
import { decodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { type AwarenessEntry, decodeAwareness } from '../../src/shared/protocol/presence';
import type { RejectionName } from '../../src/shared/protocol/rejections';
import type { Role } from '../../src/shared/protocol/roles';

/** A length of four bytes before each message: whole messages can be told apart in whatever is written. */
export const LENGTH_PREFIX: Framing = {
  frame(message) {
    const framed = new Uint8Array(message.length + 4);
    new DataView(framed.buffer).setUint32(0, message.length);
    framed.set(message, 4);
    return framed;
  },
};

/** Takes whole messages out of what was written. Fails when a write does not begin and end with a message. */
export function unframe(written: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let position = 0; position < written.length; ) {
    const length = new DataView(written.buffer, written.byteOffset + position, 4).getUint32(0);
    if (position + 4 + length > written.length) throw new Error('a write does not end with a message');
    messages.push(written.subarray(position + 4, position + 4 + length));
    position += 4 + length;
  }
  return messages;
}

/** A peer whose transport is an array. */
export class InMemoryPeer implements Peer {
  readonly label: string;
  role: Role = 'editor';
  readonly wantsProgress: boolean;
  framing: Framing = LENGTH_PREFIX;
  queuedBytes = 0;
  readonly writes: Uint8Array[] = [];
  readonly probes: number[] = [];
  closed: { readonly rejection: RejectionName; readonly detail: string | undefined } | undefined;
  onWrite: ((framed: Uint8Array) => void) | undefined;
  onProbe: ((deadlineMs: number) => void) | undefined;

  constructor({ label = 'peer', wantsProgress = true, role = 'editor' as Role } = {}) {
    this.label = label;
    this.wantsProgress = wantsProgress;
    this.role = role;
  }

  write(framed: Uint8Array): void {
    this.writes.push(framed);
    this.onWrite?.(framed);
  }

  probe(deadlineMs: number): void {
    this.probes.push(deadlineMs);
    this.onProbe?.(deadlineMs);
  }

  close(rejection: RejectionName, detail?: string): void {
    this.closed ??= { rejection, detail };
  }

  /** All that was written since the last call. */
  takeFrames(): Frame[] {
    const frames = this.writes.flatMap(unframe).map(decodeFrame);
    this.writes.length = 0;
    return frames;
  }

  /** Types of all that was written since the last call. */
  takeTypes(): string[] {
    return this.takeFrames().map(({ type }) => type);
  }
}

/** The presence entries in frames, in order. */
export function presenceIn(frames: readonly Frame[]): AwarenessEntry[] {
  return frames.flatMap((frame) => (frame.type === 'awareness' ? decodeAwareness(frame.entries) : []));
}

/** The last progress in frames. */
export function progressIn(frames: readonly Frame[]): { readonly received: number; readonly saved: number } | undefined {
  const last = frames.filter((frame) => frame.type === 'progress').at(-1);
  return last === undefined ? undefined : { received: last.received, saved: last.saved };
}
