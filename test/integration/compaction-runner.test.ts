import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { CompactionRunner, IDLE_MS } from '../../server/rooms/history/compaction-runner';
import type { CompactionInput } from '../../server/rooms/ports';

const BUILT_WORKER = pathToFileURL(resolve(import.meta.dirname, '../../out/server/compaction-worker.js'));

describe('CompactionRunner', () => {
  let folder: string;
  let runner: CompactionRunner | undefined;
  let timers: { readonly ms: number; readonly callback: () => void }[];
  const clock = {
    after(ms: number, callback: () => void) {
      const timer = { ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-compaction-'));
    timers = [];
  });

  afterEach(async () => {
    await runner?.close();
    rmSync(folder, { recursive: true });
  });

  it('compacts in the built thread, one after the other (R1)', async () => {
    runner = new CompactionRunner(BUILT_WORKER, clock);
    const texts = ['first', 'second', 'third'];
    const results = await Promise.all(texts.map((text) => (runner as CompactionRunner).compact(inputOf(text))));
    for (const [index, result] of results.entries()) {
      if (!result.ok) throw new Error(result.reason);
      const doc = new Y.Doc();
      Y.applyUpdate(doc, result.snapshot);
      expect(doc.getText('content').toString()).toBe(texts[index]);
    }
    expect(timers.map(({ ms }) => ms)).toEqual([IDLE_MS]);
  });

  it('says why a document stays as it is', async () => {
    runner = new CompactionRunner(BUILT_WORKER, clock);
    const result = await runner.compact(bytesOf(1, 1, 5));
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('cannot be loaded') });
  });

  it('leaves the caller’s bytes as they are', async () => {
    runner = new CompactionRunner(BUILT_WORKER, clock);
    const input = inputOf('mine');
    const before = [...input.update];
    await runner.compact(input);
    expect([...input.update]).toEqual(before);
  });

  it('fails one job when the thread crashes, and starts a new thread for the next (R3)', async () => {
    runner = new CompactionRunner(
      workerThat('if (bytes[0] === 9) throw new Error("broken"); port.postMessage({ ok: true, snapshot: bytes });'),
      clock,
    );
    const jobs = [1, 9, 2].map((byte) => (runner as CompactionRunner).compact(bytesOf(byte)));
    const [first, second, third] = await Promise.allSettled(jobs);
    expect(first).toMatchObject({ status: 'fulfilled', value: { snapshot: Uint8Array.of(1) } });
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'broken' } });
    expect(third).toMatchObject({ status: 'fulfilled', value: { snapshot: Uint8Array.of(2) } });
  });

  it('fails one job when the thread ends without a word (R3)', async () => {
    runner = new CompactionRunner(
      workerThat('if (bytes[0] === 9) process.exit(3); port.postMessage({ ok: true, snapshot: bytes });'),
      clock,
    );
    await expect(runner.compact(bytesOf(9))).rejects.toThrow('ended with code 3');
    expect(await runner.compact(bytesOf(1))).toMatchObject({ ok: true });
  });

  it('fails a job that takes too long, and goes on with the next (R3)', async () => {
    runner = new CompactionRunner(
      workerThat('if (bytes[0] === 9) for (;;); port.postMessage({ ok: true, snapshot: bytes });'),
      clock,
      1_000,
    );
    const endless = runner.compact(bytesOf(9));
    const next = runner.compact(bytesOf(1));
    expect(timers).toHaveLength(1);
    timers[0]?.callback();
    await expect(endless).rejects.toThrow('longer than 1000 ms');
    expect(await next).toMatchObject({ ok: true });
  });

  it('ends the thread that has had nothing to do for a while, and starts another for the next job (R2)', async () => {
    runner = new CompactionRunner(
      workerThat('jobs++; port.postMessage({ ok: true, snapshot: Uint8Array.of(jobs) });', 'let jobs = 0;'),
      clock,
    );
    const first = runner.compact(bytesOf(1));
    expect((await Promise.all([first, runner.compact(bytesOf(1))])).map((result) => result.ok && result.snapshot[0])).toEqual([1, 2]);
    const idle = () => timers.filter(({ ms }) => ms === IDLE_MS);
    expect(idle()).toHaveLength(1);
    const third = runner.compact(bytesOf(1));
    expect(idle()).toEqual([]);
    expect(await third).toMatchObject({ snapshot: Uint8Array.of(3) });
    idle()[0]?.callback();
    expect(await runner.compact(bytesOf(1))).toMatchObject({ snapshot: Uint8Array.of(1) });
  });

  it('fails what waits and what comes later once it is closed (R4)', async () => {
    const closing = new CompactionRunner(workerThat('for (;;);'), clock);
    const jobs = Promise.allSettled([closing.compact(bytesOf(1)), closing.compact(bytesOf(2))]);
    await closing.close();
    expect((await jobs).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(closing.compact(bytesOf(3))).rejects.toThrow('closed');
  });

  function workerThat(body: string, before = ''): URL {
    const file = join(folder, 'worker.mjs');
    writeFileSync(
      file,
      `import { parentPort as port } from 'node:worker_threads';\n${before}\nport.on('message', ({ update: bytes }) => { ${body} });\n`,
    );
    return pathToFileURL(file);
  }
});

function inputOf(text: string): CompactionInput {
  const doc = new Y.Doc();
  doc.getText('content').insert(0, text);
  return { documents: 'text', update: Y.encodeStateAsUpdate(doc), clocks: new Map([[doc.clientID, text.length]]) };
}

function bytesOf(...bytes: number[]): CompactionInput {
  return { documents: 'text', update: Uint8Array.from(bytes), clocks: new Map() };
}
