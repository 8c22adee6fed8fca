/**
 * Builds what is missing or stale: `relay` (out/server) and `app` (out/main, out/preload, out/renderer).
 * From a command line: `node scripts/ensure-built.mjs relay app`, or `--force` to build both whatever is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(import.meta.dirname, '..');

const PARTS = {
  relay: {
    sources: ['server', 'src/shared', 'package.json', 'package-lock.json'],
    result: 'out/server/main.js',
    command: ['vite', 'build', '--logLevel', 'warn', '-c', 'server/vite.config.ts'],
  },
  app: {
    sources: ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json'],
    result: 'out/renderer/index.html',
    command: ['electron-vite', 'build', '--logLevel', 'warn'],
  },
};

/**
 * @param {(keyof typeof PARTS)[]} parts
 * @param {{ force?: boolean }} [options]
 */
export function ensureBuilt(parts, { force = false } = {}) {
  for (const part of parts) {
    const release = takeTurn(part);
    try {
      if (force || isStale(part)) build(part);
    } finally {
      release();
    }
  }
}

/** @param {keyof typeof PARTS} part */
function isStale(part) {
  const { sources, result } = PARTS[part];
  const stamp = stampFile(part);
  if (!existsSync(join(root, result)) || !existsSync(stamp)) return true;
  return readFileSync(stamp, 'utf8') !== fingerprint(sources);
}

/** @param {keyof typeof PARTS} part */
function build(part) {
  const { sources, command } = PARTS[part];
  const before = fingerprint(sources);
  process.stderr.write(`Building the ${part} …\n`);
  const [name = '', ...args] = command;
  const script = join(root, 'node_modules', name, name === 'vite' ? 'bin/vite.js' : 'bin/electron-vite.js');
  // stdout belongs to whoever runs us: the relay's one line, a test runner's report.
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`The ${part} could not be built; the lines above say why.`);
  mkdirSync(join(root, 'out'), { recursive: true });
  const half = `${stampFile(part)}.${process.pid}`;
  writeFileSync(half, before);
  renameSync(half, stampFile(part));
}

/** @param {keyof typeof PARTS} part */
function stampFile(part) {
  return join(root, 'out', `.built-${part}`);
}

/**
 * Names, sizes and times of all sources: cheap, and different after every change.
 * @param {string[]} sources
 */
function fingerprint(sources) {
  /** @type {string[]} */
  const lines = [];
  /** @param {string} path */
  const visit = (path) => {
    const info = statSync(join(root, path));
    if (info.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) visit(`${path}/${name}`);
    else lines.push(`${path} ${info.size} ${info.mtimeMs}`);
  };
  for (const source of sources) visit(source);
  return lines.join('\n');
}

/**
 * One builder at a time: two at once would write into each other's output.
 * @param {string} part
 */
function takeTurn(part) {
  mkdirSync(join(root, 'out'), { recursive: true });
  const lock = join(root, 'out', `.building-${part}`);
  const deadline = Date.now() + 180_000;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch {
      const owner = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
      if ((owner > 0 && !isAlive(owner)) || Date.now() > deadline) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  const parts = /** @type {(keyof typeof PARTS)[]} */ (words.filter((word) => word in PARTS));
  try {
    ensureBuilt(parts.length > 0 ? parts : ['relay', 'app'], { force: words.includes('--force') });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
