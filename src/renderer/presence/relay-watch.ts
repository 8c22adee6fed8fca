/**
 * Watches who is in some documents of one relay, without opening them.
 *
 * R1  The relay is asked who it is before it hears a secret, and again whenever a stream was lost: a document that was met at
 *     another relay is not asked about here. Under links, what there is no key for is not asked about either: it would count
 *     as an attempt to get in.
 * R2  What is told is what the relay tells right now. A lost stream takes its people along, and the next one begins with
 *     everyone: to go on after the last event would leave open whether silence means that nothing happened.
 * R3  A relay that is not there is asked again after pauses that double, with jitter, for all its documents at once. What was
 *     refused is not asked for again with the same secret, nor after the next start: a list full of documents that are closed to
 *     this device would be as many wrong secrets each time.
 * R4  After `close` nothing is opened, asked or told.
 */
import type { Clock } from '../../shared/clock';
import type { RejectionName } from '../../shared/protocol/rejections';
import type { DocumentId, Health } from '../../shared/protocol/routes';
import type { Keyring } from '../documents/keyring';
import type { OpenStream, Stream, StreamEnd } from '../streams/event-stream';
import { type Attendance, foldAttendance, NOBODY } from './attendance';

export interface RelayWatchParts {
  readonly openStream: OpenStream;
  /** `undefined` when no relay answers there. Ends by itself; never rejects. */
  lookUp(relay: string): Promise<Pick<Health, 'relay' | 'access'> | undefined>;
  readonly keyring: Pick<Keyring, 'find' | 'noteRefused'>;
  readonly clock: Clock;
  /** In [0, 1). */
  chance(): number;
}

export const FIRST_PAUSE_MS = 1_000;
export const LONGEST_PAUSE_MS = 120_000;
/** A stream that lived this long was no flash in the pan. */
const STEADY_MS = 30_000;

/** The relay's id for each document, as it was met. */
export type WantedDocuments = ReadonlyMap<DocumentId, string>;

interface Watched {
  readonly stream: Stream;
  readonly secret: string | undefined;
  readonly openedAt: number;
  /** `undefined` until the relay has said who is there. */
  attendance: Attendance | undefined;
}

export class RelayWatch {
  readonly #relay: string;
  readonly #parts: RelayWatchParts;
  readonly #onChange: () => void;
  readonly #watched = new Map<DocumentId, Watched>();
  readonly #refused = new Map<DocumentId, string | undefined>();
  #wanted: WantedDocuments = new Map();
  #isAsking = false;
  /** What is wanted has changed since. */
  #isAskingStale = false;
  #isClosed = false;
  #failures = 0;
  #callOffPause: (() => void) | undefined;

  constructor(relay: string, parts: RelayWatchParts, onChange: () => void) {
    this.#relay = relay;
    this.#parts = parts;
    this.#onChange = onChange;
  }

  /** Those of which the relay has said who is there. */
  *attendances(): Generator<readonly [DocumentId, Attendance]> {
    for (const [document, { attendance }] of this.#watched) if (attendance !== undefined) yield [document, attendance];
  }

  /** Of none: nothing is under way any more, but what was refused is still known. */
  want(documents: WantedDocuments): void {
    this.#wanted = documents;
    if (documents.size === 0) {
      this.#callOffPause?.();
      this.#callOffPause = undefined;
    }
    let isLess = false;
    for (const [document, { stream }] of this.#watched) {
      if (documents.has(document)) continue;
      stream.close();
      this.#watched.delete(document);
      isLess = true;
    }
    if (isLess) this.#onChange();
    void this.#tend();
  }

  close(): void {
    this.#isClosed = true;
    this.#callOffPause?.();
    for (const { stream } of this.#watched.values()) stream.close();
    this.#watched.clear();
  }

  get #missing(): readonly DocumentId[] {
    return [...this.#wanted.keys()].filter((document) => !this.#watched.has(document));
  }

  async #tend(): Promise<void> {
    if (this.#isAsking) this.#isAskingStale = true;
    if (this.#isClosed || this.#isAsking || this.#callOffPause !== undefined || this.#missing.length === 0) return;
    this.#isAsking = true;
    this.#isAskingStale = false;
    const there = await this.#parts.lookUp(this.#relay);
    const secrets = there?.access === 'links' ? await this.#findSecrets() : undefined;
    this.#isAsking = false;
    if (this.#isClosed || this.#missing.length === 0) return;
    if (there === undefined) this.#pause();
    else if (this.#isAskingStale) void this.#tend();
    else this.#openMissing(there, secrets);
  }

  /** @param secrets `undefined` under open access. */
  #openMissing({ relay }: Pick<Health, 'relay'>, secrets: ReadonlyMap<DocumentId, string> | undefined): void {
    for (const document of this.#missing) {
      const secret = secrets?.get(document);
      const isOfThisRelay = this.#wanted.get(document) === relay;
      const isAllowed = secrets === undefined || secret !== undefined;
      const wasRefused = this.#refused.has(document) && this.#refused.get(document) === secret;
      if (isOfThisRelay && isAllowed && !wasRefused) this.#open(document, secret);
    }
  }

  async #findSecrets(): Promise<ReadonlyMap<DocumentId, string>> {
    const secrets = new Map<DocumentId, string>();
    for (const document of this.#missing) {
      const key = await this.#parts.keyring.find({ relay: this.#relay, document }).catch(() => undefined);
      // The relay has not heard of an unclaimed one.
      if (key !== undefined && !key.isUnclaimed && key.isRefused !== true) secrets.set(document, key.secret);
    }
    return secrets;
  }

  #open(document: DocumentId, secret: string | undefined): void {
    const { openStream, clock } = this.#parts;
    const stream = openStream(
      { relay: this.#relay, document, kind: 'presence', secret, reader: undefined, lastEventId: undefined },
      {
        onEvent: (type, data) => this.#take(document, type, data),
        onEnd: (end) => this.#end(document, end),
      },
    );
    this.#watched.set(document, { stream, secret, openedAt: clock.now(), attendance: undefined });
  }

  #take(document: DocumentId, type: string, data: string): void {
    const watched = this.#watched.get(document);
    if (watched === undefined) return;
    if (this.#parts.clock.now() - watched.openedAt >= STEADY_MS) this.#failures = 0;
    // Before it has said who is there, it says nothing that could be folded.
    if (watched.attendance === undefined && type !== 'people') return;
    const attendance = foldAttendance(watched.attendance ?? NOBODY, type, data);
    if (attendance === undefined) {
      watched.stream.close();
      this.#end(document, { type: 'lost', reason: 'The relay sent something unreadable.' });
    } else if (attendance !== watched.attendance) {
      watched.attendance = attendance;
      this.#onChange();
    }
  }

  #end(document: DocumentId, end: StreamEnd): void {
    const watched = this.#watched.get(document);
    if (watched === undefined) return;
    this.#watched.delete(document);
    if (end.type === 'refused') this.#noteRefused(document, watched.secret, end.error);
    else this.#pause();
    if (watched.attendance !== undefined) this.#onChange();
  }

  /** R3 */
  #noteRefused(document: DocumentId, secret: string | undefined, error: string): void {
    this.#refused.set(document, secret);
    if (secret === undefined || error !== ('unauthorized' satisfies RejectionName)) return;
    this.#parts.keyring.noteRefused({ relay: this.#relay, document }, secret).catch(() => {
      console.info('That a key opens nothing any more cannot be kept on this device.');
    });
  }

  #pause(): void {
    if (this.#isClosed || this.#callOffPause !== undefined) return;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
    // At least half of it: nobody comes back at once for ever.
    this.#callOffPause = this.#parts.clock.after((longest / 2) * (1 + this.#parts.chance()), () => {
      this.#callOffPause = undefined;
      void this.#tend();
    });
  }
}
