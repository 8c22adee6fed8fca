/** Rows D7 and 56: whose pages may use the relay, over every way in, against the real thing. */
import { request } from 'node:http';
import { hostname } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../server/transports/route-table';
import { NONCE_PLACEHOLDER } from '../../src/shared/content-security-policy';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { makeCertificate, tlsFlags } from '../support/certificate';
import { endHttp2Clients, Http2Client } from '../support/http2-client';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder';

const FLAGS = ['--origin', 'https://good.example', '--public-url', 'https://docs.example'];
let relay: RelayProcess;
/** The same with a certificate. */
let secure: RelayProcess;
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  const starting = [FLAGS, [...FLAGS, ...tlsFlags(folder.path, makeCertificate())]].map((flags) => startRelayProcess({ flags }));
  [relay, secure] = (await Promise.all(starting)) as [RelayProcess, RelayProcess];
});
afterEach(() => {
  endRawClients();
  endHttp2Clients();
});
afterAll(async () => {
  await endRelays();
  await folder.remove();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(`${relay.address}${path}`, { method, headers }, (response) => {
      let body = '';
      const answer = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', answer);
      if (response.headers['content-type']?.startsWith('text/event-stream') !== true) return;
      // It goes on for as long as somebody reads.
      response.on('error', () => undefined);
      response.once('data', () => response.destroy()).once('close', answer);
    });
    asking.on('error', reject).end();
  });
}

/** Over HTTP/2 a name is said in `:authority`. */
function askHttp2(path: string, { Host, ...headers }: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  const named = { ...headers, ...(Host === undefined ? {} : { ':authority': Host }) };
  return new Http2Client(secure.address).ask(path, { method, headers: named });
}

async function upgrade({ webSocketAddress }: RelayProcess, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const client = await new RawClient(`${webSocketAddress}/paper`, { headers, rejectUnauthorized: false }).opened();
  if (client.refused === undefined) return { status: 101, headers: {}, body: '' };
  return { ...client.refused, headers: client.refused.headers as Answer['headers'] };
}

interface Way {
  readonly way: string;
  readonly ask: (headers: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly own: () => string;
}

/** Whatever it is answered then. */
function expectLetIn({ status, body }: Answer): void {
  expect(status).not.toBe(421);
  expect(status).not.toBe(500);
  expect(body).not.toContain('wrong-origin');
}

const own = () => relay.address;
const ownSecurely = () => secure.address;
interface Place {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
}

const places: readonly Place[] = [
  ...ROUTES.map(({ method, path }) => ({
    name: `${method} ${path}`,
    path: path.replace(':id', 'paper').replace(':link', 'none').replace('*', 'none.js'),
    method,
  })),
  { name: 'nothing at all', path: '/there/is/nothing' },
  { name: 'a broken path', path: '/d/%zz' },
];
const ways: readonly Way[] = [
  { way: 'an upgrade', ask: (headers) => upgrade(relay, headers), own },
  ...places.map(({ name, path, method }): Way => ({ way: name, ask: (headers) => ask(path, headers, method), own })),
  { way: 'an upgrade over TLS', ask: (headers) => upgrade(secure, headers), own: ownSecurely },
  ...places.map(
    ({ name, path, method }): Way => ({ way: `${name} over HTTP/2`, ask: (headers) => askHttp2(path, headers, method), own: ownSecurely }),
  ),
];

const origins: readonly (readonly [what: string, origin: (own: string) => string | undefined, verdict: 'own' | 'foreign' | 'refused'])[] = [
  ['none', () => undefined, 'own'],
  ['its own', (own) => own, 'own'],
  ['its own over TLS', (own) => own.replace(/^https?/, 'https'), 'own'],
  ['the public address', () => 'https://docs.example', 'own'],
  ['app://weft', () => 'app://weft', 'foreign'],
  ['a page given by --origin', () => 'https://good.example', 'foreign'],
  ['a foreign page', () => 'https://evil.example', 'refused'],
  ['null', () => 'null', 'refused'],
  ['file://', () => 'file://', 'refused'],
  ['another port', () => 'http://127.0.0.1:1', 'refused'],
  ['no port', () => 'http://127.0.0.1', 'refused'],
  ['another name for this machine', (own) => own.replace('127.0.0.1', 'localhost'), 'refused'],
  ['a good name as a prefix', () => 'https://good.example.evil.com', 'refused'],
  ['a good name as a suffix', () => 'https://evilgood.example', 'refused'],
  ['the good name without TLS', () => 'http://good.example', 'refused'],
  ['the app’s scheme, another host', () => 'app://evil', 'refused'],
];

for (const { way, ask: askBy, own } of ways) {
  describe(`${way}, asked for by a page of`, () => {
    it.each(origins)('%s', async (_what, originOf, verdict) => {
      const origin = originOf(own());
      const answer = await askBy(origin === undefined ? {} : { Origin: origin });
      if (verdict === 'refused') {
        expect(answer.status).toBe(403);
        expect(JSON.parse(answer.body)).toEqual({ error: 'wrong-origin', reason: REJECTIONS['wrong-origin'].reason });
      } else {
        expectLetIn(answer);
      }
      if (answer.status === 101) return;
      expect(answer.headers['access-control-allow-origin']).toBe(verdict === 'foreign' ? origin : undefined);
      expect(answer.headers.vary).toContain('Origin');
    });
  });

  describe(`${way}, asked for as`, () => {
    const good = () => ['127.0.0.1', '127.0.0.1:80', '[::1]:4321', 'localhost', '10.1.2.3', hostname(), 'docs.example'];
    it.each(good())('%s is the relay', async (host) => {
      expectLetIn(await askBy({ Host: host }));
    });

    const evil = ['evil.test', 'evil.test:4321', 'localhost.evil.test', '127.0.0.1.evil.test', 'docs.example.evil.test'];
    it.each(evil)('%s is 421', async (host) => {
      const answer = await askBy({ Host: host, Origin: `http://${host}` });
      expect(answer.status).toBe(421);
      expect(JSON.parse(answer.body)).toEqual({ error: 'wrong-host', reason: REJECTIONS['wrong-host'].reason });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    });
  });
}

describe('over HTTP/2', () => {
  it('a Host that says something else than :authority makes it nobody’s', async () => {
    const both = (host: string) => new Http2Client(secure.address).ask('/health', { headers: { ':authority': 'localhost', host } });
    expect((await both('localhost')).status).toBe(200);
    expect((await both('docs.example')).status).toBe(421);
    expect((await both('evil.test')).status).toBe(421);
  });

  it('a target in absolute form is no request at all', async () => {
    await expect(askHttp2('http://evil.test/health')).rejects.toThrow('ended with code 1');
  });

  it('says nothing of the connection, which carries others too', async () => {
    const refused = await askHttp2('/health', { Host: 'evil.test' });
    expect(refused.headers.connection).toBeUndefined();
    expect(secure.stderr).not.toContain('Warning');
  });
});

describe('a preflight', () => {
  const asks = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Private-Network': 'true' };

  it('of an allowed page is granted, for the private network too', async () => {
    const answer = await ask('/health', { Origin: 'app://weft', ...asks }, 'OPTIONS');
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe('app://weft');
    expect(answer.headers['access-control-allow-methods']).toBe('GET, HEAD, POST, PATCH, DELETE');
    expect(answer.headers['access-control-allow-private-network']).toBe('true');
  });

  it('of a foreign page is refused', async () => {
    const answer = await ask('/health', { Origin: 'https://evil.example', ...asks }, 'OPTIONS');
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-private-network']).toBeUndefined();
  });
});

describe('/health', () => {
  it('says that each part works, who the relay is, and nothing that is secret', async () => {
    await new RawClient(`${relay.webSocketAddress}/a-secret-document`).joined();
    const { status, body } = await ask('/health');
    expect(status).toBe(200);
    const health = JSON.parse(body);
    expect(health).toMatchObject({ status: 'ok', checks: { store: 'ok', 'event-loop': 'ok' }, durable: true });
    expect(health).toMatchObject({ eventLoop: { p99Ms: expect.any(Number), maxMs: expect.any(Number) } });
    expect(health.relay).toMatch(/^[\w-]{22}$/);
    expect(health.limits.documentBytes).toBe(10 * 1024 * 1024);
    expect(body).not.toContain('a-secret-document');
    expect(body).not.toContain(relay.data);
  });

  it('names the same relay after a restart', async () => {
    const before = JSON.parse((await ask('/health')).body).relay;
    await relay.stop();
    relay = await relay.startAgain();
    expect(JSON.parse((await ask('/health')).body).relay).toBe(before);
  });
});

describe('the page', () => {
  it.each(['/', '/d/paper', '/d/%70aper'])('is at %s, with a policy whose nonce is new each time', async (path) => {
    const [first, second] = [await ask(path), await ask(path)];
    expect(first.status).toBe(200);
    expect(first.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    const [one, other] = [nonceOf(first), nonceOf(second)];
    expect(one).not.toBe(other);
    expect(first.body).not.toContain(NONCE_PLACEHOLDER);
    expect(first.body).toContain(one);
  });

  it('has assets that are kept for ever', async () => {
    const asset = /\/assets\/[^"]+\.js/.exec((await ask('/')).body)?.[0];
    const { status, headers } = await ask(asset ?? '/assets/none');
    expect(status).toBe(200);
    expect(headers['cache-control']).toContain('immutable');
    expect(headers['content-type']).toContain('javascript');
    expect(headers['x-content-type-options']).toBe('nosniff');
    for (const encoding of ['identity', 'br', 'gzip'])
      expect((await ask(asset ?? '', { 'Accept-Encoding': encoding })).headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
      );
  });

  it('has assets that need not be sent again, or can be had in part or as a head alone', async () => {
    const asset = /\/assets\/[^"]+\.js/.exec((await ask('/')).body)?.[0] ?? '/assets/none';
    const whole = await ask(asset);
    const known = await ask(asset, { 'If-None-Match': String(whole.headers.etag) });
    expect(known).toMatchObject({ status: 304, body: '' });
    expect(known.headers['cache-control']).toContain('immutable');
    expect(await ask(asset, { 'If-None-Match': 'W/"another"' })).toMatchObject({ status: 200 });
    const part = await ask(asset, { Range: 'bytes=10-19' });
    expect(part).toMatchObject({ status: 206, body: whole.body.slice(10, 20) });
    expect((await ask(asset, { Range: 'bytes=999999999-' })).status).toBe(416);
    const head = await ask(asset, {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': whole.headers['content-length'] } });
  });

  it.each(['/', '/d/paper'])('is there as a head alone, at %s', async (path) => {
    const head = await ask(path, {}, 'HEAD');
    expect(head).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    });
  });

  it.each([
    '/d/',
    '/d/..%2f',
    '/d/a%20b',
    `/d/${'x'.repeat(129)}`,
    '/d/a/b',
    '/assets/none.js',
    '/paper',
    '/index.html',
    '/server/main.js',
  ])('%s is 404, as JSON without a stack', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toEqual({ error: 'not-found', reason: REJECTIONS['not-found'].reason });
  });
});

describe('where there is nothing', () => {
  const asPerson = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

  it.each(['/foo/bar', '/d/', '/d/a%20b', '/assets/none.js', '/d/%zz'])('%s says so to a person by a page', async (path) => {
    const [first, second] = [await ask(path, asPerson), await ask(path, asPerson)];
    expect(first.status).toBe(404);
    expect(first.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'Origin, Accept',
    });
    expect(first.body).toContain('There is nothing at this address');
    expect(first.body).toContain('<a href="/">');
    expect(first.body).not.toMatch(/<script|foo|none|stack/);
    expect(first.body).toContain(`nonce="${nonceOf(first)}"`);
    expect(nonceOf(first)).not.toBe(nonceOf(second));
  });

  it.each(['*/*', 'application/json', 'text/event-stream'])('says so to a program that takes %s by JSON', async (Accept) => {
    const { status, body } = await ask('/foo/bar', { Accept });
    expect([status, JSON.parse(body).error]).toEqual([404, 'not-found']);
  });

  it('answers other methods than a page’s in the same way', async () => {
    expect(await ask('/foo/bar', asPerson, 'HEAD')).toMatchObject({ status: 404, body: '' });
  });
});

function nonceOf({ headers }: Answer): string {
  return /'nonce-([^']{20,})'/.exec(String(headers['content-security-policy']))?.[1] ?? '';
}
