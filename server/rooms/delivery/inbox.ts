/**
 * What arrives in a crowded room and waits for the room's next flush: nothing of it would leave before. Many frames one after the
 * other cost the processor a third less than each on its own, between which everything else has been through its caches.
 *
 * R1  Frames take effect in the order in which they came to the room. Whatever does not wait takes effect after what does.
 * R2  Only small edits and presence wait, and not many of them; their bytes are copied, for a message is a view.
 * R3  A refusal closes the peer whose frame it was, and costs the others nothing.
 */
import { isEditOrPresence } from '../../../src/shared/protocol/frames';
import { Rejected } from '../../../src/shared/protocol/rejections';
import type { Peer } from '../ports';

/** Who sent what waits. */
export interface Sender {
  readonly peer: Peer;
  /** What its frame does. Throws {@link Rejected} and nothing else. */
  handle(message: Uint8Array): void;
}

const SMALL_BYTES = 1024;
/** So many at once cost as little as more would. */
const MOST = 64;

export class Inbox {
  #senders: Sender[] = [];
  #messages: Uint8Array[] = [];

  /** False: it is not one that waits. */
  add(sender: Sender, message: Uint8Array): boolean {
    if (this.#messages.length >= MOST || message.length > SMALL_BYTES || !isEditOrPresence(message)) return false;
    this.#senders.push(sender);
    this.#messages.push(Buffer.from(message));
    return true;
  }

  /** Lets everything that waits take effect. */
  empty(): void {
    if (this.#messages.length === 0) return;
    const senders = this.#senders;
    const messages = this.#messages;
    this.#senders = [];
    this.#messages = [];
    for (let index = 0; index < messages.length; index++) handle(senders[index] as Sender, messages[index] as Uint8Array);
  }
}

function handle(sender: Sender, message: Uint8Array): void {
  try {
    sender.handle(message);
  } catch (error) {
    // `handle` promises that there is no other error.
    if (!(error instanceof Rejected)) throw error;
    sender.peer.close(error.rejection, error.message);
  }
}
