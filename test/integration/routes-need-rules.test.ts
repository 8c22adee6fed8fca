/** Row F3: every route has a rule, and every rule holds against everybody who might come. */
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientAddresses } from '../../server/access/client-addresses';
import { preflightHeaders } from '../../server/access/origins';
import { RelayKey } from '../../server/access/relay-key';
import { RouteGuard } from '../../server/transports/route-guard';
import { ROUTES, type RouteRow, type RouteRule } from '../../server/transports/route-table';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import type { NewDocument } from '../../src/shared/protocol/sharing';
import { type Answer, GuardedRelay } from '../support/guarded-relay';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';
import { openDoor } from '../support/open-door';
import { endRelays } from '../support/relay-process';

const WHO = ['nobody', 'garbage', 'expired', 'used up', 'revoked', 'foreign', 'viewer', 'editor', 'owner', 'relay key'] as const;
type Who = (typeof WHO)[number];

const WRONG: readonly Who[] = ['nobody', 'garbage', 'expired', 'used up', 'revoked', 'foreign'];

/** What each rule answers; `in`: whatever the handler answers, but not 401 or 403. */
function expected(rule: RouteRule, who: Who, isLocal: boolean): 'in' | 401 | 403 {
  switch (rule) {
    case 'anyone':
      return 'in';
    case 'creator':
      return isLocal || who === 'relay key' ? 'in' : 401;
    case 'relay-key':
      return who === 'relay key' ? 'in' : 401;
    case 'member':
      return WRONG.includes(who) || who === 'relay key' ? 401 : 'in';
    case 'owner':
      return who === 'owner' ? 'in' : who === 'viewer' || who === 'editor' ? 403 : 401;
    case 'own-check':
      return 'in';
  }
}

/** Routes whose handlers look at secrets themselves: who gets past them. */
const OWN_CHECKS: Readonly<Record<string, readonly Who[]>> = {
  // Of all these only the two links are secrets of links.
  'POST /documents/:id/join': ['viewer', 'editor'],
};

/** Answers that go on; they let people in by `Access.enter`, as a WebSocket does. */
const STREAMS = ['/documents/:id/presence', '/documents/:id/stream'];

interface Cast {
  readonly relay: GuardedRelay;
  readonly made: NewDocument;
  readonly secrets: Readonly<Record<Who, string | undefined>>;
}

async function cast(flags: readonly string[]): Promise<Cast> {
  const relay = await GuardedRelay.start({ flags });
  const key = await relay.key();
  const [made, other] = [await relay.create(key), await relay.create(key)];
  const used = await relay.link(made, { role: 'editor', mostUses: 1 });
  await relay.join(made.document, used.secret);
  const revoked = await relay.link(made, { role: 'editor' });
  await relay.revoke(made, revoked.link.id);
  const secrets = {
    nobody: undefined,
    garbage: 'A'.repeat(24),
    expired: (await relay.link(made, { role: 'editor', expiresAt: 1 })).secret,
    'used up': used.secret,
    revoked: revoked.secret,
    foreign: other.secret,
    viewer: (await relay.link(made, { role: 'viewer' })).secret,
    editor: (await relay.link(made, { role: 'editor' })).secret,
    owner: made.secret,
    'relay key': key,
  };
  return { relay, made, secrets };
}

/** Requests that change nothing when they are let in, so that each can be made by everybody in turn. */
function request({ relay, made, secrets }: Cast, { method, path }: RouteRow, who: Who): Promise<Answer> {
  const target = path.replace(':id', made.document).replace(':link', 'no-such-link').replace('*', 'none.js');
  // A body that no handler takes: who is let in gets 400, and nothing is made or deleted.
  const body = method === 'POST' || method === 'PATCH' ? { nonsense: true } : undefined;
  return relay.ask(method, target, secrets[who], body);
}

afterAll(endRelays);

describe.each([
  ['on loopback', true, []],
  ['for everybody', false, ['--host', '0.0.0.0']],
] as const)('routes of a relay %s', (_where, isLocal, flags) => {
  let all: Cast;
  beforeAll(async () => {
    all = await cast(flags);
  });

  const rows = ROUTES.filter(({ rule }) => rule !== 'own-check');
  for (const row of rows) {
    const deletesDocument = row.method === 'DELETE' && row.path === '/documents/:id';
    for (const who of WHO) {
      const outcome = expected(row.rule, who, isLocal);
      // Tested where documents are deleted: the others here need theirs.
      if (deletesDocument && outcome === 'in') continue;
      it(`${row.method} ${row.path} with ${who}: ${outcome}`, async () => {
        const { status, body, headers } = await request(all, row, who);
        if (outcome === 'in') {
          expect([401, 403]).not.toContain(status);
          return;
        }
        expect({ status, error: JSON.parse(body).error }).toEqual({
          status: outcome,
          error: outcome === 401 ? 'unauthorized' : 'forbidden',
        });
        expect(headers.get('WWW-Authenticate')).toBe(outcome === 401 ? 'Bearer' : null);
      });
    }
  }

  it.each(rows.filter(({ rule }) => rule === 'member' || rule === 'owner'))(
    'gives the same answer to all who are wrong: $method $path',
    async (row) => {
      const answers = await Promise.all(WRONG.map((who) => request(all, row, who)));
      expect(new Set(answers.map(({ body }) => body))).toEqual(
        new Set([JSON.stringify({ error: 'unauthorized', reason: REJECTIONS.unauthorized.reason })]),
      );
      const lengths = answers.map(({ headers }) => [...headers.keys()].filter((name) => name !== 'date').join());
      expect(new Set(lengths).size).toBe(1);
    },
  );

  for (const [route, allowed] of Object.entries(OWN_CHECKS)) {
    const [method = '', path = ''] = route.split(' ');
    it.each(WHO)(`${route} with %s`, async (who) => {
      const target = path.replace(':id', all.made.document);
      const { status } = await all.relay.ask(method, target, all.secrets[who], {});
      expect(status).toBe(allowed.includes(who) ? 200 : 401);
    });
  }

  it.each(STREAMS.flatMap((path) => WHO.map((who) => [path, who] as const)))('GET %s with %s', async (path, who) => {
    const status = await all.relay.watch(path.replace(':id', all.made.document), all.secrets[who], async ({ status }) => status);
    expect(status).toBe(WRONG.includes(who) || who === 'relay key' ? 401 : 200);
  });

  it('a path without a document id is nobody’s, whoever asks', async () => {
    for (const id of ['a%20b', 'a%2Fb', '%252e%252e', '%00', 'a'.repeat(129), 'ä']) {
      for (const who of ['nobody', 'garbage', 'owner'] as const) {
        expect((await all.relay.ask('GET', `/documents/${id}`, all.secrets[who])).status).toBe(404);
      }
    }
  });
});

describe('a route without a rule', () => {
  function guarded() {
    const [clock, log] = [new ManualClock(), new KeptLog()];
    const guard = new RouteGuard({
      access: openDoor({ clock, log }),
      addresses: new ClientAddresses([]),
      relayKey: new RelayKey(async () => 'key'),
      isLocal: true,
    });
    const app = fastify();
    guard.watch(app);
    return app;
  }

  it('R1 cannot be added', () => {
    const app = guarded();
    expect(() => app.get('/documents/:id/new', async () => 'hello')).toThrow('GET /documents/:id/new has no rule');
    expect(() => app.put('/health', async () => 'hello')).toThrow('PUT /health has no rule');
    expect(() => app.all('/documents', async () => 'hello')).toThrow('has no rule');
  });

  it('R1 nor inside a plugin', async () => {
    const app = guarded();
    app.register(async (inner) => {
      inner.get('/hidden', async () => 'hello');
    });
    await expect(app.ready()).rejects.toThrow('GET /hidden has no rule');
  });
});

describe('the table of routes', () => {
  it('has no method that a page of the app may not use', () => {
    const allowed = preflightHeaders(false)['Access-Control-Allow-Methods']?.split(', ');
    for (const { method } of ROUTES) expect(allowed).toContain(method);
    const headers = preflightHeaders(false)['Access-Control-Allow-Headers']?.split(', ');
    expect(headers).toEqual(expect.arrayContaining(['Authorization', 'Content-Type', 'Last-Event-ID', 'Weft-Connection', 'Weft-Frame']));
    expect(headers).toEqual(expect.arrayContaining(['Weft-Name', 'Weft-Color']));
  });

  it('has each route once', () => {
    const names = ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
