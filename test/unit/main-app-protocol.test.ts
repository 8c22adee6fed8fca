import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerAppRequest, listAppFiles, SCHEMES } from '../../src/main/app-protocol';
import { folderForTest } from '../support/folder-for-test';

function builtPage(): ReturnType<typeof listAppFiles> {
  const folder = folderForTest();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<style nonce="WEFT_NONCE"></style><meta nonce="WEFT_NONCE">');
  writeFileSync(join(folder, 'assets/main.js'), 'export {};');
  writeFileSync(join(folder, 'assets/main.js.map'), '{}');
  return listAppFiles(folder);
}

const get = (url: string, method = 'GET'): Promise<Response> => answerAppRequest(builtPage(), { url, method });

describe('the app’s own scheme', () => {
  test('R2 the page has a fresh nonce each time, and the policy that names it', async () => {
    const [first, second] = [await get('app://weft/'), await get('app://weft/?open=x')];
    const nonce = /nonce="([^"]+)"/.exec(await first.text())?.[1] ?? '';
    expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(first.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(first.headers.get('content-security-policy')).toContain("connect-src 'self' http: https: ws: wss:");
    expect(first.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const text = await second.text();
    expect(text).not.toContain(nonce);
    expect(text).not.toContain('WEFT_NONCE');
  });

  test('R1 files of the build are served with their type', async () => {
    const answer = await get('app://weft/assets/main.js');
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([
      200,
      'export {};',
      'text/javascript; charset=utf-8',
    ]);
  });

  test('R2 scripts carry a policy of their own, which is that of a worker begun from one', async () => {
    const policy = (await get('app://weft/assets/main.js')).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; connect-src 'self' http: https: ws: wss:");
  });

  test.each([
    'app://weft/../../etc/passwd',
    'app://weft/%2e%2e/%2e%2e/etc/passwd',
    'app://weft/..%2f..%2fetc/passwd',
    'app://weft/assets%2fmain.js',
    'app://weft/assets\\main.js',
    'app://weft/..\\..\\etc\\passwd',
    'app://weft//etc/passwd',
    'app://weft/assets/',
    'app://weft/assets/main.js/',
    'app://weft/assets/main.js%00',
    'app://weft/assets/main.js.map',
    'app://weft/__proto__',
    'app://weft/d/abc',
    'app://host.evil/',
    'app://weft.evil/index.html',
    'app://weft@evil/index.html',
    'app://weft:80/index.html',
    'http://weft/index.html',
    'not an address',
  ])('R3 %s is 404 and empty', async (url) => {
    const answer = await get(url);
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('R3 only reading is answered', async () => {
    expect((await get('app://weft/', 'POST')).status).toBe(405);
    expect((await get('app://weft/', 'HEAD')).status).toBe(200);
  });

  test('every answer carries nosniff, and no scheme bypasses the policy', async () => {
    for (const url of ['app://weft/', 'app://weft/assets/main.js', 'app://weft/nothing'])
      expect((await get(url)).headers.get('x-content-type-options')).toBe('nosniff');
    expect(SCHEMES).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true } }]);
  });
});
