/** An HTTP proxy that does with WebSocket upgrades what networks do; everything else goes through it untouched, streams too. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export type UpgradeRule =
  | 'pass'
  /** Answered with an error status. */
  | 'refuse'
  /** Accepted, and then nothing is carried. */
  | 'accept and keep silent'
  /** The connection is closed without an answer. */
  | 'drop'
  /** Neither answered nor closed. */
  | 'hang';

export const BLOCKING_RULES = ['refuse', 'accept and keep silent', 'drop', 'hang'] as const satisfies readonly UpgradeRule[];

export class UpgradeProxy {
  rule: UpgradeRule;
  /** Whether streams of events may begin. */
  carriesStreams = true;
  upgrades = 0;
  /** Answers that go on: streams of events. */
  streams = 0;
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Duplex>();

  private constructor(target: string, rule: UpgradeRule) {
    this.rule = rule;
    this.#target = new URL(target);
    this.#server = createServer((incoming, response) => this.#pass(incoming, response));
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('upgrade', (incoming, socket, head) => this.#upgrade(incoming, socket, head));
  }

  static async start(target: string, rule: UpgradeRule): Promise<UpgradeProxy> {
    const proxy = new UpgradeProxy(target, rule);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** What the relay calls itself: its pages are the proxy's. */
  #headers(incoming: IncomingMessage): Record<string, string | string[] | undefined> {
    const { connection: _connection, ...headers } = incoming.headers;
    return headers;
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    if (!this.carriesStreams && /\/(stream|presence|feeds)$/.test(incoming.url ?? '')) {
      response.destroy();
      return;
    }
    const { hostname, port } = this.#target;
    const options = {
      hostname,
      port,
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: this.#headers(incoming),
      agent: false as const,
    };
    const forwarded = request(options);
    forwarded.on('response', (answer) => {
      const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, headers);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
      if (headers['content-type']?.startsWith('text/event-stream')) {
        this.streams++;
        response.on('close', () => this.streams--);
      }
      answer.on('close', () => {
        if (!answer.complete) response.destroy();
      });
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.upgrades++;
    switch (this.rule) {
      case 'refuse':
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
      case 'drop':
        socket.destroy();
        return;
      case 'hang':
        return;
      case 'accept and keep silent': {
        const key = `${incoming.headers['sec-websocket-key']}${WEBSOCKET_GUID}`;
        const accept = createHash('sha1').update(key).digest('base64');
        const [protocol] = (incoming.headers['sec-websocket-protocol'] ?? '').split(',');
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
        );
        return;
      }
      case 'pass':
        this.#join(incoming, socket, head);
    }
  }

  #join({ url, headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const relay = connect(Number(this.#target.port), this.#target.hostname);
    this.#keep(relay);
    relay.on('close', () => socket.destroy());
    socket.on('close', () => relay.destroy());
    const lines = Object.entries(headers).flatMap(([name, value]) => [value ?? ''].flat().map((each) => `${name}: ${each}`));
    relay.write(`GET ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    relay.write(head);
    relay.pipe(socket);
    socket.pipe(relay);
  }
}

/** RFC 6455, section 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
