import type { Framing, Peer } from '../ports';
import type { Seat } from '../presence/presence-board';
import type { ProgressLedger } from './progress-ledger';

/** One peer as the outbox sees it: plain fields, because they are read once for each delivery. */
export interface Recipient {
  readonly peer: Peer;
  readonly framing: Framing;
  /** Whose presence it is not sent. */
  readonly seat: Seat;
  /** Only of peers that asked for it. */
  readonly ledger: ProgressLedger | undefined;
  /** Which messages of the batch in the making are its own. */
  readonly own: number[];
  /** Whether it was told who is here: before, it is sent no presence; see room-member.ts. */
  introduced: boolean;
  /** When it was last sent something. */
  heardAt: number;
  /** Set while it takes nothing: what it had when live frames to it stopped. */
  lag: Mark | undefined;
  /** Where it is in the room's list; −1 when it left. */
  place: number;
}

/** What a peer has that got everything so far. */
export interface Mark {
  /** Encoded. */
  readonly stateVector: Uint8Array;
  /** The newest update. */
  readonly update: number;
  readonly people: ReadonlySet<number>;
}

export interface NewRecipient {
  readonly peer: Peer;
  /** Its own place at the board. */
  readonly seat: Seat;
  readonly ledger: ProgressLedger | undefined;
  readonly now: number;
  readonly place: number;
}

export function newRecipient({ peer, seat, ledger, now, place }: NewRecipient): Recipient {
  return {
    peer,
    framing: peer.framing,
    // Nothing is left out for who hears itself: it shares the bytes of all the others.
    seat: peer.hearsItself === true ? { peer, id: undefined, state: null } : seat,
    ledger,
    own: [],
    introduced: false,
    heardAt: now,
    lag: undefined,
    place,
  };
}
