import { describe, expect, it, vi } from 'vitest';
import { askRelay } from '../../src/renderer/session/admission-requests';
import type { DocumentId } from '../../src/shared/protocol/routes';

const SECRET = 'the-secret-of-a-link-000';
const MADE = 'a-secret-that-was-made-here';
const document = 'a-document' as DocumentId;
const look = { type: 'look', secret: SECRET } as const;
const exchange = { type: 'exchange', link: SECRET, made: MADE } as const;
const claim = { type: 'claim', secret: SECRET, relayKey: 'the-key' } as const;
const member = { document, role: 'viewer', isOwner: false };

async function ask(question: Parameters<typeof askRelay>[0], response: Response | Error) {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => {
    if (response instanceof Error) throw response;
    return response;
  });
  const asker = { fetch, signal: new AbortController().signal, origin: 'http://relay.test', document, name: 'Ann' };
  const answer = await askRelay(question, asker);
  const [url, init] = fetch.mock.calls[0] ?? [];
  return { answer, url: String(url), init: init ?? {} };
}

const answerOf = async (question: Parameters<typeof askRelay>[0], response: Response | Error) => (await ask(question, response)).answer;

describe('asking a relay who may get in', () => {
  it('R1 brings secrets in a header or a body, never in an address, and follows nobody elsewhere', async () => {
    for (const question of [look, exchange, claim]) {
      const { url, init } = await ask(question, Response.json({}));
      expect(url).not.toMatch(/secret|key/);
      expect(init).toMatchObject({ redirect: 'error', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' });
    }
    expect(await ask(look, Response.json({}))).toMatchObject({
      url: 'http://relay.test/documents/a-document',
      init: { headers: { Authorization: `Bearer ${SECRET}` } },
    });
    expect(await ask(exchange, Response.json({}))).toMatchObject({
      url: 'http://relay.test/documents/a-document/join',
      init: { method: 'POST', headers: { Authorization: `Bearer ${SECRET}` }, body: JSON.stringify({ name: 'Ann', secret: MADE }) },
    });
    expect(await ask(claim, Response.json({}))).toMatchObject({
      url: 'http://relay.test/documents',
      init: { method: 'POST', headers: { Authorization: 'Bearer the-key' }, body: JSON.stringify({ document, secret: SECRET }) },
    });
    expect((await ask({ ...claim, relayKey: undefined }, Response.json({}))).init.headers).not.toHaveProperty('Authorization');
  });

  it('understands a relay', async () => {
    expect(await answerOf(look, Response.json(member))).toEqual({ type: 'member', role: 'viewer', isOwner: false, secret: SECRET });
    expect(await answerOf(exchange, Response.json({ ...member, secret: MADE }))).toMatchObject({ type: 'member', secret: MADE });
    for (const status of [200, 201]) {
      expect(await answerOf(claim, Response.json({ document, secret: SECRET }, { status }))).toMatchObject({
        type: 'member',
        isOwner: true,
      });
    }
    for (const question of [look, exchange, claim]) {
      expect(await answerOf(question, Response.json({ error: 'unauthorized' }, { status: 401 }))).toEqual({ type: 'unauthorized' });
    }
    expect(await answerOf(claim, Response.json({ error: 'taken' }, { status: 409 }))).toEqual({ type: 'taken' });
  });

  it('R4 takes no refusal from a proxy', async () => {
    const ofProxies = [() => new Response('<h1>401</h1>', { status: 401 }), () => Response.json({ error: 'login' }, { status: 401 })];
    for (const question of [look, exchange, claim])
      for (const answer of ofProxies) expect(await answerOf(question, answer())).toMatchObject({ type: 'unanswered' });
    expect(await answerOf(claim, new Response('conflict', { status: 409 }))).toMatchObject({ type: 'unanswered' });
  });

  it('R2 believes nothing that is not exactly an answer', async () => {
    const wrong: unknown[] = [
      null,
      [],
      'member',
      {},
      { ...member, document: 'another' },
      { ...member, role: 'owner' },
      { ...member, isOwner: 'yes' },
      { ...member, role: undefined },
    ];
    for (const body of wrong) expect(await answerOf(look, Response.json(body)), JSON.stringify(body)).toMatchObject({ type: 'unanswered' });
    for (const secret of [undefined, 7, '', 'short', 'with space in it 000000', 'a\r\nHeader: 1aaaaaaaaaaaaa', 'x'.repeat(300)]) {
      expect(await answerOf(exchange, Response.json({ ...member, secret })), String(secret)).toMatchObject({ type: 'unanswered' });
    }
    for (const body of [{ document }, { document, secret: 'another' }, { document: 'another', secret: SECRET }]) {
      expect(await answerOf(claim, Response.json(body))).toMatchObject({ type: 'unanswered' });
    }
    for (const text of ['', '{', 'null', '<html>', '\ufeff'])
      expect(await answerOf(look, new Response(text))).toMatchObject({ type: 'unanswered' });
    expect(await answerOf(look, new Response(new Uint8Array([0xff, 0xfe])))).toMatchObject({ type: 'unanswered' });
    // No link makes an owner, whatever a relay says.
    expect(await answerOf(exchange, Response.json({ ...member, isOwner: true, secret: MADE }))).toMatchObject({ isOwner: false });
    expect(await answerOf(look, Response.json({}, { status: 409 }))).toMatchObject({ type: 'unanswered' });
  });

  it('R2 reads no endless answer', async () => {
    let given = 0;
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 16_384;
        controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
      cancel() {
        isCancelled = true;
      },
    });
    expect(await answerOf(look, new Response(endless))).toMatchObject({ type: 'unanswered' });
    expect(isCancelled).toBe(true);
    expect(given).toBeLessThan(200_000);
  });

  it('comes back after everything that may pass, and says it in words of its own', async () => {
    const reasons = await Promise.all(
      [
        new TypeError(`cannot fetch with ${SECRET}`),
        Response.json({ error: 'too-fast', reason: `no ${SECRET}` }, { status: 429 }),
        Response.json({ error: 'unverifiable', reason: 'x' }, { status: 503 }),
        Response.json({ error: 'full', reason: 'x' }, { status: 503 }),
        Response.json({ error: 'nonsense', reason: '<b>' }, { status: 500 }),
        Response.json({ error: 'too-fast', reason: '<b>' }, { status: 403 }),
        Response.json({ error: 'malformed', reason: '<b>' }, { status: 400 }),
        new Response('teapot', { status: 418 }),
      ].map((response) => answerOf(exchange, response)),
    );
    expect(reasons.map((answer) => (answer.type === 'unanswered' ? answer.reason : answer.type))).toEqual([
      'The relay cannot be reached; check the network and the address.',
      'Too many attempts; trying again soon.',
      'The relay cannot check who you are right now; trying again soon.',
      'Too many people are connected; trying again soon.',
      'The relay cannot answer right now; trying again soon.',
      'This page may not use the relay; allow it with --origin.',
      'The relay’s answer cannot be read; update the app.',
      'The relay’s answer cannot be read; update the app.',
    ]);
  });
});
