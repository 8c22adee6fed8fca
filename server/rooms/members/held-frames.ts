import type { Frame } from '../../../src/shared/protocol/frames';
import { Rejected } from '../../../src/shared/protocol/rejections';

/** What a small frame costs beyond its bytes. */
const BYTES_A_FRAME = 200;

/** Frames of one connection that wait in order, as copies: they outlive their messages. */
export class HeldFrames<Held extends Frame & { readonly update: Uint8Array }> {
  readonly #frames: Held[] = [];
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get frames(): readonly Held[] {
    return this.#frames;
  }

  /** Throws {@link Rejected} `too-fast` when more waits than may. The first frame always may. */
  add(frame: Held): void {
    this.#bytes += frame.update.length + BYTES_A_FRAME;
    if (this.#frames.length > 0 && this.#bytes > this.#mostBytes) throw new Rejected('too-fast', 'too much waits for a compaction');
    this.#frames.push({ ...frame, update: new Uint8Array(frame.update) });
  }
}
