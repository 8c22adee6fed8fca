/** What carries frames between y-websocket's provider and the relay: the port of all transports. */
import type { Role } from '../../shared/protocol/roles';
import type { DocumentId } from '../../shared/protocol/routes';

/** Everything that a transport has to know; asked anew for each connection. */
export interface SocketRequest {
  /** The relay's origin, `http(s)://host[:port]`. */
  readonly relay: string;
  /** The id of the relay that let us in; `undefined` before, when nothing is sent. */
  readonly relayId: () => string | undefined;
  readonly document: DocumentId;
  /** `undefined` under open access. */
  readonly secret: string | undefined;
  readonly role: Role;
  /** How a reader is shown to the others; a writer says it itself. */
  readonly reader: { readonly name: string; readonly color: string };
  /** Of the reader's stream of this replica before this one: what came until then is there. */
  readonly lastEventId: string | undefined;
}

/** What the provider and we use of a WebSocket; the browser's, `ws` and other transports fit. */
export interface Socket {
  binaryType: string;
  readonly readyState: number;
  /** What carries it; `websocket` when left out. */
  readonly transport?: Transport;
  /** See {@link SocketRequest}; of a reader's stream alone. */
  readonly lastEventId?: string | undefined;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  /** A better transport than this one works by now: whoever connects anew gets it. */
  onbetter?: (() => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** `websocket`, `http`: frames both ways. `event-stream`: frames down, nothing up. */
export type Transport = 'websocket' | 'http' | 'event-stream';

export type OpenSocket = (request: SocketRequest) => Socket;
