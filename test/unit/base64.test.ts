import { describe, expect, it } from 'vitest';
import { bytesByBinaryString, bytesOfBase64 } from '../../src/renderer/session/sockets/base64';

const texts = [0, 1, 2, 3, 255, 70_001].map((length) => Buffer.from(Array.from({ length }, (_, index) => (index * 7919) >> 3)));

describe('frames in base64', () => {
  it('are the bytes that they were, by either way of reading them', () => {
    for (const bytes of texts) {
      expect(Buffer.from(bytesOfBase64(bytes.toString('base64')) ?? []).equals(bytes)).toBe(true);
      expect(Buffer.from(bytesByBinaryString(bytes.toString('base64'))).equals(bytes)).toBe(true);
    }
  });

  it('have their whole buffer for themselves: it is handed on', () => {
    expect(bytesOfBase64('AAEC')?.buffer.byteLength).toBe(3);
  });

  it('are nothing when they are something else', () => {
    for (const text of ['%', 'A', 'AAEC AAEC%', '"']) expect(bytesOfBase64(text)).toBeUndefined();
  });
});
