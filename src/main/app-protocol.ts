/**
 * Serves the built page as `app://weft/…`.
 *
 * R1 Only files that were there at the start are served, looked up in a table by their whole path: no path is ever joined.
 * R2 The page carries a fresh nonce and the policy of the app, scripts that of a worker; every answer carries `nosniff`.
 * R3 Another host, another path, another method: 404 or 405, with nothing in it.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { CustomScheme } from 'electron';
import { contentSecurityPolicy, NONCE_PLACEHOLDER, scriptSecurityPolicy } from '../shared/content-security-policy';
import { APP_SCHEME, isAppUrl } from './app-origin';

/** `corsEnabled`: without it, `supportFetchAPI` alone was readable from other origins before Electron 41.4 (CVE-2026-70604). */
export const SCHEMES: CustomScheme[] = [
  { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true } },
];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** Path of the address → file on disk. */
export type AppFiles = ReadonlyMap<string, string>;

export function listAppFiles(folder: string): AppFiles {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || CONTENT_TYPES[extname(entry.name)] === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(`/${relative(folder, file).split(sep).join('/')}`, file);
  }
  const page = files.get('/index.html');
  if (page !== undefined) files.set('/', page);
  return files;
}

export async function answerAppRequest(files: AppFiles, request: Pick<Request, 'url' | 'method'>): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return nothing(405);
  const file = isAppUrl(request.url) ? files.get(new URL(request.url).pathname) : undefined;
  if (file === undefined) return nothing(404);
  const bytes = await readFile(file);
  const type = CONTENT_TYPES[extname(file)] ?? 'application/octet-stream';
  return extname(file) === '.html'
    ? pageResponse(bytes.toString('utf8'), type)
    : new Response(new Uint8Array(bytes), { headers: { ...headers(type), ...workerPolicy(file) } });
}

/** The page as served, whoever rendered it: the build, or the development server. */
export function pageResponse(html: string, type = 'text/html; charset=utf-8'): Response {
  const nonce = randomBytes(16).toString('base64');
  return new Response(html.replaceAll(NONCE_PLACEHOLDER, nonce), {
    headers: {
      ...headers(type),
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy({ nonce, page: 'app' }),
      'cross-origin-opener-policy': 'same-origin',
    },
  });
}

function headers(type: string): Record<string, string> {
  return {
    'content-type': type,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  };
}

/** A worker has the policy of its own script, whatever page began it. */
function workerPolicy(file: string): Record<string, string> {
  return extname(file) === '.js' ? { 'content-security-policy': scriptSecurityPolicy('app') } : {};
}

function nothing(status: 404 | 405): Response {
  return new Response(null, { status, headers: { ...headers('text/plain'), 'content-security-policy': "default-src 'none'" } });
}
