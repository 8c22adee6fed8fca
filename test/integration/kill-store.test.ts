import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Log } from '../../server/rooms/ports';
import { LevelDbStore } from '../../server/storage/leveldb-store';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { buildEntry } from '../support/build-entry';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder';
import { writtenUpdate } from '../support/written-update';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const DOCUMENTS = ['one', 'two', 'three'] as DocumentId[];
const KILLS = 10;
const seed = Number(process.env.WEFT_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** mulberry32: small, and the same numbers for the same seed. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

let folder: TemporaryFolder;
let writer: Awaited<ReturnType<typeof buildEntry>>;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
  writer = await buildEntry('test/support/store-writer.ts');
});

afterAll(async () => {
  await writer.remove();
  await folder.remove();
});

/** Starts the writer; `onLine` is told whatever it prints. */
function startWriter(args: readonly string[], onLine: (line: string, child: ChildProcess) => void): Promise<void> {
  const child = spawn(process.execPath, [writer.script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => onLine(line, child));
  return new Promise((resolve) => child.once('close', () => resolve()));
}

/** Every update is the one that was written under its number, each once, up to at least what was acknowledged. */
async function expectWhole(path: string, acknowledged: ReadonlyMap<string, number>, bytes: number): Promise<void> {
  const store = await LevelDbStore.open(path, log);
  try {
    for (const document of DOCUMENTS) {
      const stored = await store.load(document);
      const upTo = stored?.snapshotUpTo ?? 0;
      if (upTo > 0) expect(stored?.snapshot).toEqual(writtenUpdate(document, upTo, 2_000));
      for (const [index, update] of (stored?.tail ?? []).entries())
        expect(update).toEqual(writtenUpdate(document, upTo + 1 + index, bytes));
      expect(upTo + (stored?.tail.length ?? 0)).toBeGreaterThanOrEqual(acknowledged.get(document) ?? 0);
    }
  } finally {
    await store.close();
  }
}

describe('a LevelDB store', () => {
  it(`R1 R2 R4 killed ${KILLS} times at random moments has everything it acknowledged, once (WEFT_SEED=${seed})`, async () => {
    const random = randomFrom(seed);
    const path = join(folder.path, 'killed');
    const acknowledged = new Map<string, number>();
    for (let kill = 0; kill < KILLS; kill++) {
      // A number of lines, not a time: as random, and never before the first write.
      let linesLeft = 2 + Math.floor(random() * 150);
      await startWriter([path], (line, child) => {
        const [document = '', number] = line.split(' ');
        if (number !== undefined) acknowledged.set(document, Number(number));
        if (--linesLeft === 0) child.kill('SIGKILL');
      });
      await expectWhole(path, acknowledged, 20);
    }
    expect([...acknowledged.values()].reduce((sum, number) => sum + number, 0)).toBeGreaterThan(KILLS);
  }, 60_000);

  it('R1 R3 acknowledges nothing that a full disk could not take, and goes on once there is room', async (context) => {
    const disk = mountSmallDisk(context);
    try {
      const ballast = join(disk, 'ballast');
      execFileSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1M', 'count=8'], { stdio: 'ignore' });
      const acknowledged = new Map<string, number>();
      let failures = 0;
      let savedAfterwards = 0;
      await startWriter([join(disk, 'documents'), '4000'], (line, child) => {
        const [document = '', number] = line.split(' ');
        if (document === 'failed') {
          failures++;
          if (failures === 6) rmSync(ballast);
        } else if (number !== undefined) {
          acknowledged.set(document, Number(number));
          if (failures >= 6 && ++savedAfterwards === 60) child.kill('SIGKILL');
        }
      });
      expect(failures).toBeGreaterThanOrEqual(6);
      expect(savedAfterwards).toBeGreaterThanOrEqual(60);
      await expectWhole(join(disk, 'documents'), acknowledged, 4000);
    } finally {
      spawnSync('umount', [disk]);
    }
  }, 60_000);
});

/** A file system of its own; skips, with the reason, where one cannot be mounted. */
function mountSmallDisk(context: TestContext): string {
  const disk = join(folder.path, 'disk');
  mkdirSync(disk);
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { encoding: 'utf8' });
  if (status !== 0) context.skip(`A small disk cannot be mounted here: ${stderr ?? 'no mount command'}`);
  return disk;
}
