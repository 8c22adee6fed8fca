/**
 * Frames on their way to the relay, numbered from 1, and what the next POST carries of them. Pure.
 *
 * R1  A frame stays until the relay has it. What an answer says of frames that it had before changes nothing.
 * R2  A body takes what has gathered, up to the relay's limits: 10,000 frames, and 64 KiB, which every relay takes besides an
 *     update of the largest size; one frame alone may be larger.
 */
import { encodeVarUint } from '../../../shared/protocol/frames';

export const MOST_FRAMES = 10_000;
export const MOST_BATCHED_BYTES = 64 * 1024;

export interface Batch {
  /** The number of its first frame. */
  readonly first: number;
  readonly count: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

export class PostQueue {
  readonly #frames: Uint8Array[] = [];
  #taken = 0;
  #bytes = 0;

  /** How many frames the relay has. */
  get taken(): number {
    return this.#taken;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  /** What to send next; without frames, an empty body. */
  batch(): Batch {
    const parts: Uint8Array[] = [];
    let length = 0;
    let count = 0;
    for (const frame of this.#frames) {
      const head = encodeVarUint(frame.length);
      const more = head.length + frame.length;
      if (count === MOST_FRAMES || (count > 0 && length + more > MOST_BATCHED_BYTES)) break;
      parts.push(head, frame);
      length += more;
      count++;
    }
    return { first: this.#taken + 1, count, body: joined(parts, length) };
  }

  /**
   * The relay says how many frames it has. `nothing-new`: an answer from before. `impossible`: it never got so many, or
   * something in between.
   */
  confirm(received: number): 'taken' | 'nothing-new' | 'impossible' {
    const more = received - this.#taken;
    if (!Number.isInteger(more) || more > this.#frames.length) return 'impossible';
    if (more <= 0) return 'nothing-new';
    for (const frame of this.#frames.splice(0, more)) this.#bytes -= frame.length;
    this.#taken += more;
    return 'taken';
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
