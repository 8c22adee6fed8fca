/**
 * The relay of this computer after it had to take another port: its documents are found by whichever address of this computer
 * they are called.
 *
 * R1  What is open moves at once, and with it the page's own address.
 * R2  An address from before leads to a document that this device has at the new one, and to no other.
 */
import type { DocumentAddress } from '../../shared/protocol/links';
import type { RecentDocument } from '../documents/recent-documents';
import type { DocumentSession } from '../session/document-session';
import { addressInPage, isLoopback, isSameDocument, pagePathFor } from './page-address';
import type { ShellParts } from './parts';

export interface MovedRelay {
  /** The origin at which it answered. */
  readonly relay: string;
  readonly relayId: string;
  /** Its origin before that, if it had one where no other relay was met. */
  readonly former: string | undefined;
}

/** Whether it belongs to that relay and looks for it elsewhere. A document that never met its relay is known by the address. */
export function isLeftBehind(
  { address, relayId }: Pick<DocumentSession | RecentDocument, 'address' | 'relayId'>,
  moved: MovedRelay,
): boolean {
  if (address.relay === moved.relay || !isLoopback(address.relay)) return false;
  return relayId === moved.relayId || (address.relay === moved.former && relayId === moved.former);
}

/** Brings along what looks for the relay where it was. */
export class RelayMoves {
  readonly #parts: Pick<ShellParts, 'recent' | 'pageRelay'>;
  #moved: MovedRelay | undefined;

  constructor(parts: Pick<ShellParts, 'recent' | 'pageRelay'>) {
    this.#parts = parts;
  }

  /** The relay was found where it says that it runs. */
  hear(moved: MovedRelay): void {
    this.#moved = moved;
  }

  /** R1 */
  bringAlong(session: DocumentSession): void {
    if (this.#moved === undefined || !isLeftBehind(session, this.#moved)) return;
    const { pageRelay } = this.#parts;
    const shown = addressInPage(new URL(location.href), pageRelay);
    const isShown = shown !== undefined && isSameDocument(shown, session.address);
    session.moveTo(this.#moved.relay, this.#moved.relayId);
    if (isShown) history.replaceState(history.state, '', pagePathFor(session.address, pageRelay));
  }

  /** R2 */
  addressNow(address: DocumentAddress): DocumentAddress {
    if (this.#moved === undefined || !isLoopback(address.relay)) return address;
    const there = { ...address, relay: this.#moved.relay };
    return this.#has(there) && !this.#has(address) ? there : address;
  }

  #has(address: DocumentAddress): boolean {
    return this.#parts.recent.list.current.some((entry) => isSameDocument(entry.address, address));
  }
}
