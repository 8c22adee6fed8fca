/** The built relay as users run it: a process of its own, a port of its own, a data folder that outlives it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from './condition';
import { keepOutput } from './log-folder';
import { cpuMs, residentBytes } from './process-figures';
import { registerRelayKey } from './watch-browser';

export interface RelayProcessOptions {
  /** Of the relay, `--port` and `--data` aside. Access is open unless they say otherwise: most tests are not about who gets in. */
  readonly flags?: readonly string[];
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** 0: any free one. */
  readonly port?: number;
  /** A new folder when left out, gone with {@link endRelays}. */
  readonly data?: string;
}

/** Or another build of it, such as one that is installed. */
const MAIN = process.env.WEFT_RELAY_MAIN ?? resolve(import.meta.dirname, '../../out/server/main.js');
const SWEPT = 'all documents with long tails are compacted';

const running = new Set<ChildProcess>();
const folders = new Set<string>();

/** Resolves when the relay says its address; rejects with what it printed when it ends before. */
export async function startRelayProcess(options: RelayProcessOptions = {}): Promise<RelayProcess> {
  const { flags = [], nodeFlags = [], env = {}, port = 0 } = options;
  const data = options.data ?? (await makeDataFolder());
  const child = spawn(process.execPath, [...nodeFlags, MAIN, '--access', 'open', '--port', String(port), '--data', data, ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  keepOutput('relay', child.stdout, child.stderr);
  const relay = new RelayProcess(child, data, options);
  await until('the relay says its address', () => relay.address !== '' || child.exitCode !== null, 20_000);
  if (relay.address === '') throw new RelayDidNotStart(child.exitCode, relay.stdout, relay.stderr);
  registerRelayKey(data);
  return relay;
}

/** For `afterEach`: ends every relay that a test left behind, and removes their data. */
export async function endRelays(): Promise<void> {
  const children = [...running];
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map(ended));
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  folders.clear();
}

// A test runner that is interrupted runs no afterEach.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class RelayDidNotStart extends Error {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(exitCode: number | null, stdout: string, stderr: string) {
    super(`the relay ended with ${exitCode}: ${stderr || stdout}`);
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

export class RelayProcess {
  readonly data: string;
  readonly pid: number;
  /** Everything printed so far. */
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #options: RelayProcessOptions;

  constructor(child: ChildProcess, data: string, options: RelayProcessOptions) {
    this.#child = child;
    this.#options = options;
    this.data = data;
    this.pid = child.pid ?? 0;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    child.once('exit', () => running.delete(child));
  }

  /** `http://127.0.0.1:<port>`, or `https:`; empty until it is up. */
  get address(): string {
    return /https?:\/\/[\w.[\]:-]+:\d+/.exec(this.stdout)?.[0] ?? '';
  }

  get port(): number {
    return Number(new URL(this.address).port);
  }

  /** What y-websocket takes. */
  get webSocketAddress(): string {
    return this.address.replace('http', 'ws');
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get residentBytes(): number {
    return residentBytes(this.pid);
  }

  /** CPU time so far. */
  get cpuMs(): number {
    return cpuMs(this.pid);
  }

  /** Bytes in the files that hold records; the database's own notes are not counted. */
  storedBytes(): number {
    const folder = join(this.data, 'documents');
    return readdirSync(folder)
      .filter((name) => /\.(log|ldb)$/.test(name))
      .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  }

  /** Resolves when the look for long tails that follows each start is over. */
  async untilCompacted(timeoutMs = 60_000): Promise<void> {
    await until('compaction has run', () => `${this.stdout}${this.stderr}`.includes(SWEPT), timeoutMs);
  }

  /** SIGKILL: what a power cut is to a process. */
  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await ended(this.#child);
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await ended(this.#child);
    return this.#child.exitCode;
  }

  /** On the same data and port, with the same flags. */
  async startAgain(): Promise<RelayProcess> {
    return startRelayProcess({ ...this.#options, data: this.data, port: this.port });
  }
}

async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-relay-'));
  folders.add(folder);
  return folder;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}
