/** A session with its relay, its sockets and its device in the hands of a test: nothing happens but what the test says. */
import * as Y from 'yjs';
import { LOCAL_ORIGIN } from '../../src/renderer/documents/new-replica';
import type { Question } from '../../src/renderer/session/admission';
import {
  type DocumentSession,
  newDocumentSession,
  openDocumentSession,
  type SessionOptions,
} from '../../src/renderer/session/document-session';
import type { FirstContent } from '../../src/renderer/session/first-content';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { type FakeSocket, FakeSockets } from './fake-socket';
import { ManualClock } from './manual-clock';
import { MemoryStorage } from './memory-storage';
import { ModelRelay } from './model-relay';
import { below, randomFrom } from './random';

export const ORIGIN = 'http://relay.test';
export const DOCUMENT = 'a-document' as DocumentId;

/** A request that has not been answered. */
interface Request {
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  answer(response: Response): void;
}

export class SessionStage {
  readonly clock = new ManualClock();
  readonly storage = new MemoryStorage();
  readonly sockets = new FakeSockets();
  readonly relay = new ModelRelay();
  /** What the relay has. */
  readonly doc = new Y.Doc();
  relayId = 'r1';
  access: 'open' | 'links' = 'links';
  /** Asked and not answered, oldest first. */
  readonly requests: Request[] = [];
  /** Everything that was sent by HTTP, as text. */
  readonly sentByHttp: string[] = [];
  readonly #sessions: DocumentSession[] = [];
  readonly #random = randomFrom(1);
  #isHolding = false;

  /** @param first when it begins here. */
  async open(
    secret = '',
    first?: FirstContent,
    more: Partial<Pick<SessionOptions, 'onMisfit' | 'onClosed' | 'address'>> = {},
  ): Promise<DocumentSession> {
    const options: SessionOptions = {
      address: { relay: ORIGIN, document: DOCUMENT, secret },
      storage: this.storage,
      clock: this.clock,
      random: (bytes) => Uint8Array.from({ length: bytes }, () => below(this.#random, 256)),
      openSocket: this.sockets.open,
      me: () => ({ name: 'Ann', color: '#336699' }),
      fetch: (input, init) => this.#fetch(String(input), init ?? {}),
      ...more,
    };
    const session = await (first === undefined ? openDocumentSession(options) : newDocumentSession(options, first));
    this.#sessions.push(session);
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.splice(0)) await session.close();
  }

  /** From now on requests wait for {@link answer}. */
  hold(): void {
    this.#isHolding = true;
  }

  /** From now on requests are answered at once. */
  release(): void {
    this.#isHolding = false;
    for (const request of this.requests.splice(0)) request.answer(this.#answerTo(request.path));
  }

  /** Answers the oldest request, as the relay does or as the test says. */
  async answer(response?: Response): Promise<string> {
    const request = this.requests.shift();
    if (request === undefined) throw new Error('nothing was asked');
    request.answer(response ?? this.#answerTo(request.path));
    await this.clock.settle();
    return request.path.split(' ').slice(0, 2).join(' ');
  }

  /**
   * The newest socket opens and gets everything that the relay has.
   *
   * @param text of the document, if it has none yet.
   */
  async join(text = '', given?: FakeSocket): Promise<FakeSocket> {
    await this.clock.settle();
    const socket = given ?? this.sockets.last;
    if (socket.request.role === 'viewer') socket.transport = 'event-stream';
    socket.opens();
    const content = this.doc.getText('content');
    if (content.length === 0) content.insert(0, text);
    if (socket.request.role === 'editor') socket.says({ type: 'sync-request', stateVector: Y.encodeStateVector(this.doc) });
    socket.says({ type: 'sync-reply', update: Y.encodeStateAsUpdate(this.doc) });
    await this.clock.settle();
    return socket;
  }

  /** All that was sent so far is received, and saved. */
  async save(socket: FakeSocket = this.sockets.last): Promise<void> {
    const updates = updatesIn(socket);
    for (const update of updates) Y.applyUpdate(this.doc, update);
    const written = updates.length;
    socket.says({ type: 'progress', received: written, saved: written });
    await this.clock.settle();
  }

  async tellRole(role: 'editor' | 'viewer', socket: FakeSocket = this.sockets.last): Promise<void> {
    socket.says({ type: 'notice', notice: { type: 'role', role } });
    await this.clock.settle();
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const path = `${init.method ?? 'GET'} ${url.slice(ORIGIN.length)} ${headers.get('Authorization') ?? '-'} ${String(init.body ?? '')}`;
    this.sentByHttp.push(path);
    if (!this.#isHolding) return Promise.resolve(this.#answerTo(path));
    return new Promise((resolve, reject) => {
      const signal = init.signal ?? undefined;
      this.requests.push({ path, signal, answer: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  }

  #answerTo(request: string): Response {
    const [method, path, scheme, ...more] = request.split(' ');
    if (path === '/health') return Response.json(this.#health());
    const bearer = scheme === 'Bearer' ? more.shift() : undefined;
    const body = JSON.parse(more.join(' ') || '{}') as { secret?: string };
    const secret = bearer ?? '';
    const question: Question =
      method === 'GET'
        ? { type: 'look', secret }
        : path === '/documents'
          ? { type: 'claim', secret: body.secret ?? '', relayKey: bearer }
          : { type: 'exchange', link: secret, made: body.secret ?? '' };
    const answer = this.relay.answer(question);
    if (answer.type === 'member')
      return Response.json({ document: DOCUMENT, role: answer.role, isOwner: answer.isOwner, secret: answer.secret });
    return Response.json({ error: answer.type }, { status: answer.type === 'taken' ? 409 : 401 });
  }

  #health() {
    const creators = this.relay.relayKey === undefined ? 'anyone' : 'key';
    const limits = { documentBytes: 1e6 };
    return { status: 'ok', version: '1', checks: {}, limits, durable: true, relay: this.relayId, access: this.access, creators };
  }
}

export function type(session: DocumentSession, text: string): void {
  const { doc, content } = session.replica.current;
  doc.transact(() => content.insert(content.length, text), LOCAL_ORIGIN);
}

export const textOf = (session: DocumentSession) => session.replica.current.content.toString();
export const connectionOf = (session: DocumentSession) => session.status.current.connection.state;

/** The text that was sent to be written. */
export function textIn(socket: FakeSocket): string {
  const structs = updatesIn(socket).flatMap((update) => Y.decodeUpdate(update).structs);
  return structs.map((struct) => ('content' in struct && struct.content instanceof Y.ContentString ? struct.content.str : '')).join('');
}

function updatesIn(socket: FakeSocket): Uint8Array[] {
  return socket.sent.flatMap((frame) => (frame.type === 'update' || frame.type === 'sync-reply' ? [frame.update] : []));
}
