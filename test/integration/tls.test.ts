/** `--tls-cert` and `--tls-key`, at the built relay. */
import { existsSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate, tlsFlags } from '../support/certificate';
import { until } from '../support/condition';
import { endHttp2Clients, Http2Client } from '../support/http2-client';
import { END_STREAM, endRawHttp2, FRAME, RawHttp2 } from '../support/raw-http2';
import { endRelays, RelayDidNotStart, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder';

let folder: TemporaryFolder;
let relay: RelayProcess;
/** What the relay is told to use: a link, as certbot makes them. */
let flags: string[];

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  const [, cert = '', , key = ''] = tlsFlags(folder.path, makeCertificate({ name: 'before' }));
  const links = [join(folder.path, 'live-cert.pem'), join(folder.path, 'live-key.pem')] as const;
  await symlink(cert, links[0]);
  await symlink(key, links[1]);
  flags = ['--tls-cert', links[0], '--tls-key', links[1]];
  relay = await startRelayProcess({ flags });
});
afterAll(async () => {
  endStockClients();
  endHttp2Clients();
  endRawHttp2();
  await endRelays();
  await folder.remove();
});

const subjectNow = async () => {
  const client = await new Http2Client(relay.address).opened();
  const { subject } = (client.session.socket as TLSSocket).getPeerCertificate();
  client.cut();
  return subject.CN;
};

describe('a relay with a certificate', () => {
  test('prints an address of https, at which pages, streams and WebSockets are', async () => {
    expect(relay.address).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const http2 = await new Http2Client(relay.address).opened();
    const page = await http2.ask('/d/paper');
    expect(page.status).toBe(200);
    const script = /\/assets\/[^"]+\.js/.exec(page.body)?.[0] ?? '';
    expect(await http2.ask(script, { headers: { 'accept-encoding': 'br' } })).toMatchObject({
      status: 200,
      headers: { 'content-encoding': 'br' },
    });
    expect(JSON.parse((await http2.ask('/health')).body).status).toBe('ok');
    const [ada, grace] = [1, 2].map(() => new StockClient(relay.webSocketAddress, 'paper', { trustsAnyone: true }));
    await ada?.synced();
    ada?.type('Hello');
    await grace?.shows('Hello');
  });

  test('cuts what is no TLS', async () => {
    const socket = connectTcp(relay.port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until('it is cut', () => socket.closed);
    await expect(fetch(relay.address.replace('https', 'http'))).rejects.toThrow();
  });

  test.concurrent('takes up one that was renewed, by another link, without cutting anybody', async () => {
    const before = await new Http2Client(relay.address).opened();
    expect(await subjectNow()).toBe('before');
    const next = await makeTemporaryFolder();
    const [, cert = '', , key = ''] = tlsFlags(next.path, makeCertificate({ name: 'after' }));
    for (const [target, name] of [
      [cert, 'live-cert.pem'],
      [key, 'live-key.pem'],
    ] as const) {
      await symlink(target, join(folder.path, `${name}.new`));
      await rename(join(folder.path, `${name}.new`), join(folder.path, name));
    }
    await until('it is in use', async () => (await subjectNow()) === 'after', 15_000);
    expect((await before.ask('/health')).status).toBe(200);
    expect(relay.stderr).toContain('A renewed certificate is in use');
    await next.remove();
  });

  test.concurrent('D10: closes what takes for ever, at each step of the way, while others get in at once', async () => {
    const { port } = relay;
    const silent = Array.from({ length: 30 }, () => connectTcp(port, '127.0.0.1').on('error', () => undefined));
    const mute = await Promise.all(Array.from({ length: 30 }, () => RawHttp2.connected(port)));
    const begun = await Promise.all(Array.from({ length: 30 }, async () => (await RawHttp2.connected(port)).begin()));
    const heads = begun.map((client) => client.ask('/health', { flags: END_STREAM }));
    const plain = await Promise.all(Array.from({ length: 30 }, () => secureSocket(port)));
    for (const socket of plain) socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    const dripping = setInterval(() => {
      for (const [index, client] of begun.entries())
        client.send(FRAME.continuation, 0, heads[index] ?? 0, Uint8Array.of(0, 1, 0x61, 1, 0x62));
      for (const socket of plain) if (!socket.closed) socket.write('x');
    }, 1_000);
    const began = performance.now();
    expect((await new Http2Client(relay.address).ask('/health')).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(2_000);
    try {
      await until(
        'all are closed',
        () => [...silent, ...plain].every(({ closed }) => closed) && [...mute, ...begun].every(({ isClosed }) => isClosed),
        17_000,
      );
    } finally {
      clearInterval(dripping);
    }
  });

  test.concurrent('ends with 0 at SIGTERM, with connections of every kind open', async () => {
    await mkdir(join(folder.path, 'ending'));
    const ending = await startRelayProcess({ flags: tlsFlags(join(folder.path, 'ending'), makeCertificate()) });
    const http2 = await new Http2Client(ending.address).opened();
    const stream = http2.request('/documents/paper/stream');
    await secureSocket(ending.port);
    connectTcp(ending.port, '127.0.0.1').on('error', () => undefined);
    await until('the stream is open', () => stream.id !== undefined && ending.isRunning);
    const began = performance.now();
    expect(await ending.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(ending.stderr).not.toMatch(/"level":(50|60)/);
  });
});

describe('a relay that cannot use its certificate', () => {
  const start = (given: readonly string[]): Promise<RelayDidNotStart> =>
    startRelayProcess({ flags: given, data: join(folder.path, 'nothing') }).then(
      () => expect.fail('it started'),
      (error: unknown) => (error instanceof RelayDidNotStart ? error : expect.fail(String(error))),
    );

  test.each([
    ['a certificate alone', ['--tls-cert', 'x.pem'], 2, 'A certificate for TLS needs its key; name that with --tls-key.'],
    ['a key alone', ['--tls-key', 'x.pem'], 2, 'A key for TLS needs its certificate; name that with --tls-cert.'],
    ['files that are not there', ['--tls-cert', 'x.pem', '--tls-key', 'x.pem'], 1, 'The certificate for TLS cannot be read'],
  ])('says so in one sentence, and touches nothing: %s', async (_what, given, exitCode, sentence) => {
    const error = await start(given);
    expect(error.stderr).toContain(sentence);
    expect([error.exitCode, error.stdout, error.stderr.trim().split('\n').length]).toEqual([exitCode, '', 1]);
    expect(existsSync(join(folder.path, 'nothing'))).toBe(false);
  });

  test('says so when it has expired', async () => {
    const old = await makeTemporaryFolder();
    const error = await start(tlsFlags(old.path, makeCertificate({ from: Date.parse('2020-01-01'), until: Date.parse('2021-01-01') })));
    expect(error.stderr).toBe(`The certificate in ${join(old.path, 'cert.pem')} expired on 2021-01-01; renew it.\n`);
    await old.remove();
  });
});

async function secureSocket(port: number): Promise<Socket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  socket.on('error', () => undefined).resume();
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return socket;
}
