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
  readonly #unsaved: { frame: number; readonly update: number }[] = [];
  #savedUpdate: number;
  #toldReceived = 0;
  #toldSaved = 0;

  /** @param savedUpdate the newest update on disk; −1 where nothing may ever be called saved. */
  constructor(savedUpdate: number) {
    this.#savedUpdate = savedUpdate;
  }

  /** Whether there is something to tell. */
  get hasNews(): boolean {
    return this.#toldReceived !== this.#received || this.#toldSaved !== this.#saved;
  }

  /** Whether there is something to tell that was waited for. */
  get hasSavedNews(): boolean {
    return this.#toldSaved !== this.#saved;
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

  /** All updates up to and including this number are on disk. Called for everybody in a room at each commit. */
  save(update: number): void {
    this.#savedUpdate = update;
    const unsaved = this.#unsaved;
    let count = 0;
    while (count < unsaved.length && (unsaved[count]?.update as number) <= update) count++;
    if (count === 0) return;
    this.#saved = unsaved[count - 1]?.frame as number;
    unsaved.splice(0, count);
  }

  /** What to tell, `undefined` when it was told before. */
  takeChange(): { readonly received: number; readonly saved: number } | undefined {
    if (!this.hasNews) return undefined;
    this.#toldReceived = this.#received;
    this.#toldSaved = this.#saved;
    return { received: this.#received, saved: this.#saved };
  }

  #receive(newestUpdate: number): void {
    this.#received = this.#written;
    const last = this.#unsaved[this.#unsaved.length - 1];
    if (last === undefined && newestUpdate <= this.#savedUpdate) this.#saved = this.#written;
    else if (last?.update === newestUpdate) last.frame = this.#written;
    else this.#unsaved.push({ frame: this.#written, update: newestUpdate });
  }
}
