import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClassicLevel } from 'classic-level';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { until } from '../support/condition';
import { keepOutput } from '../support/log-folder';
import { endRawClients, RawClient, RawSocket } from '../support/raw-client';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder';

const MAIN = resolve(import.meta.dirname, '../../out/server/main.js');
const running = new Set<ChildProcess>();
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
});
afterEach(() => {
  endRawClients();
  for (const child of running) child.kill('SIGKILL');
});
afterAll(() => folder.remove());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function relay(...argv: string[]): { child: ChildProcess; address: Promise<string>; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  keepOutput('relay', child.stdout, child.stderr);
  const said = { stdout: '', stderr: '' };
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code) => {
      running.delete(child);
      done({ code, ...said });
    });
  });
  const address = new Promise<string>((found, fail) => {
    child.stdout?.on('data', (text) => {
      said.stdout += text;
      if (said.stdout.includes('\n')) found(said.stdout.trim());
    });
    child.stderr?.on('data', (text) => {
      said.stderr += text;
    });
    void ended.then(() => fail(new Error(`The relay ended first: ${said.stderr}`)));
  });
  // Most tests here are about a relay that never has one.
  address.catch(() => undefined);
  return { child, address, ended };
}

/** One sentence on stderr, no stack, nothing on stdout. */
function expectRefusal({ code, stdout, stderr }: Ended, exitCode: number, words: string): void {
  expect(stderr).toContain(words);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
}

const quiet = ['--port', '0', '--log', 'silent'];

describe('the process of a relay', () => {
  it('R1 R3 prints one line, its address, and ends with 0 on SIGTERM', async () => {
    const { child, address, ended } = relay(...quiet, '--data', join(folder.path, 'plain'));
    expect(await address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${await address}\n`);
    expect((await readdir(join(folder.path, 'plain'))).sort()).toEqual(['documents', 'relay-id', 'relay-key']);
  });

  it('R2 refuses a port in use', async () => {
    const first = relay(...quiet, '--store', 'memory');
    const { port } = new URL(await first.address);
    expectRefusal(await relay('--log', 'silent', '--port', port, '--store', 'memory').ended, 1, `Port ${port} on 127.0.0.1 is in use`);
  });

  it('R2 refuses a data folder in use, and the relay that has it goes on', async () => {
    const data = join(folder.path, 'shared');
    const first = relay(...quiet, '--data', data);
    const address = await first.address;
    expectRefusal(await relay(...quiet, '--data', data).ended, 1, 'is in use by another relay');
    expect((await fetch(`${address}/health`)).status).toBe(200);
  });

  it('R2 refuses an unreadable store and a file for a folder, and overwrites nothing', async () => {
    const documents = join(folder.path, 'broken', 'documents');
    await mkdir(documents, { recursive: true });
    await writeFile(join(documents, '000005.ldb'), 'x');
    expectRefusal(await relay(...quiet, '--data', join(folder.path, 'broken')).ended, 1, 'its file CURRENT is missing');
    await writeFile(join(documents, 'CURRENT'), 'MANIFEST-000001\n');
    await writeFile(join(documents, 'MANIFEST-000001'), 'garbage that is no manifest');
    expectRefusal(await relay(...quiet, '--data', join(folder.path, 'broken')).ended, 1, 'is damaged');
    expect(await readdir(documents)).toContain('000005.ldb');
    await writeFile(join(folder.path, 'file'), '');
    expectRefusal(await relay(...quiet, '--data', join(folder.path, 'file')).ended, 1, 'is not a folder');
  });

  it('R2 refuses a store of another format, and leaves it as it is', async () => {
    const { child, address, ended } = relay(...quiet, '--data', join(folder.path, 'newer'));
    await address;
    child.kill('SIGTERM');
    await ended;
    const documents = join(folder.path, 'newer', 'documents');
    const key = Buffer.from('format');
    const value = Buffer.concat([Buffer.alloc(4), Buffer.from([0, 0, 0, 0, 0, 0, 0, 2])]);
    value.writeUInt32BE(crc32(value.subarray(4), crc32(key)));
    await withLevel(documents, (level) => level.put(key, value));
    expectRefusal(
      await relay(...quiet, '--data', join(folder.path, 'newer')).ended,
      1,
      'has format 2, and this relay reads format 1; start the relay that wrote it',
    );
    expect(await withLevel(documents, (level) => level.get(key))).toEqual(value);
  });

  it('R2 refuses a database that is not the relay’s, and writes nothing into it', async () => {
    const documents = join(folder.path, 'foreign', 'documents');
    await mkdir(documents, { recursive: true });
    const [key, value] = [Buffer.from('somebody'), Buffer.from('else')];
    await withLevel(documents, (level) => level.put(key, value));
    expectRefusal(await relay(...quiet, '--data', join(folder.path, 'foreign')).ended, 1, "holds a database that is not the relay's");
    expect(await withLevel(documents, (level) => level.iterator().all())).toEqual([[key, value]]);
    expect(await readdir(join(folder.path, 'foreign'))).toEqual(['documents']);
  });

  it.each(['', 'short\n', 'AAAAAAAAAAAAAAAAAAAAAA but longer'])('R2 refuses a damaged relay-id: %j', async (damaged) => {
    const data = join(folder.path, `id-${damaged.length}`);
    await mkdir(data);
    await writeFile(join(data, 'relay-id'), damaged);
    expectRefusal(await relay(...quiet, '--data', data).ended, 1, "relay-id does not hold a relay's id; restore it from a backup");
    expect(await readFile(join(data, 'relay-id'), 'utf8')).toBe(damaged);
  });

  it('R3 ends at once with 1 at a second signal, while it waits for a client to say goodbye', async () => {
    const { child, address, ended } = relay(...quiet, '--store', 'memory', '--access', 'open');
    const { port } = new URL(await address);
    const mute = await RawSocket.upgraded(Number(port), 'paper');
    child.kill('SIGTERM');
    await until('the client is told', () => mute.closeCode === 1012);
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect((await ended).code).toBe(1);
  });

  it('R2 refuses an unknown flag with 2', async () => {
    expectRefusal(await relay('--prot', '1').ended, 2, 'did you mean --port?');
  });

  it('says in one sentence that an open relay beyond loopback lets everyone edit', async () => {
    const { child, address, ended } = relay(...quiet, '--store', 'memory', '--host', '0.0.0.0', '--access', 'open');
    await address;
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    const [first, ...others] = stderr.trim().split('\n');
    expect(first).toContain("knows a document's id can edit it");
    expect({ code, others }).toEqual({ code: 0, others: [expect.stringMatching(/^Others .*\.$/)] });
  });

  it('R1 says on stderr where others find it, when it listens on every address, and it is there', async () => {
    const { child, address, ended } = relay(...quiet, '--store', 'memory', '--access', 'open', '--host', '0.0.0.0');
    const { port } = new URL(await address);
    const here = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const outward = here.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address: own }) => own);
    for (const own of outward) expect((await fetch(`http://${own}:${port}/health`)).status).toBe(200);
    child.kill('SIGTERM');
    const { stdout, stderr } = await ended;
    expect(stdout).toBe(`http://127.0.0.1:${port}\n`);
    for (const own of outward) expect(stderr).toContain(`http://${own}:${port}`);
  });

  it('says nothing of that where its public address is known', async () => {
    const flags = ['--host', '0.0.0.0', '--public-url', 'https://notes.example'];
    const { child, address, ended } = relay(...quiet, '--data', join(folder.path, 'public'), ...flags);
    await address;
    child.kill('SIGTERM');
    expect((await ended).stderr).toBe('');
  });

  it('lets nobody in without a link unless it is told to, beyond loopback and on it', async () => {
    for (const flags of [[], ['--host', '0.0.0.0']]) {
      const { address } = relay(...quiet, '--data', join(folder.path, `closed ${flags.length}`), ...flags);
      const { port } = new URL(await address);
      const health = await fetch(`http://127.0.0.1:${port}/health`);
      expect(await health.json()).toMatchObject({ access: 'links', creators: flags.length === 0 ? 'anyone' : 'key' });
      for (const protocols of [[], ['weft.v1'], ['weft.plain', `weft.secret.${'x'.repeat(24)}`]]) {
        const client = new RawClient(`ws://127.0.0.1:${port}/paper`, { protocols });
        expect((await client.ended()).code).toBe(4401);
      }
      expect((await fetch(`http://127.0.0.1:${port}/documents/paper/stream`)).status).toBe(401);
    }
  });

  it('prints its help and its version, and ends with 0', async () => {
    expect(await relay('--help').ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--limit-document-bytes') });
    expect(await relay('--version').ended).toEqual({ code: 0, stderr: '', stdout: `${version}\n` });
  });
});

async function withLevel<Result>(
  folderPath: string,
  work: (level: ClassicLevel<Uint8Array, Uint8Array>) => Promise<Result>,
): Promise<Result> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folderPath, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await level.open();
  try {
    return await work(level);
  } finally {
    await level.close();
  }
}
