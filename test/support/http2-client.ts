/** Node's own HTTP/2 client at a relay with a certificate that signs itself: one connection, as many requests as a test likes. */
import { type ClientHttp2Session, type ClientHttp2Stream, type ClientSessionOptions, connect, type IncomingHttpHeaders } from 'node:http2';
import { until } from './condition';
import { registerHeaders } from './log-folder';

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Http2Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const open = new Set<Http2Client>();

/** For `afterEach`. */
export function endHttp2Clients(): void {
  for (const client of open) client.cut();
}

export class Http2Client {
  readonly session: ClientHttp2Session;
  /** Why the relay wants no more of it: the code in GOAWAY. */
  goneAway: number | undefined;
  isClosed = false;
  #knowsLimits = false;

  constructor(address: string, options: ClientSessionOptions = {}) {
    this.session = connect(address, { rejectUnauthorized: false, ...options });
    this.session.on('goaway', (code) => {
      this.goneAway = code;
    });
    this.session.once('remoteSettings', () => {
      this.#knowsLimits = true;
    });
    this.session.on('error', () => undefined);
    this.session.on('close', () => {
      this.isClosed = true;
      open.delete(this);
    });
    open.add(this);
  }

  async opened(): Promise<this> {
    // Not only connected: it knows what the relay allows, and has said so.
    await until('the connection is open', () => this.#knowsLimits || this.isClosed);
    return this;
  }

  request(path: string, { method = 'GET', headers = {} }: Http2Question = {}, endStream = true): ClientHttp2Stream {
    registerHeaders((name) => headers[name]);
    const stream = this.session.request({ ':method': method, ':path': path, ...headers }, { endStream });
    stream.on('error', () => undefined);
    return stream;
  }

  /** Rejects when the stream is reset. Of events only the first are read. */
  ask(path: string, question: Http2Question = {}): Promise<Http2Answer> {
    const { body } = question;
    const stream = this.request(path, question, body === undefined);
    return new Promise((resolve, reject) => {
      let headers: IncomingHttpHeaders = {};
      let text = '';
      stream.on('response', (received) => {
        headers = received;
      });
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        // It goes on for as long as somebody reads.
        if (headers['content-type']?.startsWith('text/event-stream') === true) stream.close();
      });
      stream.on('close', () => {
        const status = Number(headers[':status'] ?? 0);
        if (status === 0) reject(new Error(`no answer: the stream ended with code ${stream.rstCode}`));
        else resolve({ status, headers, body: text });
      });
      if (body !== undefined) stream.end(body);
    });
  }

  async closed(timeoutMs?: number): Promise<this> {
    await until('the connection is closed', () => this.isClosed, timeoutMs);
    return this;
  }

  cut(): void {
    open.delete(this);
    this.session.destroy();
  }
}
