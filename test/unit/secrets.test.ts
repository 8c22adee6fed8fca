import { describe, expect, it } from 'vitest';
import { Access } from '../../server/access/access';
import { isLoopback, networkOf } from '../../server/access/addresses';
import { AttemptsPerMinute } from '../../server/access/attempts-per-minute';
import { NoGuess } from '../../server/access/grants';
import { LiveGrants } from '../../server/access/live-grants';
import { RelayKey } from '../../server/access/relay-key';
import { hashSecret, isSameSecret, isSecret, newSecret } from '../../server/access/secrets';
import { bearerSecret, secretOfUpgrade } from '../../server/transports/request-secret';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';
import { below, randomFrom, seedFromEnvironment } from '../support/random';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('secrets', () => {
  it('R1 are all of 18 random bytes, in one spelling', () => {
    const asked: number[] = [];
    const random = (bytes: number) => {
      asked.push(bytes);
      return new Uint8Array(bytes).fill(255);
    };
    expect(newSecret(random)).toBe('_'.repeat(24));
    expect(asked).toEqual([18]);
    expect(isSecret(newSecret(random))).toBe(true);
  });

  it('R1 of a device are 32 random bytes, and each of them has one spelling', () => {
    const random = randomFrom(seedFromEnvironment());
    for (let round = 0; round < 200; round++) {
      const secret = Buffer.from(Array.from({ length: 32 }, () => below(random, 256))).toString('base64url');
      expect(isSecret(secret)).toBe(true);
      // The last character stands for four bits and two that have to be zero.
      const last = BASE64URL.indexOf(secret.slice(-1));
      for (const other of [last + 1, last + 2, last + 3]) expect(isSecret(secret.slice(0, -1) + BASE64URL[other])).toBe(false);
    }
  });

  it.each([
    '',
    'a'.repeat(23),
    'a'.repeat(25),
    `${'a'.repeat(23)}=`,
    `${'a'.repeat(23)}\n`,
    `${'a'.repeat(23)}.`,
    'é'.repeat(24),
    'A'.repeat(42),
    'A'.repeat(44),
    `${'A'.repeat(43)}=`,
    `${'A'.repeat(42)}\n`,
  ])('%j is none', (text) => {
    expect(isSecret(text)).toBe(false);
  });

  it('R2 are kept as their SHA-256', () => {
    // FIPS 180-2, appendix B.1: “abc”.
    expect(hashSecret('abc')).toBe(
      Buffer.from('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'hex').toString('base64url'),
    );
  });

  it('are compared as wholes, of whatever length', () => {
    expect([isSameSecret('abc', 'abc'), isSameSecret('abc', 'abd'), isSameSecret('abc', 'abcd'), isSameSecret('', 'a')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the secret of a request', () => {
  it.each([
    [undefined, undefined],
    ['Bearer abc', 'abc'],
    ['bearer   a.b-c_d', 'a.b-c_d'],
    ['Basic abc', ''],
    ['Bearer', ''],
    ['Bearer a b', ''],
    ['Bearer a\u0000', ''],
  ])('in Authorization %j is %j', (header, secret) => {
    expect(bearerSecret(header)).toBe(secret);
  });

  it('in an upgrade is a sub-protocol, else in Authorization', () => {
    expect(secretOfUpgrade({ 'sec-websocket-protocol': 'weft.v1, weft.secret.abc' })).toBe('abc');
    expect(secretOfUpgrade({ 'sec-websocket-protocol': 'weft.v1,weft.secret.', authorization: 'Bearer x' })).toBe('');
    expect(secretOfUpgrade({ 'sec-websocket-protocol': 'weft.v1', authorization: 'Bearer x' })).toBe('x');
    expect(secretOfUpgrade({})).toBeUndefined();
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['localhost', true],
    ['127.evil.example', false],
    ['0.0.0.0', false],
    ['192.168.0.1', false],
    ['::', false],
  ])('%s is of this machine alone: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });

  it('are one within an IPv6 /64, however they are written', () => {
    const same = ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1', '2001:db8:1:2:a::'].map(networkOf);
    expect(new Set(same).size).toBe(1);
    expect(networkOf('2001:db8:1:3::1')).not.toBe(same[0]);
    expect(networkOf('2001:db8::1')).not.toBe(networkOf('2001:db8:0:1::1'));
    expect([networkOf('1.2.3.4'), networkOf('::ffff:1.2.3.4')]).toEqual(['1.2.3.4', '::ffff:1.2.3.4']);
  });
});

describe('wrong secrets', () => {
  const document = 'notes' as DocumentId;

  function door(perMinute: number) {
    const clock = new ManualClock();
    let looks = 0;
    const authoriser = {
      authorise: async (secret: string | undefined) => {
        looks++;
        if (secret === 'revoked') throw new NoGuess();
        if (secret !== 'right') throw new Rejected(secret === 'away' ? 'unverifiable' : 'unauthorized');
        return { document, role: 'editor' as const, isOwner: false, key: 'k' };
      },
    };
    const failures = new AttemptsPerMinute(perMinute);
    const access = new Access({ authoriser, live: new LiveGrants({ clock, log: new KeptLog() }), failures, clock });
    const come = async (secret: string | undefined, address = '192.0.2.1'): Promise<string> => {
      try {
        await access.authorise({ secret, document, address });
        return 'in';
      } catch (error) {
        return error instanceof Rejected ? error.rejection : 'failed';
      }
    };
    return { clock, access, come, looks: () => looks };
  }

  it('R1 make an address wait for the rest of the minute, with a right one too, and no other address', async () => {
    const { clock, access, come, looks } = door(2);
    expect([await come('a'), await come('right'), await come('b'), await come('right')]).toEqual([
      'unauthorized',
      'in',
      'unauthorized',
      'too-fast',
    ]);
    expect(looks()).toBe(3);
    expect(await come('right', '192.0.2.2')).toBe('in');
    expect(access.waitMs('192.0.2.1')).toBe(60_000);
    clock.tick(60_000);
    expect(await come('right')).toBe('in');
  });

  it('R2 are not what comes without one, or what could not be looked at', async () => {
    const { come } = door(1);
    expect([await come(undefined), await come(undefined), await come('away'), await come('right')]).toEqual([
      'unauthorized',
      'unauthorized',
      'unverifiable',
      'in',
    ]);
  });

  it('R2 are not what was right once, and is refused all the same', async () => {
    const { come } = door(1);
    const revoked = await Promise.all(Array.from({ length: 100 }, () => come('revoked')));
    expect([new Set(revoked), await come('right'), await come('a'), await come('revoked')]).toEqual([
      new Set(['unauthorized']),
      'in',
      'unauthorized',
      'too-fast',
    ]);
  });

  it('R3 are claims of what somebody else owns', async () => {
    const { access, come } = door(2);
    const claim = (secret: string | undefined) =>
      access
        .count({ secret, address: '192.0.2.1' }, async () => {
          throw new Rejected('taken');
        })
        .catch((error: Rejected) => error.rejection);
    // Without a secret of one's own there is no guess in it.
    expect([await claim(undefined), await claim(undefined), await claim('a'), await claim('b')]).toEqual(Array(4).fill('taken'));
    expect([await claim('c'), await come('right')]).toEqual(['too-fast', 'too-fast']);
  });
});

describe("the relay's key", () => {
  it('R1 is the one of this moment', async () => {
    let key = 'old';
    const relayKey = new RelayKey(async () => key);
    expect([await relayKey.isKey('old'), await relayKey.isKey('new'), await relayKey.isKey(undefined)]).toEqual([true, false, false]);
    key = 'new';
    expect([await relayKey.isKey('old'), await relayKey.isKey('new')]).toEqual([false, true]);
  });
});
