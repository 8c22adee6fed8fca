/** Claiming: a device gives a document its owner, with a secret that it made itself. Against the real relay. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LOOPBACK_FACTOR } from '../../server/access/attempts-per-minute';
import { NEEDS_RELAY_KEY } from '../../server/transports/route-guard';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { type Answer, GuardedRelay } from '../support/guarded-relay';
import { limitFlags } from '../support/limit-flag';
import { endRawClients } from '../support/raw-client';
import { endRelays } from '../support/relay-process';

let relay: GuardedRelay;

beforeAll(async () => {
  relay = await GuardedRelay.start();
});
afterEach(endRawClients);
afterAll(endRelays);

const secretsMade = new Set<string>();

function newSecret(): string {
  const secret = randomBytes(32).toString('base64url');
  secretsMade.add(secret);
  return secret;
}

const newId = (): DocumentId => randomBytes(16).toString('base64url') as DocumentId;

function claim(at: GuardedRelay, document: string, secret: string, key?: string): Promise<Answer> {
  return at.ask('POST', '/documents', key, { document, secret });
}

function statusAndError({ status, body }: Answer): [number, string] {
  return [status, (JSON.parse(body) as { error: string }).error];
}

describe('a claim on a relay that only this machine can reach', () => {
  it('makes whoever brings a secret the owner, and may be repeated, also when the relay starts again', async () => {
    const [document, secret] = [newId(), newSecret()];
    const first = await claim(relay, document, secret);
    const second = await claim(relay, document, secret);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(JSON.parse(first.body)).toEqual({ document, secret });
    expect(second.body).toBe(first.body);
    for (const { headers } of [first, second]) expect(headers.get('Cache-Control')).toBe('no-store');
    const member = await relay.ask('GET', `/documents/${document}`, secret);
    expect(JSON.parse(member.body)).toEqual({ document, role: 'editor', isOwner: true });
    await relay.open(document, secret).joined();
    expect(statusAndError(await claim(relay, document, newSecret()))).toEqual([409, 'taken']);
    expect(statusAndError(await relay.ask('POST', '/documents', undefined, { document }))).toEqual([409, 'taken']);
    expect(await relay.open(document, newSecret()).ended()).toMatchObject({ code: 4401 });

    const own = await GuardedRelay.start();
    await claim(own, document, secret);
    await own.process.kill9();
    const again = await GuardedRelay.start({ data: own.process.data, port: own.process.port });
    expect([(await claim(again, document, secret)).status, (await claim(again, document, newSecret())).status]).toEqual([200, 409]);
  });

  it('is won by one of 50 that come at once', async () => {
    const document = newId();
    const secrets = Array.from({ length: 50 }, newSecret);
    const answers = await Promise.all(secrets.map((secret) => claim(relay, document, secret)));
    const won = secrets.filter((_, index) => answers[index]?.status === 201);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    const owners = await Promise.all(secrets.map(async (secret) => (await relay.ask('GET', `/documents/${document}`, secret)).status));
    expect(secrets.filter((_, index) => owners[index] === 200)).toEqual(won);
    // All who lost read the same, whoever won.
    expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body))).toEqual(
      new Set([JSON.stringify({ error: 'taken', reason: REJECTIONS.taken.reason })]),
    );
  });

  it('takes a document with text that has no owner, from the time of open access', async () => {
    const open = await GuardedRelay.start({ flags: ['--access', 'open'] });
    const document = newId();
    const writer = await open.open(document, undefined).joined();
    const doc = new Y.Doc();
    doc.getText('content').insert(0, 'written before');
    writer.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) });
    await until('it is saved', () => writer.frames.some((frame) => frame.type === 'progress' && frame.saved === 1));
    await open.process.stop();
    const closed = await GuardedRelay.start({ data: open.process.data });
    expect(await closed.open(document, undefined).ended()).toMatchObject({ code: 4401 });
    const secret = newSecret();
    expect((await claim(closed, document, secret)).status).toBe(201);
    const owner = await closed.open(document, secret).joined();
    const reply = owner.frames.find((frame) => frame.type === 'sync-reply');
    const read = new Y.Doc();
    if (reply?.type === 'sync-reply') Y.applyUpdate(read, reply.update);
    expect(read.getText('content').toString()).toBe('written before');
  });

  it.each([
    ['of another length', 'A'.repeat(42)],
    ['of another length still', 'A'.repeat(44)],
    ['with bits left over', `${'A'.repeat(42)}B`],
    ['of other characters', `${'A'.repeat(42)}.`],
    ['like a token', 'a.b.c'],
    ['that is a number', 12],
    ['that is nothing', null],
    ['that is empty', ''],
    ['of 60 KB', 'A'.repeat(60_000)],
  ])('with a secret %s is refused, and is nobody’s', async (_what, secret) => {
    const document = newId();
    const refused = await relay.ask('POST', '/documents', undefined, { document, secret });
    expect(refused.status).toBe(400);
    expect(refused.body).toContain('32 random bytes in base64url');
    expect(refused.body).not.toContain('AAA');
    expect((await claim(relay, document, newSecret())).status).toBe(201);
  });

  it('needs a document: a secret alone could not be repeated', async () => {
    expect(statusAndError(await relay.ask('POST', '/documents', undefined, { secret: newSecret() }))).toEqual([400, 'malformed']);
    expect(statusAndError(await relay.ask('POST', '/documents', undefined, { document: '../x', secret: newSecret() }))).toEqual([
      400,
      'malformed',
    ]);
  });

  it('of a foreign page is refused before anybody looks at it', async () => {
    const document = newId();
    for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }]) {
      const answer = await fetch(`${relay.process.address}/documents`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify({ document, secret: newSecret() }),
      });
      expect(answer.status).toBe(403);
    }
    expect((await claim(relay, document, newSecret())).status).toBe(201);
  });

  it('makes whoever guesses wait, and only them who bring a secret', async () => {
    const own = await GuardedRelay.start({ flags: limitFlags({ failuresPerMinute: 1 }) });
    const [document, secret] = [newId(), newSecret()];
    expect((await claim(own, document, secret)).status).toBe(201);
    for (let count = 0; count < 2 * LOOPBACK_FACTOR; count++) {
      expect((await own.ask('POST', '/documents', undefined, { document })).status).toBe(409);
    }
    for (let count = 0; count < LOOPBACK_FACTOR; count++) expect((await claim(own, document, newSecret())).status).toBe(409);
    expect(statusAndError(await claim(own, document, secret))).toEqual([429, 'too-fast']);
  });
});

describe('a claim on a relay that others can reach', () => {
  it("needs the relay's key, whatever the document is, and wrong keys make wait", async () => {
    const own = await GuardedRelay.start({ flags: ['--host', '0.0.0.0', ...limitFlags({ failuresPerMinute: 1 })] });
    const key = await own.key();
    const [taken, free, secret] = [newId(), newId(), newSecret()];
    expect((await claim(own, taken, secret, key)).status).toBe(201);
    expect((await claim(own, taken, secret, key)).status).toBe(200);
    expect(statusAndError(await claim(own, taken, newSecret(), key))).toEqual([409, 'taken']);
    const refused = await Promise.all(
      [taken, free].flatMap((document) => [claim(own, document, secret), claim(own, document, secret, 'A'.repeat(24))]),
    );
    expect(new Set(refused.map(({ status, body }) => `${status} ${body}`))).toEqual(
      new Set([`401 ${JSON.stringify({ error: 'unauthorized', reason: NEEDS_RELAY_KEY })}`]),
    );
    // The owner's secret is not the relay's key. Three wrong secrets have been brought already.
    for (let count = 3; count < LOOPBACK_FACTOR; count++) expect((await claim(own, free, secret, secret)).status).toBe(401);
    for (const document of [taken, free]) expect(statusAndError(await claim(own, document, secret, key))).toEqual([429, 'too-fast']);
  });
});

// Last in this file, when everything above has been said and done.
it('of all this, no secret is in a log or on the disk', async () => {
  const printed = `${relay.process.stdout}${relay.process.stderr}`;
  expect(printed).toContain('request refused');
  const folder = join(relay.process.data, 'documents');
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1')));
  expect(files.join('')).toContain('owner');
  expect(secretsMade.size).toBeGreaterThan(50);
  for (const secret of secretsMade) for (const text of [printed, ...files]) expect(text.includes(secret)).toBe(false);
});
