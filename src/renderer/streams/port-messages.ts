/** What a page and the worker that has its streams say to each other. Secrets are in these messages and nowhere else. */
import type { StreamEnd, StreamRequest } from './event-stream';

export type PageMessage =
  /** `id`: the page's number for a stream of its own. */
  | { readonly type: 'open'; readonly id: number; readonly request: StreamRequest }
  | { readonly type: 'probe'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'alive' }
  /** The name of a lock that the page holds as long as it lives. */
  | { readonly type: 'lock'; readonly name: string }
  | { readonly type: 'are you there' };

export type WorkerMessage =
  | { readonly type: 'event'; readonly id: number; readonly event: string; readonly data: string; readonly eventId: string | undefined }
  | { readonly type: 'end'; readonly id: number; readonly end: StreamEnd }
  /** To be answered by `alive`. */
  | { readonly type: 'ping' };

/** An end of a `MessageChannel`, as far as it is used. */
export interface MessageEnd {
  onmessage: ((event: never) => void) | null;
  postMessage(message: PageMessage | WorkerMessage): void;
  close(): void;
}
