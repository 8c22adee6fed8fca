/**
 * What one stream carries, or one share of it.
 *
 * R1  What is over ends its parts once each, and whatever is added after that at once.
 * R2  A part may leave, or end others, while it is told something: all that were there are told.
 */

/** One document's frames, or its presence. */
export interface StreamPart {
  /** Everything written has been taken by the network. */
  drained(): void;
  /** The stream is over; called once. */
  ended(): void;
  /** Comes several times between two heartbeats: see `BEATS_PER_HEARTBEAT` in event-stream.ts. */
  beat?(): void;
}

export class CarriedParts {
  readonly #parts = new Set<StreamPart>();
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  add(part: StreamPart): void {
    if (this.#isOver) part.ended();
    else this.#parts.add(part);
  }

  /** It is told nothing more. */
  remove(part: StreamPart): void {
    this.#parts.delete(part);
  }

  drained(): void {
    for (const part of [...this.#parts]) part.drained();
  }

  beat(): void {
    for (const part of [...this.#parts]) part.beat?.();
  }

  end(): void {
    this.#isOver = true;
    const parts = [...this.#parts];
    this.#parts.clear();
    for (const part of parts) part.ended();
  }
}
