import type { Rejected } from '../../../src/shared/protocol/rejections';

/** A peer's end of the room. */
export interface Member {
  /** One binary message from the peer. Throws {@link Rejected} (the transport closes the peer with it) and nothing else. */
  receive(message: Uint8Array): void;
  /** The peer's transport has sent what it had queued. */
  drained(): void;
  /** The peer's role is another now: others see it. */
  roleChanged(): void;
  leave(): void;
}
