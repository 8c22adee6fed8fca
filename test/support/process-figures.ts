/** What a process costs, from the operating system's own accounting (Linux). */
import { readdirSync, readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

/** CPU time of all threads so far, in milliseconds (schedstat counts nanoseconds; /proc/<pid>/stat only 10 ms ticks). */
export function cpuMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return nanoseconds / 1e6;
}

/** Memory that belongs to this process alone or with others, in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (line?.[1] === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(line[1]) * 1024;
}

/**
 * Makes a Node process that was started with `--inspect-port=0` collect its garbage, without the program knowing:
 * SIGUSR1 opens the inspector, whose address it prints on stderr.
 */
export class GarbageCollector {
  readonly #socket: WebSocket;
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @param stderr everything the process has printed on stderr so far, read anew at each call. */
  static async open(pid: number, stderr: () => string): Promise<GarbageCollector> {
    process.kill(pid, 'SIGUSR1');
    const deadline = Date.now() + 10_000;
    for (;;) {
      const address = /ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+/.exec(stderr());
      if (address !== null) {
        const socket = new WebSocket(address[0]);
        await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
        return new GarbageCollector(socket);
      }
      if (Date.now() > deadline) throw new Error('the inspector did not open');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async collect(): Promise<void> {
    // Twice: the first round may only queue finalizers.
    for (let round = 0; round < 2; round++) await this.#command('HeapProfiler.collectGarbage');
  }

  close(): void {
    this.#socket.terminate();
  }

  async #command(method: string): Promise<void> {
    const id = this.#nextId++;
    const answered = new Promise<void>((resolve) => {
      const listen = (data: Buffer) => {
        const message: unknown = JSON.parse(data.toString());
        if (typeof message !== 'object' || message === null || !('id' in message) || message.id !== id) return;
        this.#socket.off('message', listen);
        resolve();
      };
      this.#socket.on('message', listen);
    });
    this.#socket.send(JSON.stringify({ id, method }));
    await answered;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
