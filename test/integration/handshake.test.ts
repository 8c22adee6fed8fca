import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SECRET_ALONE } from '../../server/transports/handshake';
import { endRawClients, RawClient, RawSocket, upgradeRequest } from '../support/raw-client';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';

let relay: RelayProcess;

beforeAll(async () => {
  relay = await startRelayProcess();
});
afterEach(endRawClients);
afterAll(endRelays);

async function answeredTo(protocols: string[]): Promise<string> {
  return (await new RawClient(`${relay.webSocketAddress}/paper`, { protocols }).opened()).socket.protocol;
}

describe('sub-protocols', () => {
  it('R2: the first of weft.v1 and weft.plain that was offered is answered, and never a secret', async () => {
    expect(await answeredTo(['weft.v1'])).toBe('weft.v1');
    expect(await answeredTo(['weft.plain'])).toBe('weft.plain');
    expect(await answeredTo(['weft.v1', 'weft.plain'])).toBe('weft.v1');
    expect(await answeredTo(['weft.plain', 'weft.v1'])).toBe('weft.plain');
    expect(await answeredTo(['weft.secret.c2VjcmV0', 'weft.v1'])).toBe('weft.v1');
    expect(await answeredTo(['weft.plain', 'weft.secret.c2VjcmV0'])).toBe('weft.plain');
  });

  it('none at all is a stock client', async () => {
    const client = await new RawClient(`${relay.webSocketAddress}/paper`, { protocols: [] }).joined();
    expect(client.socket.protocol).toBe('');
    expect(client.count('progress')).toBe(0);
  });

  it('R3: a secret alone is 400, with the sentence that says what is missing', async () => {
    const client = await new RawClient(`${relay.webSocketAddress}/paper`, { protocols: ['weft.secret.c2VjcmV0'] }).opened();
    expect(client.refused?.status).toBe(400);
    expect(client.refused?.body).toContain(SECRET_ALONE);
    expect(client.refused?.body).not.toContain('c2VjcmV0');
    expect(`${relay.stdout}${relay.stderr}`).not.toContain('c2VjcmV0');
  });

  it('compression is not negotiated, though offered', async () => {
    const client = await new RawClient(`${relay.webSocketAddress}/paper`, { perMessageDeflate: true }).opened();
    expect(client.socket.extensions).toBe('');
  });
});

describe('document ids in the path', () => {
  const good = ['a', 'A-Z_0.9~', 'x'.repeat(128), '%41bc', '__proto__', 'constructor', 'health', '...', 'paper?token=1'];
  const broken = [
    '',
    '..%2f..%2f',
    '%2e%2e',
    '%2e',
    'a%2fb',
    'a/b',
    'a/',
    'd/paper',
    'a%00b',
    'a%20b',
    'a%252e',
    '%zz',
    '%',
    '%ff',
    '%c3%a9',
    'x'.repeat(129),
    'x'.repeat(8_192),
    'a+b',
    'a:b',
    'a;b',
    "a'b",
    '?a',
  ];

  it.each(good)('R1: %s is one', async (id) => {
    const socket = new RawSocket(relay.port);
    socket.write(upgradeRequest(id));
    await expect.poll(() => socket.status).toBe(101);
  });

  it.each(broken)('R1: %s is 404, and nothing is stored', async (id) => {
    const before = relay.storedBytes();
    const socket = new RawSocket(relay.port);
    socket.write(upgradeRequest(id));
    await socket.ended();
    expect(socket.status).toBe(404);
    expect(relay.storedBytes()).toBe(before);
  });
});

describe('joining', () => {
  it('stores nothing', async () => {
    const before = relay.storedBytes();
    for (let count = 0; count < 20; count++) await new RawClient(`${relay.webSocketAddress}/never-written-${count}`).joined();
    expect(relay.storedBytes()).toBe(before);
  });
});
