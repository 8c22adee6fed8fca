/** One connected client: joins, answers, and looks at what arrives without understanding it. */
import { readVarUint } from './bytes.ts';
import { type Dialect, kindOf, type Speech, speechOf } from './dialect.ts';
import { RawSocket } from './raw-socket.ts';

export interface MemberOptions {
  readonly port: number;
  readonly dialect: Dialect;
  readonly document: string;
  /** What it has already; nothing unless told. */
  readonly stateVector?: Uint8Array;
  /** An update arrived; the bytes hold only during the call. */
  readonly onUpdate?: (bytes: Buffer, start: number, end: number) => void;
  /** A presence frame arrived. */
  readonly onPresence?: (bytes: Buffer, start: number, end: number) => void;
  /** The answer to what it asked when it joined. */
  readonly onReply?: (bytes: Buffer, start: number, end: number) => void;
}

const NOTHING = Uint8Array.of(0);
const EMPTY_UPDATE = Uint8Array.of(0, 0);

export class Member {
  readonly speech: Speech;
  readonly socket: RawSocket;
  /** Presence frames that arrived. */
  cursorFrames = 0;
  /** Writing frames: sent, and of those, on the relay's disk; only where the relay says so. */
  sent = 0;
  saved = 0;
  closedBecause: string | undefined;
  readonly whenJoined: Promise<void>;
  readonly #options: MemberOptions;
  #join: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #isLeaving = false;

  constructor(options: MemberOptions) {
    const { port, dialect, document } = options;
    this.#options = options;
    this.speech = speechOf(dialect, document);
    this.whenJoined = new Promise((resolve, reject) => {
      this.#join = resolve;
      this.#fail = reject;
    });
    this.socket = new RawSocket(
      { port, path: this.speech.path, protocol: this.speech.protocol },
      {
        opened: () => this.#greet(),
        received: (bytes, start, end) => this.#receive(bytes, start, end),
        closed: (reason) => this.#closed(reason),
      },
    );
  }

  write(update: Uint8Array): void {
    this.sent++;
    this.socket.send(this.speech.update(update));
  }

  showCursor(entries: Uint8Array): void {
    this.socket.send(this.speech.awareness(entries));
  }

  leave(): void {
    this.#isLeaving = true;
    this.socket.destroy();
  }

  #greet(): void {
    for (const message of this.speech.greeting(this.#options.stateVector ?? NOTHING)) this.socket.send(message);
    if (!this.speech.answers) this.#join();
  }

  #receive(bytes: Buffer, start: number, end: number): void {
    const at = start + this.speech.prefix;
    switch (kindOf(bytes, at)) {
      case 'update':
        this.#options.onUpdate?.(bytes, at, end);
        return;
      case 'awareness':
        this.cursorFrames++;
        this.#options.onPresence?.(bytes, at, end);
        return;
      case 'sync-request':
        this.sent++;
        this.socket.send(this.speech.syncReply(EMPTY_UPDATE));
        return;
      case 'sync-reply': {
        const [length, from] = readVarUint(bytes, at + 2);
        this.#options.onReply?.(bytes, from, from + length);
        this.#join();
        return;
      }
      case 'progress':
        [this.saved] = readVarUint(bytes, readVarUint(bytes, at + 1)[1]);
        return;
      case 'other':
        return;
    }
  }

  #closed(reason: string): void {
    if (this.#isLeaving) return;
    this.closedBecause = reason;
    this.#fail(new Error(`a client was cut off: ${reason}`));
  }
}

/** Lets clients in some at a time, as a relay would meet them on a busy morning. */
export async function joinAll(all: readonly MemberOptions[], atOnce = 64): Promise<Member[]> {
  const members: Member[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    const group = all.slice(from, from + atOnce).map((options) => new Member(options));
    await Promise.all(group.map((member) => member.whenJoined));
    members.push(...group);
  }
  return members;
}
