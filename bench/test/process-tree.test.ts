import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { cpuMsBetween, readCpu, residentBytes } from '../src/measure/process-tree.ts';

const BURN =
  'const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; }; const burn = (ms) => { const end = used() + ms; while (used() < end) for (let i = 0; i < 1e5; i++); };';

/** A process that does `first`, says so, waits for a word, does `then`, and says so. It stays until it is ended. */
function start(first: string, then = ''): ChildProcess {
  const code = `${BURN} ${first}; process.stdin.once('data', async () => { ${then}; process.stdout.write('done'); }); process.stdout.write('up');`;
  return spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function word(child: ChildProcess): Promise<unknown> {
  return once(child.stdout as NodeJS.ReadableStream, 'data');
}

async function costOf(code: string): Promise<number> {
  const child = start('', code);
  try {
    await word(child);
    const before = readCpu(child.pid as number);
    child.stdin?.write('go');
    await word(child);
    return cpuMsBetween(before, readCpu(child.pid as number));
  } finally {
    child.kill('SIGKILL');
  }
}

const WORKER = "new (require('node:worker_threads').Worker)(code, { eval: true })";

for (const [where, code, most] of [
  ['its own thread', 'burn(300)', 420],
  [
    'a thread that ended',
    `const code = ${JSON.stringify(`${BURN} burn(300)`)}; await new Promise((end) => ${WORKER}.once('exit', end))`,
    500,
  ],
  [
    'a child that ended',
    `const { spawn } = require('node:child_process'); await new Promise((end) => spawn(process.execPath, ['-e', ${JSON.stringify(`${BURN} burn(300)`)}]).once('exit', end))`,
    600,
  ],
  [
    // Until its stdin ends, with the process that started it: that one is killed, and can see to nothing.
    'a child that lives',
    `const { spawn } = require('node:child_process'); const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${BURN} burn(300); process.stdout.write('x'); process.stdin.resume()`)}], { stdio: ['pipe', 'pipe', 'ignore'] }); await new Promise((end) => child.stdout.once('data', end))`,
    600,
  ],
] as const) {
  it(`counts what is done in ${where}`, async () => {
    const cost = await costOf(code);
    // What a thread or process costs to start is in it, and is no mistake.
    assert.ok(cost >= 280 && cost <= most, `${cost.toFixed(0)} ms for 300`);
  });
}

it('counts nothing while nothing is done, and forgets what was before', async () => {
  const cost = await costOf('await new Promise((resolve) => setTimeout(resolve, 300))');
  assert.ok(cost < 60, `${cost.toFixed(0)} ms`);
});

it('knows the memory of a process that has it', async () => {
  const child = start('globalThis.kept = Buffer.alloc(100e6, 1)');
  try {
    await word(child);
    const bytes = residentBytes(child.pid as number);
    assert.ok(bytes > 100e6 && bytes < 250e6, `${bytes}`);
  } finally {
    child.kill('SIGKILL');
  }
});

it('says 0 of a process that is gone', async () => {
  const child = start('process.exit()');
  await once(child, 'exit');
  assert.deepEqual(readCpu(child.pid as number), { threadsMs: 0, processMs: 0 });
});
