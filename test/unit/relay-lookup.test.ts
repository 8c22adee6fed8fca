import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lookUpRelay } from '../../src/renderer/session/relay-lookup';

const health = {
  status: 'ok',
  relay: 'r1',
  version: '1',
  checks: {},
  limits: { documentBytes: 100 },
  durable: true,
  access: 'links',
  creators: 'key',
};

async function answer(response: Response | Error): Promise<Awaited<ReturnType<typeof lookUpRelay>>> {
  const fetch = async () => {
    if (response instanceof Error) throw response;
    return response;
  };
  return await lookUpRelay('http://relay', { fetch, signal: new AbortController().signal });
}

const reasonOf = async (response: Response | Error) => {
  const lookup = await answer(response);
  return lookup.type === 'not-found' ? lookup.reason : 'found';
};

describe('asking an address which relay is there', () => {
  it('finds a relay, also one that is failing', async () => {
    expect(await answer(Response.json(health))).toEqual({ type: 'found', health });
    expect(await answer(Response.json({ ...health, status: 'failing' }, { status: 503 }))).toMatchObject({
      type: 'found',
      health: { status: 'failing' },
    });
  });

  it('takes a relay that says nothing of access for one that lets everybody in', async () => {
    const { access: _, creators: __, ...older } = health;
    expect(await answer(Response.json(older))).toMatchObject({ health: { access: 'open', creators: 'anyone' } });
  });

  it('says what to do where the relay refuses: Origin, Host, too often', async () => {
    expect(await reasonOf(Response.json({}, { status: 403 }))).toContain('--origin');
    expect(await reasonOf(Response.json({}, { status: 421 }))).toContain('--public-url');
    expect(await reasonOf(Response.json({}, { status: 429 }))).toContain('Too many attempts');
  });

  it('says that it cannot be reached where the browser tells nothing: no server, no CORS headers', async () => {
    expect(await reasonOf(new TypeError('Failed to fetch'))).toMatch(/^The relay cannot be reached; .*address\.$/);
  });

  it.each([
    ['a stock server', new Response('okay')],
    ['a page', new Response('<!doctype html>', { status: 404 })],
    ['other JSON', Response.json({ hello: 'world' })],
    ['null', Response.json(null)],
    ['a relay without an id', Response.json({ ...health, relay: '' })],
    ['a relay without a limit', Response.json({ ...health, limits: {} })],
    ['a limit below zero', Response.json({ ...health, limits: { documentBytes: -1 } })],
    ['a relay that does not say whether it keeps anything', Response.json({ ...health, durable: 'yes' })],
  ])('does not take %s for a relay', async (_what, response) => {
    expect(await reasonOf(response)).toContain('not a Weft relay');
  });

  it('ends when it is called off', async () => {
    const asking = new AbortController();
    const fetch: typeof globalThis.fetch = (_input, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const looking = lookUpRelay('http://relay', { fetch, signal: asking.signal });
    asking.abort();
    expect(await looking).toMatchObject({ type: 'not-found' });
  });
});

describe('an address that leads elsewhere', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function serve(answer: (path: string) => { readonly status: number; readonly location?: string; readonly body?: string }) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const { status, location, body } = answer(request.url ?? '');
      response.writeHead(status, { 'Content-Type': 'application/json', ...(location === undefined ? {} : { Location: location }) });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => server.close());
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  // Whatever is sent there later follows nowhere, so it would be called connected and never be.
  it.each([301, 302, 307, 308])('by %i is no relay’s, and the person is told to use the other one', async (status) => {
    const relay = await serve(() => ({ status: 200, body: JSON.stringify(health) }));
    const former = await serve((path) => ({ status, location: `${relay.origin}${path}` }));
    const { signal } = new AbortController();
    expect((await lookUpRelay(relay.origin, { fetch, signal })).type).toBe('found');
    const lookup = await lookUpRelay(former.origin, { fetch, signal });
    expect(lookup).toMatchObject({ type: 'not-found', reason: expect.stringMatching(/leads to another one; use that one/) });
    expect([relay.asked, former.asked]).toEqual([['/health'], ['/health']]);
  });

  it('is known as a browser tells it: that it is a redirection, and no more', async () => {
    const opaque = Object.defineProperties(new Response(null), { type: { value: 'opaqueredirect' }, status: { value: 0 } });
    expect(await reasonOf(opaque)).toMatch(/leads to another one/);
  });
});
