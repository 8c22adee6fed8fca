/** An HTTP proxy that loses, doubles and delays: each of these once, then as drawn from a seed. Streams of events go through it untouched. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { below, pick } from './random';

const FAULTS = ['none', 'none', 'none', 'request lost', 'answer lost', 'doubled', 'doubled, first answer', 'delayed'] as const;

export class LossyProxy {
  readonly counts = new Map<string, number>();
  readonly #server: Server;
  readonly #target: string;
  readonly #random: () => number;
  readonly #first = [...new Set(FAULTS)];

  private constructor(target: string, random: () => number) {
    this.#target = target;
    this.#random = random;
    this.#server = createServer((incoming, response) => void this.#pass(incoming, response));
  }

  static async start(target: string, random: () => number): Promise<LossyProxy> {
    const proxy = new LossyProxy(target, random);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.method === 'GET') {
      this.#passStream(incoming, response);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const fault = this.#first.pop() ?? pick(this.#random, FAULTS);
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    if (fault === 'request lost') {
      response.destroy();
      return;
    }
    if (fault === 'delayed') await new Promise((resolve) => setTimeout(resolve, below(this.#random, 15)));
    const answers = [this.#forward(incoming, body)];
    if (fault.startsWith('doubled')) answers.push(this.#forward(incoming, body));
    const [first, last] = [await answers[0], await answers.at(-1)];
    const answer = fault === 'doubled, first answer' ? first : last;
    if (fault === 'answer lost' || answer === undefined) response.destroy();
    else response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
  }

  #passStream(incoming: IncomingMessage, response: ServerResponse): void {
    const { connection: _connection, ...headers } = incoming.headers;
    const forwarded = request(`${this.#target}${incoming.url}`, { headers, agent: false });
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, { 'Content-Type': answer.headers['content-type'] ?? 'text/plain' });
      answer.pipe(response);
      answer.on('error', () => response.destroy());
      answer.on('close', () => response.destroy());
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    forwarded.end();
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<{ readonly status: number; readonly body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { host: _host, connection: _connection, 'transfer-encoding': _encoding, ...headers } = incoming.headers;
      const forwarded = request(`${this.#target}${incoming.url}`, {
        method: incoming.method ?? 'POST',
        headers: { ...headers, 'content-length': String(body.length) },
      });
      forwarded.on('response', async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) });
      });
      forwarded.on('error', reject);
      forwarded.end(body);
    });
  }
}
