/**
 * A page's streams, in a worker that all its tabs share; here, where that does not work.
 *
 * R1  Where no worker answers within four seconds, or it cannot be started, the streams that were opened meanwhile are opened
 *     here, and nobody notices. A worker that comes after all is told that they are closed: the same person would be there twice.
 * R2  A worker that is silent later on, and does not answer when it is asked, is given up: its streams are lost, and what comes
 *     back is opened here. Asked first, because after a sleep everything was silent.
 * R3  Without streams, no timer runs.
 */
import type { Clock } from '../../shared/clock';
import type { OpenStream, Stream, StreamRequest, StreamWatcher } from './event-stream';
import type { MessageEnd, PageMessage, WorkerMessage } from './port-messages';
import { CUT } from './stream-end';
import { PING_MS } from './stream-host';

const READY_MS = 4_000;
const SILENT_MS = 3.5 * PING_MS;
const ANSWER_MS = 5_000;

export interface RemoteStreamsOptions {
  readonly port: MessageEnd;
  /** Opens streams without the worker. */
  readonly openHere: OpenStream;
  readonly clock: Clock;
}

interface Remote {
  readonly request: StreamRequest;
  readonly watcher: StreamWatcher;
}

export class RemoteStreams {
  readonly #options: RemoteStreamsOptions;
  readonly #remotes = new Map<number, Remote>();
  /** Opened in the worker first, and here after all. */
  readonly #moved = new Map<number, Stream>();
  #state: 'starting' | 'ready' | 'given up' = 'starting';
  #lastId = 0;
  #heardAt: number;
  #stopListening: (() => void) | undefined;

  constructor(options: RemoteStreamsOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
    options.port.onmessage = ({ data }: { readonly data: WorkerMessage }) => this.#take(data);
  }

  readonly open: OpenStream = (request, watcher) => {
    const { openHere, clock } = this.#options;
    if (this.#state === 'given up') return openHere(request, watcher);
    const id = ++this.#lastId;
    this.#remotes.set(id, { request, watcher });
    this.#post({ type: 'open', id, request });
    if (this.#stopListening === undefined) {
      this.#heardAt = clock.now();
      this.#listen(this.#state === 'starting' ? READY_MS : SILENT_MS);
    }
    return {
      probe: () => {
        if (this.#remotes.has(id)) this.#post({ type: 'probe', id });
        else this.#moved.get(id)?.probe?.();
      },
      close: () => this.#close(id),
    };
  };

  /** The page holds this lock as long as it lives. */
  tellLock(name: string): void {
    if (this.#state !== 'given up') this.#post({ type: 'lock', name });
  }

  /** No worker can be started. */
  giveUp(): void {
    if (this.#state === 'given up') return;
    const wasReady = this.#state === 'ready';
    this.#state = 'given up';
    this.#stop();
    // It may have them by now, or find them when it comes.
    for (const id of this.#remotes.keys()) this.#post({ type: 'close', id });
    this.#options.port.close();
    const remotes = [...this.#remotes];
    this.#remotes.clear();
    for (const [id, { request, watcher }] of remotes) {
      if (wasReady) watcher.onEnd(CUT);
      else this.#moved.set(id, this.#options.openHere(request, watcher));
    }
  }

  #take(message: WorkerMessage): void {
    if (this.#state === 'given up') return;
    this.#state = 'ready';
    this.#heardAt = this.#options.clock.now();
    switch (message.type) {
      case 'ping':
        this.#post({ type: 'alive' });
        return;
      case 'event':
        this.#remotes.get(message.id)?.watcher.onEvent(message.event, message.data, message.eventId);
        return;
      case 'end': {
        const remote = this.#remotes.get(message.id);
        this.#forget(message.id);
        remote?.watcher.onEnd(message.end);
      }
    }
  }

  #close(id: number): void {
    this.#moved.get(id)?.close();
    this.#moved.delete(id);
    if (!this.#remotes.has(id)) return;
    this.#forget(id);
    this.#post({ type: 'close', id });
  }

  #forget(id: number): void {
    this.#remotes.delete(id);
    if (this.#remotes.size === 0) this.#stop();
  }

  #post(message: PageMessage): void {
    this.#options.port.postMessage(message);
  }

  #listen(ms: number): void {
    const { clock } = this.#options;
    this.#stopListening = clock.after(ms, () => {
      const left = SILENT_MS - (clock.now() - this.#heardAt);
      if (this.#state === 'starting') this.giveUp();
      else if (left > 0) this.#listen(left);
      else this.#ask();
    });
  }

  /** R2 */
  #ask(): void {
    const { clock } = this.#options;
    const askedAt = clock.now();
    this.#post({ type: 'are you there' });
    this.#stopListening = clock.after(ANSWER_MS, () => {
      if (this.#heardAt < askedAt) this.giveUp();
      else this.#listen(SILENT_MS);
    });
  }

  #stop(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }
}
