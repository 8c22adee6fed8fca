/** One relay process: started, asked, stopped, and started again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Builds, Contender } from './contender.ts';

export interface StartOptions {
  readonly builds: Builds;
  readonly keepsDocuments?: boolean;
  readonly origins?: readonly string[];
  /** Where a CPU profile of the process goes, when one is wanted. */
  readonly profileFolder?: string | undefined;
}

/** After a forced garbage collection. Bytes. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

export interface LoopLag {
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
}

const PROBE = new URL('./programs/probe.mjs', import.meta.url).href;
const START_MS = 20_000;
const STOP_MS = 20_000;

export class RunningRelay {
  readonly contender: Contender;
  readonly #options: StartOptions;
  readonly #data: string;
  #child: ChildProcess | undefined;
  #port = 0;

  private constructor(contender: Contender, options: StartOptions, data: string) {
    this.contender = contender;
    this.#options = options;
    this.#data = data;
  }

  static async start(contender: Contender, options: StartOptions): Promise<RunningRelay> {
    const relay = new RunningRelay(contender, options, await mkdtemp(join(tmpdir(), 'relay-bench-')));
    await relay.startAgain();
    return relay;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.contender.name} does not run`);
    return pid;
  }

  async startAgain(): Promise<void> {
    const { contender } = this;
    const { arguments: program, environment } = contender.command({
      data: this.#data,
      keepsDocuments: this.#options.keepsDocuments ?? false,
      origins: this.#options.origins ?? [],
      builds: this.#options.builds,
    });
    const { profileFolder } = this.#options;
    const profile = profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder];
    const child = spawn(process.execPath, ['--expose-gc', '--import', PROBE, ...profile, ...program], {
      env: { ...process.env, NODE_ENV: 'production', ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#port = await portOf(child, contender.name);
  }

  /** As if it had never run. */
  async startAfresh(): Promise<void> {
    await this.stop();
    await rm(this.#data, { recursive: true, force: true });
    await mkdir(this.#data);
    await this.startAgain();
  }

  /** As a person stops it; it may save what it has. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const cutOff = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(cutOff);
  }

  /** Stops it and forgets what it kept. */
  async end(): Promise<void> {
    await this.stop();
    await rm(this.#data, { recursive: true, force: true });
  }

  collect(): Promise<Memory> {
    return this.#ask('collect') as Promise<Memory>;
  }

  async watchLag(): Promise<void> {
    await this.#ask('watch-lag');
  }

  tellLag(): Promise<LoopLag> {
    return this.#ask('tell-lag') as Promise<LoopLag>;
  }

  /** What ours says of its own event loop since it was started, or for a minute or two; the others do not say. */
  async ownLagMaxMs(): Promise<number> {
    if (this.contender.dialect !== 'weft') return Number.NaN;
    const response = await fetch(`http://127.0.0.1:${this.#port}/health`);
    const { eventLoop } = (await response.json()) as { readonly eventLoop?: { readonly maxMs: number } };
    return eventLoop?.maxMs ?? Number.NaN;
  }

  #ask(question: string): Promise<unknown> {
    const child = this.#child;
    if (child === undefined) throw new Error(`${this.contender.name} does not run`);
    return new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => reject(new Error(`${this.contender.name} ended`)));
      child.send(question);
    });
  }
}

/** The first line of stdout with an address in it. @throws with what the process said on stderr. */
function portOf(child: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complaints = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${name} did not start: ${complaints}`));
    }, START_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (complaints.length < 4_000) complaints += chunk.toString();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${name} ended with ${code}: ${complaints}`));
    });
  });
}
