import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClientAddresses } from '../../server/access/client-addresses';

const addresses = new ClientAddresses([
  { address: '127.0.0.1', bits: 32 },
  { address: '10.0.0.0', bits: 8 },
  { address: 'fd00::', bits: 8 },
]);

const from = (remoteAddress: string | undefined, forwarded?: string) =>
  addresses.of({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } });

describe('where a request comes from', () => {
  it('R1 is the other end of its connection, whatever it says, when that is no proxy that was named', () => {
    const nobodys = new ClientAddresses([]);
    for (const remoteAddress of ['127.0.0.1', '198.51.100.7', '2001:db8::7'])
      expect(nobodys.of({ socket: { remoteAddress }, headers: { 'x-forwarded-for': '203.0.113.9' } })).toBe(remoteAddress);
    expect(from('198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
    expect(from('127.0.0.2', '203.0.113.9')).toBe('127.0.0.2');
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8::9', '2001:db8::9'],
    // What the client wrote itself stands further left.
    ['127.0.0.1, 10.9.9.9, 203.0.113.9', '203.0.113.9'],
    ['6.6.6.6,203.0.113.9,10.1.2.3,fd00::1', '203.0.113.9'],
    ['  203.0.113.9\t', '203.0.113.9'],
    // All of them are ours: the one furthest away.
    ['10.1.2.3, 10.4.5.6', '10.1.2.3'],
  ])('R2 is the right-most hop that is no proxy: %s', (forwarded, address) => {
    expect(from('127.0.0.1', forwarded)).toBe(address);
    expect(from('10.200.0.1', forwarded)).toBe(address);
  });

  it.each([undefined, '', ' ', ',', 'unknown', '203.0.113.9, unknown', '203.0.113.9, _hidden', '999.1.1.1', '1.2.3.4:x', '[::1'])(
    'R3 is the last one that is known, after what is no address: %j',
    (forwarded) => {
      expect(from('10.1.1.1', forwarded)).toBe('10.1.1.1');
    },
  );

  it('R3 does without the port that some proxies say', () => {
    expect(from('10.1.1.1', '203.0.113.9:5678')).toBe('203.0.113.9');
    expect(from('10.1.1.1', '[2001:db8::9]:5678')).toBe('2001:db8::9');
    expect(from('10.1.1.1', '[2001:db8::9]')).toBe('2001:db8::9');
  });

  it('R4 is one and the same in both families', () => {
    expect(from('::ffff:127.0.0.1', '::FFFF:203.0.113.9')).toBe('203.0.113.9');
    expect(from('::ffff:198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
  });

  it('is nowhere when the connection is gone', () => {
    expect(from(undefined, '203.0.113.9')).toBe('');
  });

  it('is asked of nobody else', () => {
    const folder = join(import.meta.dirname, '../../server/transports');
    const asking = readdirSync(folder).filter((file) => /remoteAddress|request\.ip\b/.test(readFileSync(join(folder, file), 'utf8')));
    // Both tell in the log of a connection, whoever is at its end.
    expect(asking).toEqual(['http2-sessions.ts', 'websocket-peer.ts']);
  });
});
