import { Rejected, type RejectionName } from '../../src/shared/protocol/rejections';

/** A request refused with a sentence of its own instead of the table's. */
export class RefusedRequest extends Rejected {
  /** For whoever asked: it is sent. */
  readonly reason: string;

  constructor(rejection: RejectionName, reason: string) {
    super(rejection, reason);
    this.reason = reason;
  }
}
