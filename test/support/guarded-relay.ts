/** A relay with `--access links`, and what owners and guests do at it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as Y from 'yjs';
import type { Role } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { Joined, LinkDraft, NewDocument, NewLink } from '../../src/shared/protocol/sharing';
import { until } from './condition';
import { limitFlags } from './limit-flag';
import { RawClient, type RawClientOptions } from './raw-client';
import { type RelayProcess, type RelayProcessOptions, startRelayProcess } from './relay-process';

/** Tests come from one address, and many of them wrongly on purpose. */
const PATIENT = limitFlags({
  failuresPerMinute: 1_000_000,
  connectsPerMinute: 1_000_000,
  messagesPerSecond: 1_000_000,
  messagesBurst: 1_000_000,
});

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

/** Everything secret that any of them gave out: for looking whether it got anywhere in this one's. */
export const SECRETS_GIVEN = new Set<string>();

export class GuardedRelay {
  readonly process: RelayProcess;

  private constructor(process: RelayProcess) {
    this.process = process;
  }

  static async start({ flags = [], ...options }: RelayProcessOptions = {}): Promise<GuardedRelay> {
    return new GuardedRelay(await startRelayProcess({ flags: ['--access', 'links', '--log', 'debug', ...PATIENT, ...flags], ...options }));
  }

  async key(): Promise<string> {
    const key = (await readFile(join(this.process.data, 'relay-key'), 'utf8')).trim();
    SECRETS_GIVEN.add(key);
    return key;
  }

  async ask(method: string, path: string, secret?: string, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (secret !== undefined) headers.Authorization = `Bearer ${secret}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(`${this.process.address}${path}`, init);
    return { status: response.status, body: await response.text(), headers: response.headers };
  }

  /** An answer that may go on for ever: `look` sees its beginning, then it is cut. */
  async watch<Result>(path: string, secret: string | undefined, look: (response: Response) => Promise<Result>): Promise<Result> {
    const cut = new AbortController();
    const headers = secret === undefined ? {} : { Authorization: `Bearer ${secret}` };
    try {
      return await look(await fetch(`${this.process.address}${path}`, { headers, signal: cut.signal }));
    } finally {
      cut.abort();
    }
  }

  async create(secret?: string): Promise<NewDocument> {
    const made = await this.#json<NewDocument>('POST', '/documents', secret, {});
    SECRETS_GIVEN.add(made.secret);
    return made;
  }

  async link({ document, secret }: NewDocument, draft: LinkDraft): Promise<NewLink> {
    const made = await this.#json<NewLink>('POST', `/documents/${document}/links`, secret, draft);
    SECRETS_GIVEN.add(made.secret);
    return made;
  }

  async join(document: DocumentId, secret: string, name = 'Ada'): Promise<Joined> {
    const joined = await this.#json<Joined>('POST', `/documents/${document}/join`, secret, { name });
    SECRETS_GIVEN.add(joined.secret);
    return joined;
  }

  setRole({ document, secret }: NewDocument, link: string, role: Role): Promise<unknown> {
    return this.#json('PATCH', `/documents/${document}/links/${link}`, secret, { role });
  }

  revoke({ document, secret }: NewDocument, link: string): Promise<unknown> {
    return this.#json('PATCH', `/documents/${document}/links/${link}`, secret, { isRevoked: true });
  }

  /** With a text in it, saved. */
  async createWith(text: string): Promise<NewDocument> {
    const made = await this.create();
    if (text === '') return made;
    const client = await this.open(made.document, made.secret).joined();
    const doc = new Y.Doc();
    doc.getText('content').insert(0, text);
    client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) });
    await until('it is saved', () => client.frames.some((frame) => frame.type === 'progress' && frame.saved === 1));
    client.destroy();
    return made;
  }

  /** What the relay answers to somebody who has nothing: all that it holds, byte by byte. */
  async stateOf({ document, secret }: NewDocument): Promise<Uint8Array> {
    const reader = await this.open(document, secret).joined();
    const reply = reader.frames.find((frame) => frame.type === 'sync-reply');
    reader.destroy();
    if (reply?.type !== 'sync-reply') throw new Error('no answer');
    return reply.update;
  }

  /** Over a WebSocket, as a page would bring its secret. */
  open(document: DocumentId, secret: string | undefined, { protocols = ['weft.v1'], ...options }: RawClientOptions = {}): RawClient {
    const offered = secret === undefined ? protocols : [...protocols, `weft.secret.${secret}`];
    return new RawClient(`${this.process.webSocketAddress}/${document}`, { ...options, protocols: offered });
  }

  async #json<Result>(method: string, path: string, secret?: string, body?: unknown): Promise<Result> {
    const answer = await this.ask(method, path, secret, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} is ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as Result;
  }
}
