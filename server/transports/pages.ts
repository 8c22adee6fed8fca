/** The editor's page and its assets, as built: the same that the desktop app shows. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { contentSecurityPolicy, NONCE_PLACEHOLDER, scriptSecurityPolicy } from '../../src/shared/content-security-policy';
import { documentIdInPath, PAGE_KEEPER_PATH } from '../../src/shared/protocol/routes';
import type { Log } from '../rooms/ports';
import { NOT_BUILT, NOTHING_HERE, type PlainPage, plainPage } from './plain-page';

/** @param renderer absolute path of the built page's folder; it need not be there yet. */
export async function servePages(app: FastifyInstance, { renderer, log }: { renderer: string; log: Log }): Promise<void> {
  await app.register(staticFiles, {
    root: join(renderer, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    redirect: false,
    // The build puts a hash of its content into the name of every asset.
    immutable: true,
    maxAge: '1y',
    // The build puts a .br and a .gz beside each text.
    preCompressed: true,
    // A worker has the policy of its own script, whatever page began it.
    setHeaders: (reply, path) => {
      if (/\.js(?:\.br|\.gz)?$/.test(path)) reply.header('Content-Security-Policy', scriptSecurityPolicy('relay'));
    },
  });
  app.get('/', (_request, reply) => sendPage(reply, renderer, log));
  app.get('/d/:id', (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    if (documentIdInPath(path) === undefined) return reply.callNotFound();
    return sendPage(reply, renderer, log);
  });
  app.get(PAGE_KEEPER_PATH, (_request, reply) => sendPageKeeper(reply, renderer));
}

/** Browsers ask for it anew now and then: whatever keeps the page has to be as new as the page. */
async function sendPageKeeper(reply: FastifyReply, renderer: string): Promise<FastifyReply> {
  try {
    const script = await readFile(join(renderer, PAGE_KEEPER_PATH), 'utf8');
    return reply
      .type('text/javascript; charset=utf-8')
      .headers({ 'Cache-Control': 'no-cache', 'Content-Security-Policy': "default-src 'none'; connect-src 'self'" })
      .send(script);
  } catch {
    reply.callNotFound();
    return reply;
  }
}

/** For somebody who went there, not for a program. */
export function sendNothingHere(reply: FastifyReply): FastifyReply {
  return sendPlainPage(reply.code(404).header('Vary', 'Origin, Accept'), NOTHING_HERE);
}

function sendPlainPage(reply: FastifyReply, page: PlainPage): FastifyReply {
  return reply.send(plainPage(page, beginPage(reply)));
}

async function sendPage(reply: FastifyReply, renderer: string, log: Log): Promise<FastifyReply> {
  try {
    const page = await readFile(join(renderer, 'index.html'), 'utf8');
    return reply.send(page.replaceAll(NONCE_PLACEHOLDER, beginPage(reply)));
  } catch (error) {
    log.warn({ err: error }, 'the built page cannot be read');
    return sendPlainPage(reply.code(503), NOT_BUILT);
  }
}

/** The head of a page; the nonce that its styles carry. */
function beginPage(reply: FastifyReply): string {
  const nonce = randomBytes(16).toString('base64');
  reply.type('text/html; charset=utf-8').headers({
    'Content-Security-Policy': contentSecurityPolicy({ nonce, page: 'relay' }),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  });
  return nonce;
}
