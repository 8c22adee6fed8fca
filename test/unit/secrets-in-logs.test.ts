import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSecrets } from '../../scripts/secrets-in-logs.mjs';
import { folderForTest } from '../support/folder-for-test';

const SECRET = 'Zq3vX0aB9kLmN7pQrS1tUv2w';
const LONG = `${SECRET}Zq3vX0aB9kLmN7pQrS1`;

function look(log: string, secrets: readonly string[] = []) {
  const folder = folderForTest();
  writeFileSync(join(folder, 'relay.log'), log);
  writeFileSync(join(folder, 'secrets'), secrets.map((secret) => `${JSON.stringify(secret)}\n`).join(''));
  return findSecrets(folder);
}

const found = (log: string, secrets: readonly string[] = []) => look(log, secrets).findings.map(({ line, what }) => `${line}: ${what}`);

describe('a look through the logs', () => {
  test.each([
    ['by itself', 'known-to-the-test-alone'],
    ['in the middle of something', 'xxx.known-to-the-test-alone.yyy'],
    ['in an address', 'GET /d/paper?x=known-to-the-test-alone'],
    ['in JSON', '{"level":30,"detail":"no known-to-the-test-alone here"}'],
  ])('finds a secret of a test %s, with its line', (_where, line) => {
    expect(found(`first\nsecond\n${line}\nlast`, ['another-one-of-the-test', 'known-to-the-test-alone'])).toEqual([
      '3: a secret of a test',
    ]);
  });

  test('finds one with spaces, and one that begins like another', () => {
    expect(found('x a shared secret of many words x', ['a shared secret of many words'])).toHaveLength(1);
    expect(found('same-beginning-two', ['same-beginning-one', 'same-beginning-two'])).toHaveLength(1);
    expect(found('same-beginning-three', ['same-beginning-one', 'same-beginning-two'])).toEqual([]);
  });

  test('finds each of a thousand', () => {
    const secrets = Array.from({ length: 1_000 }, () => randomBytes(18).toString('base64url'));
    expect(found(secrets.map((secret) => `a line with ${secret}.`).join('\n'), secrets)).toHaveLength(1_000);
  });

  test.each([
    ['an Authorization header', '{"headers":{"authorization-was":"Bearer abcdefgh"}}'],
    ['the sub-protocol of a secret', 'offered weft.v1, weft.secret.x'],
    ['a field for a secret', '{"body":"{\\"secret\\":\\"abcdefgh\\"}"}'],
    ['a field for a secret', '{"secret":"abcdefgh"}'],
    ['a secret in an address', 'GET /documents?access_token=x'],
    ['the fragment of a link', `opened http://127.0.0.1:4321/d/paper#${'x'.repeat(24)}`],
    ['a token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x'],
    ['a private key', '-----BEGIN EC PRIVATE KEY-----'],
    ['something of the form of a secret', `who comes with ${SECRET}?`],
    ['something of the form of a secret', `who comes with ${LONG}?`],
    ['something of the form of a secret', `app://weft/?open=http%3A%2F%2F127.0.0.1%2Fd%2F${SECRET}`],
    ['the fragment of a link', `app://weft/?open=http%3A%2F%2F127.0.0.1%2Fd%2Fpaper%23${SECRET}`],
  ])('finds %s that nobody registered: %s', (what, line) => {
    expect(found(line)).toEqual([`1: ${what}`]);
  });

  test.each([
    `app://weft/?open=http%3A%2F%2F127.0.0.1%2Fd%2F${SECRET.slice(0, 22)}`,
    '{"level":30,"address":"http://127.0.0.1:41234","version":"0.1.0","data":"/tmp/weft-relay-Xa81Bc","msg":"The relay is up"}',
    '{"level":40,"label":"ws-1","ip":"127.0.0.1","rejection":"unauthorized","detail":"too many wrong secrets"}',
    'WWW-Authenticate: Bearer',
    'a document dGhlIHNhbXBsZSBub25jZQ (22) and a hash of something 4f1c9e0a77',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    'GET /documents/paper/stream HTTP/1.1" 200 1234',
    `{"label":"${'word-'.repeat(5)}"}`,
  ])('leaves alone %s', (line) => {
    expect(found(line, [SECRET])).toEqual([]);
  });

  test('says how much there was to look at', () => {
    expect(look('one\ntwo', [SECRET, SECRET, LONG])).toEqual({ findings: [], files: 1, bytes: 7, secrets: 2 });
  });
});
