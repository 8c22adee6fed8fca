/** Event streams of a relay (docs/http.md), whichever way they come: each on a connection of its own, or many on one. */
import type { DocumentId } from '../../shared/protocol/routes';

export interface StreamRequest {
  /** Its origin. */
  readonly relay: string;
  readonly document: DocumentId;
  /** `reader`: frames, nothing up. `writer`: the down half of a connection that POSTs frames. `presence`: who is there. */
  readonly kind: 'reader' | 'writer' | 'presence';
  readonly secret: string | undefined;
  /** How a reader is shown to the others. */
  readonly reader: { readonly name: string; readonly color: string } | undefined;
  readonly lastEventId: string | undefined;
}

/** Nothing is told before `OpenStream` has returned. */
export interface StreamWatcher {
  /** @param id set when this event completes what the relay had to tell until then. */
  onEvent(type: string, data: string, id: string | undefined): void;
  /** It is over, and nothing is told any more. Not after `close`. */
  onEnd(end: StreamEnd): void;
}

export type StreamEnd =
  /** The relay said why, and that coming back is no use: `error` is a name of rejections.ts. */
  | { readonly type: 'refused'; readonly error: string; readonly reason: string }
  /** Cut, silent for too long, not there, or to come back later. One sentence for a person. */
  | { readonly type: 'lost'; readonly reason: string };

export interface Stream {
  /** Of a reader's stream alone: asks whether the way to the relay is alive. If so there will be an event `heartbeat`. */
  probe?(): void;
  close(): void;
}

export type OpenStream = (request: StreamRequest, watcher: StreamWatcher) => Stream;
