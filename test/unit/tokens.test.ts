import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, type GenerateKeyPairResult, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenAccess } from '../../server/access/tokens';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { ManualClock } from '../support/manual-clock';

const NOTES = 'notes' as DocumentId;
const AUDIENCE = 'https://notes.example';
const SECRET = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
const clock = new ManualClock();
const seconds = Math.floor(clock.now() / 1000);
const CLAIMS: JWTPayload = { aud: AUDIENCE, document: NOTES, role: 'editor', exp: seconds + 60, name: 'Ada\n', sub: 'ada' };

async function outcome(access: TokenAccess, token: string): Promise<unknown> {
  try {
    return await access.authorise(token, NOTES);
  } catch (error) {
    if (error instanceof Rejected) return error.rejection;
    throw error;
  }
}

function sign(
  claims: JWTPayload,
  key: Parameters<SignJWT['sign']>[0] = SECRET,
  header = { alg: 'HS256' } as { alg: string; kid?: string },
) {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

function without(name: string): JWTPayload {
  return Object.fromEntries(Object.entries(CLAIMS).filter(([claim]) => claim !== name));
}

describe('tokens with a shared secret', () => {
  const access = new TokenAccess({ keys: { type: 'secret', secret: SECRET }, audience: AUDIENCE, clock });

  it('are grants, with a clean name, until they expire', async () => {
    const grant = { document: NOTES, role: 'editor', isOwner: false, key: 'subject:ada', name: 'Ada', expiresAt: (seconds + 60) * 1000 };
    expect(await outcome(access, await sign(CLAIMS))).toEqual(grant);
    expect(await outcome(access, await sign({ ...CLAIMS, aud: ['https://else.example', AUDIENCE] }))).toEqual(grant);
  });

  it('expire by the calendar, which goes on while the machine sleeps', async () => {
    const sleepy = new ManualClock();
    const soon = Math.floor(sleepy.wallTime() / 1000) + 60;
    const token = await sign({ ...CLAIMS, exp: soon });
    const asleep = new TokenAccess({ keys: { type: 'secret', secret: SECRET }, audience: AUDIENCE, clock: sleepy });
    expect(await outcome(asleep, token)).toMatchObject({ expiresAt: soon * 1000 });
    sleepy.jumpWall(3_600_000);
    expect(await outcome(asleep, token)).toBe('unauthorized');
  });

  it.each(['exp', 'aud', 'document', 'role'])('R2 need %s', async (claim) => {
    expect(await outcome(access, await sign(without(claim)))).toBe('unauthorized');
  });

  it.each(['name', 'sub'])('R2 need no %s', async (claim) => {
    expect(await outcome(access, await sign(without(claim)))).toMatchObject({ document: NOTES });
  });

  it.each([
    ['another audience', { aud: 'https://else.example' }],
    ['the audience with a slash', { aud: `${AUDIENCE}/` }],
    ['another document', { document: 'other' }],
    ['a document that is none', { document: ['notes'] }],
    ['another role', { role: 'owner' }],
    ['a role that is none', { role: 1 }],
    ['an end that came', { exp: seconds }],
    ['an end that is none', { exp: '9999999999' as unknown as number }],
    ['a beginning that is to come', { nbf: seconds + 30 }],
    ['a beginning that is none', { nbf: 'now' as unknown as number }],
  ])('R3 are refused with %s', async (_what, changes) => {
    expect(await outcome(access, await sign({ ...CLAIMS, ...changes }))).toBe('unauthorized');
  });

  it('R1 are refused without an algorithm, and with any but HS256', async () => {
    expect(await outcome(access, new UnsecuredJWT(CLAIMS).encode())).toBe('unauthorized');
    const [, payload] = (await sign(CLAIMS)).split('.');
    for (const alg of ['none', 'None', 'NONE']) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      expect(await outcome(access, `${header}.${payload}.`)).toBe('unauthorized');
    }
    const long = new Uint8Array(64).fill(7);
    const wide = new TokenAccess({ keys: { type: 'secret', secret: long }, audience: AUDIENCE, clock });
    expect(await outcome(wide, await sign(CLAIMS, long))).toMatchObject({ role: 'editor' });
    for (const alg of ['HS384', 'HS512']) expect(await outcome(wide, await sign(CLAIMS, long, { alg }))).toBe('unauthorized');
  });

  it('R3 are refused with a wrong signature, and when they are none', async () => {
    const token = await sign(CLAIMS);
    const other = await sign(CLAIMS, new Uint8Array(32).fill(1));
    const [header, payload, signature] = token.split('.');
    const changed = Buffer.from(JSON.stringify({ ...CLAIMS, role: 'viewer' })).toString('base64url');
    for (const wrong of [other, `${header}.${changed}.${signature}`, `${header}.${payload}.`, '..', 'a.b.c', `${token}.`, '']) {
      expect(await outcome(access, wrong)).toBe('unauthorized');
    }
  });
});

/** A host of keys; the test changes what it answers. */
async function keyHost() {
  const host = { keys: [] as object[], status: 200, asked: 0, url: '' };
  const server = createServer((_request, response) => {
    host.asked++;
    response.writeHead(host.status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: host.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()));
  host.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys.json`;
  return host;
}

async function published(pair: GenerateKeyPairResult, kid: string, alg: string): Promise<object> {
  return { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' };
}

describe('tokens signed by published keys', () => {
  it.each(['ES256', 'EdDSA', 'RS256'])('R1 are taken with %s', async (alg) => {
    const host = await keyHost();
    const pair = await generateKeyPair(alg, { extractable: true });
    host.keys = [await published(pair, 'a', alg)];
    const access = new TokenAccess({ keys: { type: 'key-set', url: host.url }, audience: AUDIENCE, clock });
    expect(await outcome(access, await sign(CLAIMS, pair.privateKey, { alg, kid: 'a' }))).toMatchObject({ key: 'subject:ada' });
    expect(await outcome(access, await sign({ ...CLAIMS, exp: seconds - 1 }, pair.privateKey, { alg, kid: 'a' }))).toBe('unauthorized');
  });

  it('R1 are refused with algorithms that the relay did not choose, a public key as a shared secret among them', async () => {
    const host = await keyHost();
    const pair = await generateKeyPair('RS256', { extractable: true });
    const strong = await generateKeyPair('ES384', { extractable: true });
    const asSecret = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), kid: 'oct', alg: 'HS256' };
    host.keys = [await published(pair, 'a', 'RS256'), await published(strong, 'b', 'ES384'), asSecret];
    const access = new TokenAccess({ keys: { type: 'key-set', url: host.url }, audience: AUDIENCE, clock });
    const pem = new TextEncoder().encode(await exportSPKI(pair.publicKey));
    const jwk = new TextEncoder().encode(JSON.stringify(host.keys[0]));
    for (const secret of [pem, jwk, SECRET]) {
      for (const kid of ['a', 'oct']) expect(await outcome(access, await sign(CLAIMS, secret, { alg: 'HS256', kid }))).toBe('unauthorized');
    }
    expect(await outcome(access, await sign(CLAIMS, strong.privateKey, { alg: 'ES384', kid: 'b' }))).toBe('unauthorized');
    expect(await outcome(access, new UnsecuredJWT(CLAIMS).encode())).toBe('unauthorized');
    expect(await outcome(access, await sign(CLAIMS, pair.privateKey, { alg: 'RS256', kid: 'a' }))).toMatchObject({ role: 'editor' });
  });

  it('are taken with a new key as soon as it is published, and refused with one that is gone', async () => {
    const host = await keyHost();
    const [first, second] = [await generateKeyPair('ES256', { extractable: true }), await generateKeyPair('ES256', { extractable: true })];
    host.keys = [await published(first, 'first', 'ES256')];
    const access = new TokenAccess({ keys: { type: 'key-set', url: host.url, cooldownMs: 0 }, audience: AUDIENCE, clock });
    const [old, young] = [
      await sign(CLAIMS, first.privateKey, { alg: 'ES256', kid: 'first' }),
      await sign(CLAIMS, second.privateKey, { alg: 'ES256', kid: 'second' }),
    ];
    expect([await outcome(access, old), await outcome(access, young)]).toEqual([
      expect.objectContaining({ role: 'editor' }),
      'unauthorized',
    ]);
    host.keys = [await published(second, 'second', 'ES256')];
    expect([await outcome(access, young), await outcome(access, old)]).toEqual([
      expect.objectContaining({ role: 'editor' }),
      'unauthorized',
    ]);
  });

  it('with keys that nobody published do not make the relay ask for each', async () => {
    const host = await keyHost();
    const pair = await generateKeyPair('ES256', { extractable: true });
    host.keys = [await published(pair, 'a', 'ES256')];
    const access = new TokenAccess({ keys: { type: 'key-set', url: host.url }, audience: AUDIENCE, clock });
    for (let count = 0; count < 20; count++) {
      expect(await outcome(access, await sign(CLAIMS, pair.privateKey, { alg: 'ES256', kid: `unknown ${count}` }))).toBe('unauthorized');
    }
    expect(host.asked).toBe(1);
  });

  it.each([
    ['fails', { status: 500 }],
    ['has none', { status: 404 }],
    ['answers nonsense', { keys: 'nonsense' as unknown as object[] }],
  ])('R3 are no reason to be refused for good when the host of the keys %s', async (_what, answer) => {
    const host = await keyHost();
    const pair = await generateKeyPair('ES256', { extractable: true });
    const token = await sign(CLAIMS, pair.privateKey, { alg: 'ES256', kid: 'a' });
    const access = new TokenAccess({ keys: { type: 'key-set', url: host.url, cooldownMs: 0 }, audience: AUDIENCE, clock });
    Object.assign(host, answer);
    expect(await outcome(access, token)).toBe('unverifiable');
    Object.assign(host, { status: 200, keys: [await published(pair, 'a', 'ES256')] });
    expect(await outcome(access, token)).toMatchObject({ role: 'editor' });
  });
});
