import { WebSocket } from 'ws';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import type { SmallFrames } from './small-frames';
import type { WebSocketPeer } from './websocket-peer';

/** A message that is too large as a whole, or in too many parts. */
const TOO_BIG = 1009;
const TOO_MANY_PARTS = 1008;
const INVALID_UTF8 = 1007;

/**
 * One accepted connection. It answers with the relay's own codes where ws would give up with one that a stock client
 * takes for “try again”: the same message would be refused for ever (rejections.ts, R1).
 */
export class RelayWebSocket extends WebSocket {
  /** Who it carries frames for. Here instead of in closures: thousands of idle connections share their listeners. */
  peer: WebSocketPeer | undefined;
  smallFrames: SmallFrames | undefined;

  override close(code?: number, data?: string | Buffer): void {
    // Only ws itself closes without a reason; an echo of the client's own code brings the client's reason.
    const { closeCode, reason } = data === undefined ? meant(code) : { closeCode: code, reason: data };
    super.close(closeCode, reason);
  }
}

function meant(code: number | undefined): { closeCode: number | undefined; reason: string | undefined } {
  if (code === TOO_BIG || code === TOO_MANY_PARTS) return REJECTIONS['too-large'];
  if (code === INVALID_UTF8) return REJECTIONS.malformed;
  return { closeCode: code, reason: undefined };
}
