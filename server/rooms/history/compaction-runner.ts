/**
 * Compacts documents on a thread of its own, so that no keystroke waits for it.
 *
 * R1  One job at a time, in the order they came.
 * R2  The thread starts with a job, ends when there has been none for a while (a document that was taken apart leaves tens of
 *     megabytes behind), and does not keep the process alive.
 * R3  A job that takes too long, or a thread that crashes, fails that job alone; the next one gets a new thread.
 * R4  Closing fails what is under way or waiting, and whatever comes later.
 */
import { Worker } from 'node:worker_threads';
import type { Clock, CompactionInput, CompactionResult, Compactor } from '../ports';

/** For one document. The largest that the limits allow take seconds; Yjs can be quadratic on odd ones. */
const COMPACTION_MS = 60_000;

/** Starting a thread costs about as much as a compaction. */
export const IDLE_MS = 5_000;

interface Job {
  readonly input: CompactionInput;
  readonly resolve: (result: CompactionResult) => void;
  readonly reject: (error: Error) => void;
}

export class CompactionRunner implements Compactor {
  readonly #workerUrl: URL;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #timeLimitMs: number;
  readonly #waiting: Job[] = [];
  #worker: Worker | undefined;
  #running: Job | undefined;
  #callOffTimeLimit: (() => void) | undefined;
  #callOffEnd: (() => void) | undefined;
  #isClosed = false;

  constructor(workerUrl: URL, clock: Pick<Clock, 'after'>, timeLimitMs = COMPACTION_MS) {
    this.#workerUrl = workerUrl;
    this.#clock = clock;
    this.#timeLimitMs = timeLimitMs;
  }

  /** Rejects when the thread crashed, took too long or was closed: the document stays as it is. */
  compact(input: CompactionInput): Promise<CompactionResult> {
    if (this.#isClosed) return Promise.reject(new Error('the compactor is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      this.#startNext();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) job.reject(new Error('the compactor was closed'));
    await this.#dropWorker(new Error('the compactor was closed'));
  }

  #startNext(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) {
      this.#endWhenIdle();
      return;
    }
    this.#callOffEnd?.();
    this.#callOffEnd = undefined;
    this.#running = job;
    this.#callOffTimeLimit = this.#clock.after(this.#timeLimitMs, () => {
      void this.#dropWorker(new Error(`compacting took longer than ${this.#timeLimitMs} ms`));
    });
    try {
      // A copy, because what is handed over is gone here; handed over, because a message would copy it once more.
      const update = job.input.update.slice();
      this.#worker ??= this.#startWorker();
      this.#worker.postMessage({ ...job.input, update }, [update.buffer]);
    } catch (error) {
      void this.#dropWorker(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #endWhenIdle(): void {
    if (this.#worker === undefined || this.#isClosed) return;
    this.#callOffEnd?.();
    this.#callOffEnd = this.#clock.after(IDLE_MS, () => void this.#dropWorker(new Error('the thread is not used')));
  }

  #startWorker(): Worker {
    const worker = new Worker(this.#workerUrl);
    worker.unref();
    worker.on('message', (result: CompactionResult) => {
      if (worker !== this.#worker) return;
      const job = this.#endJob();
      job?.resolve(result);
      this.#startNext();
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) void this.#dropWorker(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => {
      if (worker === this.#worker) void this.#dropWorker(new Error(`the compaction thread ended with code ${code}`));
    });
    return worker;
  }

  /** Fails the job under way, lets its thread go and goes on with the next job. */
  async #dropWorker(reason: Error): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#callOffEnd?.();
    this.#callOffEnd = undefined;
    const job = this.#endJob();
    job?.reject(reason);
    this.#startNext();
    await worker?.terminate();
  }

  #endJob(): Job | undefined {
    this.#callOffTimeLimit?.();
    this.#callOffTimeLimit = undefined;
    const job = this.#running;
    this.#running = undefined;
    return job;
  }
}
