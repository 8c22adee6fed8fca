/**
 * What a peer was sent and has not taken yet, and whether it may get more: the one place that is asked before and after
 * anything is written to it.
 *
 * R1  Beyond `laggingBytes` nothing more is written that can wait until it has taken what there is.
 * R2  Beyond `stuckBytes`, or twice the document if that is more, it is closed: an honest peer on a slow line may have one
 *     answer before it, and another one on its way.
 */
import type { RelayLimits } from '../limits';
import type { Peer } from '../ports';

export interface BacklogOptions {
  readonly limits: Pick<RelayLimits, 'laggingBytes' | 'stuckBytes'>;
  /** Bytes of the largest answer that there can be now. */
  largestMessage(): number;
}

export class Backlog {
  readonly laggingBytes: number;
  readonly #options: BacklogOptions;

  constructor(options: BacklogOptions) {
    this.laggingBytes = options.limits.laggingBytes;
    this.#options = options;
  }

  /** Whether the peer may get more. Closes one that is stuck. */
  takes(peer: Peer): boolean {
    const unsent = peer.queuedBytes;
    if (unsent <= this.laggingBytes) return true;
    this.#closeIfStuck(peer, unsent);
    return false;
  }

  #closeIfStuck(peer: Peer, unsent: number): void {
    const { limits, largestMessage } = this.#options;
    if (unsent > Math.max(limits.stuckBytes, 2 * largestMessage())) peer.close('too-fast', `does not read: ${unsent} bytes unsent`);
  }
}
