/** Wraps messages as a server sends them: one final, binary, unmasked frame each (RFC 6455, section 5.2). */
import type { Framing } from '../rooms/ports';

const FINAL_BINARY = 0x82;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

export const webSocketFraming: Framing = { frame };

function frame(message: Uint8Array): Uint8Array {
  const { length } = message;
  const headLength = length < LENGTH_IN_2_BYTES ? 2 : length < 65_536 ? 4 : 10;
  // The whole of it is written here, so a buffer with old memory in it never shows.
  const framed = Buffer.allocUnsafe(headLength + length);
  framed[0] = FINAL_BINARY;
  if (headLength === 2) {
    framed[1] = length;
  } else if (headLength === 4) {
    framed[1] = LENGTH_IN_2_BYTES;
    framed.writeUInt16BE(length, 2);
  } else {
    framed[1] = LENGTH_IN_8_BYTES;
    framed.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    framed.writeUInt32BE(length % 2 ** 32, 6);
  }
  framed.set(message, headLength);
  return framed;
}
