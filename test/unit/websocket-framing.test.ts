import { describe, expect, it } from 'vitest';
import { webSocketFraming } from '../../server/transports/websocket-framing';

/** Reads one unmasked frame by RFC 6455, section 5.2. */
function readFrame(framed: Uint8Array): { final: boolean; opcode: number; masked: boolean; payload: Uint8Array } {
  const view = new DataView(framed.buffer, framed.byteOffset, framed.byteLength);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  const short = second & 0x7f;
  const [length, start] = short < 126 ? [short, 2] : short === 126 ? [view.getUint16(2), 4] : [Number(view.getBigUint64(2)), 10];
  expect(framed.length).toBe(start + length);
  // The shortest form, as the RFC demands.
  expect(length).toBeGreaterThanOrEqual(start === 2 ? 0 : start === 4 ? 126 : 65_536);
  return { final: (first & 0x80) !== 0, opcode: first & 0x7f, masked: (second & 0x80) !== 0, payload: framed.subarray(start) };
}

describe('a framed message', () => {
  it.each([0, 1, 125, 126, 127, 255, 65_535, 65_536, 70_001, 3_000_000])('of %i bytes is one final, binary, unmasked frame', (length) => {
    const message = Uint8Array.from({ length }, (_, index) => (index * 31) & 0xff);
    const { final, opcode, masked, payload } = readFrame(webSocketFraming.frame(message));
    expect({ final, opcode, masked }).toEqual({ final: true, opcode: 2, masked: false });
    expect(Buffer.compare(payload, message)).toBe(0);
  });

  it('is a copy: what happens to the message later does not show', () => {
    const message = Uint8Array.of(1, 2, 3);
    const framed = webSocketFraming.frame(message);
    message.fill(9);
    expect([...framed]).toEqual([0x82, 3, 1, 2, 3]);
  });

  it('reads only the message of a view into something larger', () => {
    const view = Uint8Array.of(9, 9, 1, 2, 9, 9).subarray(2, 4);
    expect([...webSocketFraming.frame(view)]).toEqual([0x82, 2, 1, 2]);
  });
});
