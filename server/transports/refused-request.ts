import { Rejected, type RejectionName } from '../../src/shared/protocol/rejections';

/** A request refused with a sentence of its own instead of the table's. */
export class RefusedRequest extends Rejected {
  /** For whoever asked: it is sent. */
  readonly reason: string;
  /** Where HTTP has a more exact one than the table. */
  readonly status: number | undefined;

  constructor(rejection: RejectionName, reason: string, status?: number) {
    super(rejection, reason);
    this.reason = reason;
    this.status = status;
  }
}
