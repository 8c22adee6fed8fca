/** Answers of somebody unknown: endless ones are given up, whoever asked. */
import { afterEach, describe, expect, it } from 'vitest';
import { LinksClient } from '../../src/renderer/session/links-client';
import { readJson } from '../../src/renderer/streams/read-json';
import { askRelay } from '../../src/renderer/streams/relay-request';
import { endByAnswer } from '../../src/renderer/streams/stream-end';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { ManualClock } from '../support/manual-clock';
import { MemoryKeyring } from '../support/memory-keyring';

let pulled = 0;
let isCancelled = false;

afterEach(() => {
  pulled = 0;
  isCancelled = false;
});

/** JSON that begins and never ends. */
function endless(status = 200): Response {
  const piece = new TextEncoder().encode(`{"reason":"${'x'.repeat(60_000)}`);
  const body = new ReadableStream({
    pull: (stream) => {
      pulled++;
      if (pulled > 1_000) throw new Error('everything was read');
      stream.enqueue(piece);
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  return new Response(body, { status, headers: { 'Content-Type': 'application/json' } });
}

const givenUp = () => expect([pulled < 400, isCancelled]).toEqual([true, true]);

describe('an endless answer', () => {
  it('is given up', async () => {
    expect(await readJson(endless())).toBeUndefined();
    givenUp();
  });

  it('in place of a stream is a stranger’s', async () => {
    expect(await endByAnswer(endless())).toMatchObject({ type: 'lost', reason: expect.stringContaining('not a Weft relay') });
    givenUp();
  });

  it('to a short request says nothing', async () => {
    const asked = { clock: new ManualClock(), ms: 1_000, signal: new AbortController().signal };
    const answer = await askRelay({ url: 'http://relay', method: 'POST', headers: {} }, { fetch: async () => endless(413), ...asked });
    expect(answer).toEqual({ status: 413, said: undefined });
    givenUp();
  });

  it('to an owner is a failure', async () => {
    const health = { status: 'ok', relay: 'r1', version: '1', checks: {}, limits: { documentBytes: 1 }, durable: true };
    const links = new LinksClient({
      place: { relay: 'http://relay', document: 'plan' as DocumentId },
      relayId: () => 'r1',
      secret: () => 'secret',
      keyring: new MemoryKeyring(),
      fetch: async (input) => (String(input).endsWith('/health') ? Response.json(health) : endless()),
      clock: new ManualClock(),
    });
    await expect(links.list()).rejects.toMatchObject({ kind: 'failed' });
    givenUp();
  });
});

it('a short request that takes too long has no answer, though it has begun', async () => {
  const clock = new ManualClock();
  const request = { url: 'http://relay', method: 'POST', headers: {} } as const;
  const fetch: typeof globalThis.fetch = async (_input, init) => {
    const body = new ReadableStream({
      start: (stream) => init?.signal?.addEventListener('abort', () => stream.error(init.signal?.reason)),
    });
    return new Response(body);
  };
  const asking = askRelay(request, { fetch, clock, ms: 1_000, signal: new AbortController().signal });
  await clock.advance(1_000);
  expect(await asking).toBeUndefined();
});
