/**
 * What one connection may be told about its own writing frames: how many are at the relay, and how many are saved.
 *
 * R1  Both figures are lengths of a prefix: nothing after the first frame that is missing counts.
 * R2  A frame with a gap holds the prefix back until a later sync-reply without one, which brings what it held.
 * R3  A frame that was dropped (a viewer's) holds the prefix back for good.
 * R4  A frame is saved once every update that was accepted up to and including it is saved: also when it brought nothing new.
 */
export class ProgressLedger {
  #written = 0;
  #received = 0;
  #saved = 0;
  #hole: 'none' | 'gap' | 'dropped' = 'none';
  /** Frames up to `frame` are saved with update number `update`; only what is not saved yet, in order. */
  #unsaved: { readonly frame: number; readonly update: number }[] = [];
  #savedUpdate: number;
  #told = { received: 0, saved: 0 };

  /** @param savedUpdate the newest update on disk; −1 where nothing may ever be called saved. */
  constructor(savedUpdate: number) {
    this.#savedUpdate = savedUpdate;
  }

  /** The next frame is at the relay and needs nothing beyond update number `newestUpdate`. */
  hold(newestUpdate: number): void {
    this.#written++;
    if (this.#hole === 'none') this.#receive(newestUpdate);
  }

  /** The next frame is a sync-reply without a gap: all that the connection sent before is in it, or was held already. */
  cover(newestUpdate: number): void {
    if (this.#hole === 'gap') this.#hole = 'none';
    this.hold(newestUpdate);
  }

  /** The next frame had a gap and was not kept. */
  miss(): void {
    this.#written++;
    if (this.#hole === 'none') this.#hole = 'gap';
  }

  /** The next frame was not allowed and not kept. */
  drop(): void {
    this.#written++;
    this.#hole = 'dropped';
  }

  /** All updates up to and including this number are on disk. */
  save(update: number): void {
    this.#savedUpdate = update;
    const waiting = this.#unsaved.findIndex((run) => run.update > update);
    const saved = waiting === -1 ? this.#unsaved : this.#unsaved.slice(0, waiting);
    this.#saved = saved.at(-1)?.frame ?? this.#saved;
    this.#unsaved = waiting === -1 ? [] : this.#unsaved.slice(waiting);
  }

  /** What to tell, `undefined` when it was told before. */
  takeChange(): { readonly received: number; readonly saved: number } | undefined {
    if (this.#told.received === this.#received && this.#told.saved === this.#saved) return undefined;
    this.#told = { received: this.#received, saved: this.#saved };
    return this.#told;
  }

  #receive(newestUpdate: number): void {
    this.#received = this.#written;
    if (newestUpdate <= this.#savedUpdate && this.#unsaved.length === 0) this.#saved = this.#written;
    else this.#unsaved.push({ frame: this.#written, update: newestUpdate });
  }
}
