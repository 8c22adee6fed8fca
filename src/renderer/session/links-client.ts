/**
 * What the owner of a document does at its relay: looks after its links, and deletes it.
 *
 * R1  The owner's secret goes to the relay that the document lives at and to no other: who is there is asked first.
 * R2  Whatever goes wrong is one sentence for a person; no secret is in one, whatever a relay answers.
 * R3  An answer that cannot be read (links-answers.ts) is a failure, never half a list.
 * R4  The secret of a new link is kept on this device, for the relay says it this once; where that fails, it is said.
 * R5  Every request ends: by its answer, or after a while without one.
 */
import { cleanName } from '../../shared/protocol/presence';
import { REJECTIONS } from '../../shared/protocol/rejections';
import {
  documentResource,
  type Link,
  type LinkChange,
  type LinkDraft,
  linkPath,
  linksPath,
  type NewLink,
} from '../../shared/protocol/sharing';
import type { Clock } from '../documents/clock';
import type { KeyPlace, Keyring } from '../documents/keyring';
import { NOT_REACHED } from '../streams/no-relay';
import { readJson } from '../streams/read-json';
import { readLink, readLinks, readNewLink } from './links-answers';
import { lookUpRelay } from './relay-lookup';

/** More than all the links that a document may have, with everybody who came by them. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** How long a relay may take for one request. */
export const LONGEST_ANSWER_MS = 15_000;

export interface MadeLink extends NewLink {
  /** False where this device keeps nothing: then it has to be copied now. */
  readonly isKept: boolean;
}

/** All of it rejects with a {@link SharingFailure}. */
export interface DocumentLinks {
  /** Oldest first, revoked ones too. */
  list(): Promise<readonly Link[]>;
  add(draft: LinkDraft): Promise<MadeLink>;
  change(link: string, change: LinkChange): Promise<Link>;
  /** Revokes it, and forgets it with everyone who came by it. */
  remove(link: string): Promise<void>;
  /** By the link's id, of links that this device made; empty where it keeps nothing. */
  secrets(): Promise<ReadonlyMap<string, string>>;
  /** The document is gone from its relay: text, links and connections. */
  deleteDocument(): Promise<void>;
}

export type FailureKind =
  /** Nothing was done, as far as anybody knows; the same may be tried again. */
  | 'unreachable'
  /** The relay does not take this device for the owner. */
  | 'refused'
  /** It is not there any more. */
  | 'gone'
  | 'failed';

/** Why it was not done; the message is one sentence for a person. */
export class SharingFailure extends Error {
  override readonly name = 'SharingFailure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, sentence: string) {
    super(sentence);
    this.kind = kind;
  }
}

export interface LinksClientOptions {
  readonly place: KeyPlace;
  /** The relay that the document lives at; `undefined` as long as it was never reached. */
  readonly relayId: () => string | undefined;
  /** What this device gets in by now. */
  readonly secret: () => string | undefined;
  readonly keyring: Pick<Keyring, 'linkSecrets' | 'keepLinkSecret'>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

interface Question<T> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** `undefined` when the answer is of no known shape. */
  read(body: unknown): T | undefined;
}

const DONE = () => true as const;

export class LinksClient implements DocumentLinks {
  readonly #options: LinksClientOptions;

  constructor(options: LinksClientOptions) {
    this.#options = options;
  }

  list(): Promise<readonly Link[]> {
    return this.#ask({ method: 'GET', path: linksPath(this.#document), read: readLinks });
  }

  async add(draft: LinkDraft): Promise<MadeLink> {
    const made = await this.#ask({ method: 'POST', path: linksPath(this.#document), body: draft, read: readNewLink });
    const { keyring, place } = this.#options;
    const isKept = await keyring.keepLinkSecret(place, made.link.id, made.secret).then(
      () => true,
      () => false,
    );
    return { ...made, isKept };
  }

  change(link: string, change: LinkChange): Promise<Link> {
    return this.#ask({ method: 'PATCH', path: linkPath(this.#document, link), body: change, read: readLink });
  }

  async remove(link: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: linkPath(this.#document, link), read: DONE });
  }

  async secrets(): Promise<ReadonlyMap<string, string>> {
    const { keyring, place } = this.#options;
    return await keyring.linkSecrets(place).catch(() => new Map<string, string>());
  }

  async deleteDocument(): Promise<void> {
    await this.#ask({ method: 'DELETE', path: documentResource(this.#document), read: DONE });
  }

  get #document() {
    return this.#options.place.document;
  }

  async #ask<T>(question: Question<T>): Promise<T> {
    const ending = new AbortController();
    const cancel = this.#options.clock.after(LONGEST_ANSWER_MS, () => ending.abort());
    try {
      return await this.#answered(question, await this.#knownRelay(ending.signal), ending.signal);
    } finally {
      cancel();
    }
  }

  /** R1. Resolves with the secret once it may be said. */
  async #knownRelay(signal: AbortSignal): Promise<string> {
    const { place, relayId, secret, fetch } = this.#options;
    const expected = relayId();
    if (expected === undefined)
      throw new SharingFailure('unreachable', 'The relay has not heard of this document yet; try again once it is connected.');
    const lookup = await lookUpRelay(place.relay, { fetch, signal });
    if (lookup.type === 'not-found') throw new SharingFailure('unreachable', signal.aborted ? NO_ANSWER : lookup.reason);
    if (lookup.health.relay !== expected) throw new SharingFailure('unreachable', STRANGER);
    const known = secret();
    if (known === undefined)
      throw new SharingFailure('unreachable', 'The document is not connected to its relay right now; try again once it is.');
    return known;
  }

  async #answered<T>({ method, path, body, read }: Question<T>, secret: string, signal: AbortSignal): Promise<T> {
    const { place, fetch } = this.#options;
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(`${place.relay}${path}`, {
        method,
        signal,
        headers: { Authorization: `Bearer ${secret}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: 'no-store',
        credentials: 'omit',
        // Wherever it may point to, the secret is not for there.
        redirect: 'error',
      });
      answer = response.status === 204 ? undefined : await readJson(response, LARGEST_ANSWER);
    } catch {
      throw new SharingFailure('unreachable', signal.aborted ? NO_ANSWER : NOT_REACHED);
    }
    if (signal.aborted) throw new SharingFailure('unreachable', NO_ANSWER);
    if (!response.ok) throw failureOf(response.status, answer, secret);
    const result = read(answer);
    if (result === undefined) throw new SharingFailure('failed', 'The relay answers something that this app cannot read; update the app.');
    return result;
  }
}

const NO_ANSWER = 'The relay does not answer; try again in a moment.';
const STRANGER = 'Another relay answers at this address now, and was told nothing; ask whoever runs it.';
const NOT_THE_OWNER = 'The relay does not know this device as the owner’s any more; open the document by your own link again.';

function failureOf(status: number, answer: unknown, secret: string): SharingFailure {
  switch (status) {
    case 400:
      return new SharingFailure('failed', relaysOwnReason(answer, secret) ?? REJECTIONS.malformed.reason);
    case 401:
    case 403:
      return new SharingFailure('refused', NOT_THE_OWNER);
    case 404:
      return new SharingFailure('gone', 'It is not there any more; open this dialog again to see what there is.');
    case 429:
      return new SharingFailure('failed', 'That was too often for the relay; try again in a minute.');
    default:
      return new SharingFailure('failed', 'The relay cannot do that right now; try again soon.');
  }
}

/** R2: a sentence from elsewhere, so it is bounded, one line, and has nothing in it that was not to be seen. */
function relaysOwnReason(answer: unknown, secret: string): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('reason' in answer) || typeof answer.reason !== 'string') return undefined;
  const { reason } = answer;
  if (reason.length > LONGEST_REASON || reason.includes(secret)) return undefined;
  return reason === '' ? undefined : oneLine(reason);
}

/** Characters. */
const LONGEST_REASON = 200;

/** As names are cleaned, in pieces, for names are shorter. */
function oneLine(text: string): string {
  return text
    .split(/\s+/u)
    .map(cleanName)
    .filter((word) => word !== '')
    .join(' ');
}
