/** Tokens of one's own application against the real relay: every way in, and the end of what they grant. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GuardedRelay } from '../support/guarded-relay';
import { registerSecret } from '../support/log-folder';
import { endRawClients } from '../support/raw-client';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder';

const SECRET = 'a shared secret of more than 32 bytes';
const AUDIENCE = 'https://notes.example';
let folder: TemporaryFolder;
let relay: GuardedRelay;

beforeAll(async () => {
  registerSecret(SECRET);
  folder = await makeTemporaryFolder();
  await writeFile(join(folder.path, 'secret'), `${SECRET}\n`);
  relay = await GuardedRelay.start({ flags: ['--jwt-secret-file', join(folder.path, 'secret'), '--public-url', AUDIENCE] });
});
afterEach(endRawClients);
afterAll(async () => {
  await endRelays();
  await folder.remove();
});

function token(changes: JWTPayload = {}): Promise<string> {
  const claims = { aud: AUDIENCE, document: 'notes', role: 'editor', exp: Math.floor(Date.now() / 1000) + 60, ...changes };
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
}

describe('a token', () => {
  it('opens its document over either way in, and no other', async () => {
    const given = await token({ name: 'Ada' });
    await relay.open('notes' as never, given).joined();
    const answer = await relay.ask('GET', '/documents/notes', given);
    expect(JSON.parse(answer.body)).toMatchObject({ document: 'notes', role: 'editor', isOwner: false, name: 'Ada' });
    expect((await relay.ask('GET', '/documents/other', given)).status).toBe(401);
    expect((await relay.open('other' as never, given).ended()).code).toBe(4401);
    expect((await relay.ask('GET', '/documents/notes/links', given)).status).toBe(403);
  });

  it('for a viewer changes nothing', async () => {
    const viewer = await relay.open('notes' as never, await token({ role: 'viewer' }), { protocols: ['weft.plain'] }).joined();
    viewer.send(Uint8Array.of(0, 2, 2, 0, 0));
    expect((await viewer.ended()).code).toBe(4403);
  });

  it('ends its connections when it expires', async () => {
    const client = await relay.open('notes' as never, await token({ exp: Math.floor(Date.now() / 1000) + 2 })).joined();
    expect((await client.ended(5_000)).code).toBe(4401);
  });

  it('is nowhere in what the relay prints, right or wrong', async () => {
    const [right, wrong] = [await token(), `${await token()}x`];
    await relay.ask('GET', '/documents/notes', right);
    await relay.ask('GET', '/documents/notes', wrong);
    await relay.open('notes' as never, wrong).ended();
    const printed = `${relay.process.stdout}${relay.process.stderr}`;
    for (const each of [right, wrong, SECRET]) expect(printed).not.toContain(each);
  });
});

describe('a relay does not start', () => {
  it.each([
    ['with both kinds of keys', ['--jwt-secret-file', 'x', '--jwks', 'https://login.example/keys'], 'never both'],
    ['with keys that come in the open', ['--jwks', 'http://login.example/keys'], 'has to be an https address'],
  ])('%s', async (_what, flags, sentence) => {
    const started = startRelayProcess({ flags: ['--access', 'links', '--public-url', AUDIENCE, ...flags] });
    await expect(started).rejects.toMatchObject({ exitCode: 2, stderr: expect.stringContaining(sentence) });
  });

  it.each([
    ['with tokens and open access', ['--jwks', 'https://login.example/keys', '--public-url', AUDIENCE], 'add --access links'],
    ['with tokens that are meant for nobody', ['--access', 'links', '--jwks', 'https://login.example/keys'], '--public-url'],
  ])('%s', async (_what, flags, sentence) => {
    await expect(startRelayProcess({ flags })).rejects.toMatchObject({ exitCode: 2, stderr: expect.stringContaining(sentence) });
  });

  it('with a secret that is too short, or not there', async () => {
    const short = join(folder.path, 'short');
    await writeFile(short, 'short');
    for (const path of [short, join(folder.path, 'none')]) {
      const started = startRelayProcess({ flags: ['--access', 'links', '--public-url', AUDIENCE, '--jwt-secret-file', path] });
      await expect(started).rejects.toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^The secret .*\n$/) });
    }
  });
});
