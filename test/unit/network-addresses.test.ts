import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Interfaces, whereOthersFind } from '../../server/network-addresses';

const v6 = (address: string) => ({ address, family: 'IPv6' as const, internal: address === '::1' });
const v4 = (address: string) => ({ address, family: 'IPv4' as const, internal: address.startsWith('127.') });
const HERE: Interfaces = {
  lo: [v4('127.0.0.1'), v6('::1')],
  wlan0: [v6('2001:db8::5'), v6('fe80::1'), v4('192.168.1.5')],
  eth0: [v4('10.1.1.1'), v4('169.254.7.7')],
  gone: undefined,
};

describe('where others find a relay', () => {
  it('R1 is at the addresses of the machine, IPv4 first, with scheme and port', () => {
    expect(whereOthersFind('https://127.0.0.1:4488', '::', HERE)).toBe(
      'Others on the network reach it at https://192.168.1.5:4488 or https://10.1.1.1:4488 or https://[2001:db8::5]:4488.',
    );
  });

  it('is at none of IPv6 where it listens on IPv4 alone', () => {
    expect(whereOthersFind('http://127.0.0.1:4488', '0.0.0.0', HERE)).toBe(
      'Others on the network reach it at http://192.168.1.5:4488 or http://10.1.1.1:4488.',
    );
  });

  it('has no port where the scheme says it', () => {
    expect(whereOthersFind('http://127.0.0.1:80', '0.0.0.0', HERE)).toContain('http://10.1.1.1.');
  });

  it('says so when there is no network', () => {
    expect(whereOthersFind('http://127.0.0.1:4488', '0.0.0.0', { lo: HERE.lo })).toMatch(/no network\.$/);
  });

  it.each(['127.0.0.1', '::1', '192.168.1.5', 'localhost'])('needs no sentence where the printed address says it: %s', (host) => {
    expect(whereOthersFind('http://127.0.0.1:4488', host, HERE)).toBeUndefined();
  });

  it('reads what Node tells of this machine', () => {
    expect(whereOthersFind('http://127.0.0.1:1', '::', networkInterfaces())).toMatch(/^Others .*\.$/);
  });
});
