import type { Clock } from '../../shared/clock';
import type { Observable } from '../../shared/observable';
import type { DocumentId } from '../../shared/protocol/routes';
import type { OpenStream } from '../streams/event-stream';
import type { OpenSocket } from './socket';

/** What is known so far of the ways to a relay. Times in milliseconds. */
export interface Findings {
  /** It answers plain requests. */
  readonly http: Finding;
  readonly webSocket: Finding;
  readonly eventStream: Finding;
  /** Frames by POST, beside an event stream. */
  readonly posts: Finding;
  /** Of a message and its answer, over the best way that works: the median of some. */
  readonly roundTripMs: number | undefined;
  /** Nothing is being looked at any more. */
  readonly isOver: boolean;
}

export type Finding =
  | { readonly state: 'checking' }
  /** `ms`: until the first answer. */
  | { readonly state: 'works'; readonly ms: number }
  /** `reason`: one sentence with what to do. */
  | { readonly state: 'blocked'; readonly reason: string };

export interface Patient {
  /** Its origin. */
  readonly relay: string;
  readonly document: DocumentId;
  readonly secret: string | undefined;
}

export interface Instruments {
  readonly fetch: typeof fetch;
  readonly openWebSocket: OpenSocket;
  readonly openStream: OpenStream;
  readonly clock: Clock;
}

export interface Examination {
  readonly findings: Observable<Findings>;
  /** Ends it before its time; when it is over, nothing. */
  stop(): void;
}

/** Begins at once, and ends by itself. */
export type Examine = (patient: Patient, instruments: Instruments) => Examination;
