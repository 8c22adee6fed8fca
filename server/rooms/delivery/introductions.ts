/**
 * Tells who comes who is here.
 *
 * R1  In a crowded room newcomers wait for the room's next flush, and are told what was told to the others before: what changes
 *     meanwhile reaches them once.
 * R2  A flush tells no more than {@link MOST_BYTES}; the other newcomers wait for the next one, in their order. A thousand who come
 *     back at once would else be told of a thousand each, in one go.
 * R3  Who lags is told when it has caught up, and who left not at all.
 */
import { joinBytes, NOBODY_FRAME, PeopleFrames, type PresenceEntry } from '../presence/people-frames';
import type { PresenceBoard } from '../presence/presence-board';
import type { Recipient } from './recipient';

/** In one flush. Some milliseconds of writing. */
export const MOST_BYTES = 4 * 1024 * 1024;
/** Below, one copy costs less than a call of the system for each part. */
const WORTH_SHARING = 32 * 1024;

export class Introductions {
  readonly #board: Pick<PresenceBoard, 'everyone'>;
  readonly #newcomers = new Set<Recipient>();

  constructor(board: Pick<PresenceBoard, 'everyone'>) {
    this.#board = board;
  }

  get waiting(): number {
    return this.#newcomers.size;
  }

  /** It is told at the next flush. Who was told before, and asks, goes on hearing what changes: also who left meanwhile. */
  add(recipient: Recipient): void {
    this.#newcomers.add(recipient);
  }

  /** Tells as many as may be told at once. */
  tellSome(now: number): void {
    if (this.#newcomers.size === 0) return;
    const everyone = this.#board.everyone();
    const known: PeopleFrames[] = [];
    let bytes = 0;
    for (const newcomer of this.#newcomers) {
      if (bytes >= MOST_BYTES) return;
      this.#newcomers.delete(newcomer);
      newcomer.introduced = true;
      if (newcomer.place === -1 || newcomer.lag !== undefined) continue;
      let frames = known.find(({ framing }) => framing === newcomer.framing);
      if (frames === undefined) {
        frames = new PeopleFrames(newcomer.framing, everyone);
        known.push(frames);
      }
      bytes += write(newcomer, frames);
      newcomer.heardAt = now;
    }
  }

  /** Tells one, at once. */
  tell(recipient: Recipient, entries: readonly PresenceEntry[]): void {
    recipient.introduced = true;
    write(recipient, new PeopleFrames(recipient.framing, entries));
  }
}

/** Returns how much it was. Something is written in any case: it may be the answer to a question. */
function write({ peer, framing, seat }: Recipient, frames: PeopleFrames): number {
  const parts = frames.partsFor(seat.id);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length === 0) peer.write(framing.frame(NOBODY_FRAME));
  else if (length <= WORTH_SHARING) peer.write(joinBytes(parts));
  else for (const part of parts) peer.write(part);
  return length;
}
