import { beforeEach, describe, expect, it } from 'vitest';
import { LinksClient, LONGEST_ANSWER_MS, SharingFailure } from '../../src/renderer/session/links-client';
import { parseDocumentId } from '../../src/shared/protocol/routes';
import type { Link } from '../../src/shared/protocol/sharing';
import { ManualClock } from '../support/manual-clock';
import { MemoryKeyring } from '../support/memory-keyring';

const OWNER = 'owner-secret-of-24-chars';
const LINK_SECRET = 'link-secret-of-24-charss';
const RELAY = 'http://relay.example';
const document = parseDocumentId('plan') ?? expect.unreachable();
const place = { relay: RELAY, document };
const link: Link = {
  id: 'AbC-_123',
  role: 'viewer',
  label: 'for the class',
  createdAt: 1,
  expiresAt: null,
  uses: 1,
  mostUses: 5,
  isRevoked: false,
  arrivals: [{ name: 'Ada', at: 2 }],
};
const health = { status: 'ok', relay: 'r1', version: '1', checks: {}, limits: { documentBytes: 1 }, durable: true, access: 'links' };

interface Request {
  readonly method: string;
  readonly path: string;
  readonly secret: string | null;
  readonly body: unknown;
  readonly init: RequestInit;
}

let asked: Request[];
let answer: (request: Request, signal: AbortSignal) => Response | Promise<Response>;
let answerHealth: () => Response;
let keyring: MemoryKeyring;
let clock: ManualClock;
let relayId: string | undefined;
let secret: string | undefined;

const fetchFake: typeof fetch = async (input, init = {}) => {
  const { pathname } = new URL(String(input));
  if (pathname === '/health') return answerHealth();
  const request: Request = {
    method: init.method ?? 'GET',
    path: pathname,
    secret: new Headers(init.headers).get('Authorization'),
    body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    init,
  };
  asked.push(request);
  return answer(request, init.signal ?? expect.unreachable());
};

function client(): LinksClient {
  return new LinksClient({ place, relayId: () => relayId, secret: () => secret, keyring, fetch: fetchFake, clock });
}

beforeEach(() => {
  asked = [];
  answer = () => Response.json({ links: [link] });
  answerHealth = () => Response.json(health);
  keyring = new MemoryKeyring();
  clock = new ManualClock();
  relayId = 'r1';
  secret = OWNER;
});

async function failure(work: Promise<unknown>): Promise<SharingFailure> {
  const error = await work.then(
    () => expect.fail('it was done'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SharingFailure)) throw error;
  return error;
}

describe('the owner at the relay', () => {
  it('asks with the secret in a header, not in an address, and follows no redirection with it', async () => {
    expect(await client().list()).toEqual([link]);
    answer = () => Response.json(link);
    await client().change(link.id, { role: 'editor' });
    answer = () => new Response(null, { status: 204 });
    await client().remove(link.id);
    await client().deleteDocument();
    expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['GET', '/documents/plan/links', undefined],
      ['PATCH', '/documents/plan/links/AbC-_123', { role: 'editor' }],
      ['DELETE', '/documents/plan/links/AbC-_123', undefined],
      ['DELETE', '/documents/plan', undefined],
    ]);
    for (const request of asked) {
      expect(request.secret).toBe(`Bearer ${OWNER}`);
      expect(request.init).toMatchObject({ redirect: 'error', credentials: 'omit', cache: 'no-store' });
    }
    expect(clock.waiting).toBe(0);
  });

  it('keeps the secret of a link that it makes (R4)', async () => {
    answer = () => Response.json({ link, secret: LINK_SECRET }, { status: 201 });
    expect(await client().add({ role: 'viewer', mostUses: 5 })).toEqual({ link, secret: LINK_SECRET, isKept: true });
    expect(asked[0]?.body).toEqual({ role: 'viewer', mostUses: 5 });
    expect(await client().secrets()).toEqual(new Map([[link.id, LINK_SECRET]]));
  });

  it('is told when this device cannot keep it (R4)', async () => {
    keyring.isFailing = true;
    answer = () => Response.json({ link, secret: LINK_SECRET }, { status: 201 });
    expect(await client().add({ role: 'viewer' })).toEqual({ link, secret: LINK_SECRET, isKept: false });
  });

  it('says its secret to no relay but the one that the document lives at (R1)', async () => {
    answerHealth = () => Response.json({ ...health, relay: 'another' });
    expect(await failure(client().list())).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('Another relay') });
    relayId = undefined;
    expect(await failure(client().list())).toMatchObject({ kind: 'unreachable' });
    answerHealth = () => new Response('<!doctype html>');
    relayId = 'r1';
    expect((await failure(client().deleteDocument())).message).toContain('not a Weft relay');
    expect(asked).toEqual([]);
  });

  it('asks nothing before the relay has let this device in', async () => {
    secret = undefined;
    expect(await failure(client().list())).toMatchObject({ kind: 'unreachable' });
    expect(asked).toEqual([]);
  });

  it('waits for an answer, but not for ever (R5)', async () => {
    answer = (_request, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const waiting = failure(client().list());
    await clock.advance(LONGEST_ANSWER_MS - 1);
    expect(asked[0]?.init.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await waiting).toMatchObject({ kind: 'unreachable', message: 'The relay does not answer; try again in a moment.' });
  });

  it.each([
    ['a cut line', () => Promise.reject(new TypeError('Failed to fetch')), 'unreachable'],
    ['401', () => Response.json({}, { status: 401 }), 'refused'],
    ['403', () => Response.json({}, { status: 403 }), 'refused'],
    ['404', () => Response.json({}, { status: 404 }), 'gone'],
    ['429', () => Response.json({}, { status: 429 }), 'failed'],
    ['500', () => new Response('broken', { status: 500 }), 'failed'],
    ['400 without a word', () => Response.json({}, { status: 400 }), 'failed'],
    ['400 with a novel', () => Response.json({ reason: 'x'.repeat(300) }, { status: 400 }), 'failed'],
    ['400 with the secret in it', () => Response.json({ reason: `Wrong: ${OWNER}.` }, { status: 400 }), 'failed'],
    ['a page', () => new Response('<!doctype html>'), 'failed'],
    ['half a list', () => Response.json({ links: [link, { ...link, role: 'owner' }] }), 'failed'],
  ] as const)('tells of %s in one sentence without a secret (R2, R3)', async (_what, answered, kind) => {
    answer = answered;
    const { message, kind: told } = await failure(client().list());
    expect(told).toBe(kind);
    expect(message).toMatch(/^[A-Z][^.!?\n]{10,120}\.$/);
    expect(message).not.toContain(OWNER);
  });

  it("passes on the relay's own sentence about what it does not take, as one visible line", async () => {
    answer = () => Response.json({ reason: 'A document has at most 200 links;\n\u202edelete one.' }, { status: 400 });
    expect((await failure(client().add({ role: 'viewer' }))).message).toBe('A document has at most 200 links; delete one.');
  });

  const wrongAnswers: [string, unknown][] = [
    ['no object', null],
    ['a list', [link]],
    ['links that are no list', { links: { 0: link } }],
    ...Object.entries({
      id: '../plan',
      role: 'owner',
      label: 5,
      createdAt: -1,
      expiresAt: undefined,
      uses: 0.5,
      mostUses: 'many',
      isRevoked: 'no',
      arrivals: [{ name: 'Ada' }],
    }).map(([field, wrong]): [string, unknown] => [`a wrong ${field}`, { links: [{ ...link, [field]: wrong }] }]),
  ];
  it.each(wrongAnswers)('reads no answer with %s (R3)', async (_what, body) => {
    answer = () => Response.json(body);
    expect(await failure(client().list())).toMatchObject({ kind: 'failed' });
  });

  it.each(['', 'short', 'has a space in it, it has', `${LINK_SECRET}#`])('reads no new link with the secret “%s”', async (wrong) => {
    answer = () => Response.json({ link, secret: wrong });
    expect(await failure(client().add({ role: 'viewer' }))).toMatchObject({ kind: 'failed' });
    expect(await client().secrets()).toEqual(new Map());
  });

  it('shows labels and names as one line, and nothing that came along', async () => {
    const hostile = { ...link, label: 'a\nb\u202e', arrivals: [{ name: '<b>\u0000Ada', at: 2, secret: 's' }], secret: 'hash' };
    answer = () => Response.json({ links: [hostile] });
    expect(await client().list()).toEqual([{ ...link, label: 'a b', arrivals: [{ name: '<b> Ada', at: 2 }] }]);
  });
});
