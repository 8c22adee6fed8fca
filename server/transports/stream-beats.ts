/**
 * Signs of life of whoever has a stream: a line that went dead without a word looks alive from here for many minutes, and so
 * would the person at its end.
 *
 * R1  Whoever asks for it says that it will POST now and then; when nothing comes for the time of two heartbeats, it is gone.
 * R2  There is nothing in such a POST: a stream itself has no way up.
 */
import type { StreamPart } from './carried-parts';
import { type Channel, SILENT_BEATS } from './event-stream';

export interface StreamBeatsOptions {
  readonly stream: Channel;
  /** Whether it said that it would be heard of. */
  readonly isExpected: boolean;
  readonly onOver: () => void;
}

export class StreamBeats implements StreamPart {
  readonly #options: StreamBeatsOptions;
  #silentBeats = 0;

  constructor(options: StreamBeatsOptions) {
    this.#options = options;
  }

  hear(): void {
    this.#silentBeats = 0;
  }

  beat(): void {
    const { stream, isExpected } = this.#options;
    if (isExpected && ++this.#silentBeats >= SILENT_BEATS) stream.destroy();
  }

  drained(): void {
    // It writes nothing that could wait.
  }

  ended(): void {
    this.#options.onOver();
  }
}
