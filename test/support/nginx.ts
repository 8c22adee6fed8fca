/** A real nginx in front of a relay; where there is none, its tests are skipped and say why. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';
import { makeCertificate, tlsFlags } from './certificate';
import { until } from './condition';
import { openLogFile } from './log-folder';

const PAGE = resolve(import.meta.dirname, '../../docs/tls.md');
/** Where its files are told to be in the page. */
const PEM = '/etc/letsencrypt/live/notes.example';

/** Debian has it where only root looks by itself. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

const running = new Map<ChildProcess, string>();

/** For `afterEach`. */
export async function endNginx(): Promise<void> {
  await Promise.all(
    [...running].map(async ([child, folder]) => {
      child.kill('SIGTERM');
      await new Promise((done) => child.once('exit', done));
      for (const log of ['access.log', 'error.log']) openLogFile('nginx')(readFileSync(join(folder, log), 'utf8'));
    }),
  );
}

/** What the page says to put into nginx. */
export function documentedServer(): string {
  const server = /^```nginx\n([\s\S]*?)^```/m.exec(readFileSync(PAGE, 'utf8'))?.[1];
  if (server === undefined) throw new Error('docs/tls.md has no server for nginx');
  return server;
}

export interface NginxOptions {
  /** Empty, and the test's own. */
  readonly folder: string;
  /** As the page has it, for the relay at 127.0.0.1:4321. */
  readonly server: string;
  /** The real one: `http://127.0.0.1:<port>`. */
  readonly relay: string;
  /** For all of nginx; it has its defaults for everything else. */
  readonly settings?: string;
}

/** Resolves with its address once it answers. */
export async function startNginx({ folder, server, relay, settings = '' }: NginxOptions): Promise<string> {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const [, cert = '', , key = ''] = tlsFlags(folder, makeCertificate());
  const placed = server
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace(`${PEM}/fullchain.pem`, cert)
    .replace(`${PEM}/privkey.pem`, key)
    .replace('http://127.0.0.1:4321', relay);
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`);
  // Its workers would be somebody who may not read the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const config = `${user} daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http { access_log ${folder}/access.log; ${places.join(' ')} ${settings}
${placed}
}`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], { stdio: 'ignore', env });
  running.set(child, folder);
  child.once('exit', () => running.delete(child));
  await until(`nginx answers, see ${folder}/error.log`, () => child.exitCode !== null || isOpen(port));
  if (child.exitCode !== null) throw new Error(`nginx did not start: ${readFileSync(join(folder, 'error.log'), 'utf8')}`);
  return `https://127.0.0.1:${port}`;
}

/** Requests that have ended. */
export function accessLog(folder: string): string[] {
  return readFileSync(join(folder, 'access.log'), 'utf8').split('\n').filter(Boolean);
}

/** Like `describe`; without nginx, one line says why nothing of it ran. */
export function describeWithNginx(name: string, suite: () => void): void {
  if (spawnSync('nginx', ['-v'], { env }).status === 0) {
    describe(name, suite);
    return;
  }
  const reason = 'nginx is not installed (Debian: apt-get install nginx).';
  if ((process.env.WEFT_REQUIRE ?? '').split(',').includes('nginx')) throw new Error(`WEFT_REQUIRE=nginx: ${reason}`);
  process.stdout.write(`${name}: not run: ${reason}\n`);
  describe.skip(`${name} (not run: ${reason})`, suite);
}

// A test runner that is interrupted runs no afterEach.
process.once('exit', () => {
  for (const child of running.keys()) child.kill('SIGKILL');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}
