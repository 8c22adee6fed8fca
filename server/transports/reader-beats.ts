/**
 * Signs of life of somebody who reads: a line that went dead without a word looks alive from here for many minutes, and so
 * would the person at its end.
 *
 * R1  Whoever asks for it says that it will POST now and then; when nothing comes for the time of two heartbeats, it is gone.
 * R2  There is nothing in such a POST: a reader has no way up.
 */
import { type EventStream, SILENT_BEATS, type StreamPart } from './event-stream';

export class ReaderBeats implements StreamPart {
  readonly #stream: EventStream;
  readonly #onOver: () => void;
  #silentBeats = 0;

  constructor(stream: EventStream, onOver: () => void) {
    this.#stream = stream;
    this.#onOver = onOver;
  }

  hear(): void {
    this.#silentBeats = 0;
  }

  beat(): void {
    if (++this.#silentBeats >= SILENT_BEATS) this.#stream.destroy();
  }

  drained(): void {
    // It writes nothing that could wait.
  }

  ended(): void {
    this.#onOver();
  }
}
