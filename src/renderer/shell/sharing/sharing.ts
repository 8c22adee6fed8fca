/**
 * The links of one document, while its owner looks at them.
 *
 * R1  “Copy” makes a link at its first use and gives the same one from then on, however often and fast it is pressed.
 * R2  Only what the relay confirmed is shown as done.
 * R3  A list that was asked for before something changed does not take the place of what is known since.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Role } from '../../../shared/protocol/roles';
import type { Link, LinkChange, LinkDraft } from '../../../shared/protocol/sharing';
import { type DocumentLinks, type FailureKind, SharingFailure } from '../../session/links-client';
import { plainLink } from './share-view';

export type LinksState =
  | { readonly type: 'loading' }
  /** `trouble`: one sentence why the list could not be brought up to date. */
  | { readonly type: 'ready'; readonly links: readonly Link[]; readonly trouble: string | undefined }
  | { readonly type: 'failed'; readonly kind: FailureKind; readonly reason: string };

/** A link with what is needed to hand it on. */
export interface CopyableLink {
  readonly link: Link;
  readonly secret: string;
}

export class Sharing {
  readonly #client: DocumentLinks;
  readonly #links = signal<LinksState>({ type: 'loading' });
  readonly #secrets = signal<ReadonlyMap<string, string>>(new Map());
  /** One after the other: the second use of “copy” finds what the first one made. */
  readonly #making = new Map<Role, Promise<CopyableLink>>();
  #loading: Promise<void> = Promise.resolve();
  /** Rise with each question for the list, and with each change. */
  #questions = 0;
  #changes = 0;

  constructor(client: DocumentLinks) {
    this.#client = client;
  }

  get links(): ReadonlySignal<LinksState> {
    return this.#links;
  }

  /** Of links that this device can copy, by the link's id. */
  get secrets(): ReadonlySignal<ReadonlyMap<string, string>> {
    return this.#secrets;
  }

  /** Asks for the list, at first or again. */
  load(): Promise<void> {
    this.#loading = this.#load();
    return this.#loading;
  }

  /** R1 */
  plain(role: Role): Promise<CopyableLink> {
    const making = this.#making.get(role) ?? this.#plain(role).finally(() => this.#making.delete(role));
    this.#making.set(role, making);
    return making;
  }

  async make(draft: LinkDraft): Promise<CopyableLink> {
    const { link, secret } = await this.#client.add(draft);
    // Also where the device keeps nothing: as long as this is open, it can be copied.
    this.#secrets.value = new Map(this.#secrets.peek()).set(link.id, secret);
    this.#change((links) => [...links, link]);
    return { link, secret };
  }

  async change(id: string, change: LinkChange): Promise<void> {
    const changed = await this.#client.change(id, change);
    this.#change((links) => links.map((link) => (link.id === id ? changed : link)));
  }

  async remove(id: string): Promise<void> {
    await this.#client.remove(id).catch((error: unknown) => {
      if (!(error instanceof SharingFailure && error.kind === 'gone')) throw error;
    });
    this.#change((links) => links.filter((link) => link.id !== id));
  }

  async #load(): Promise<void> {
    const [question, changes] = [++this.#questions, this.#changes];
    try {
      const [links, secrets] = await Promise.all([this.#client.list(), this.#client.secrets()]);
      if (question !== this.#questions) return await this.#loading;
      if (changes !== this.#changes) return await this.load();
      // What was made here may be known here alone.
      this.#secrets.value = new Map([...secrets, ...this.#secrets.peek()]);
      this.#links.value = { type: 'ready', links, trouble: undefined };
    } catch (error) {
      if (question !== this.#questions) return await this.#loading;
      this.#fail(error);
    }
  }

  async #plain(role: Role): Promise<CopyableLink> {
    await this.#loading;
    const state = this.#links.peek();
    if (state.type === 'failed') throw new SharingFailure(state.kind, state.reason);
    const known = state.type === 'ready' ? plainLink(state.links, this.#secrets.peek(), role) : undefined;
    const secret = known === undefined ? undefined : this.#secrets.peek().get(known.id);
    return known === undefined || secret === undefined ? this.make({ role }) : { link: known, secret };
  }

  /** R3 */
  #change(change: (links: readonly Link[]) => readonly Link[]): void {
    this.#changes++;
    const state = this.#links.peek();
    if (state.type === 'ready') this.#links.value = { type: 'ready', links: change(state.links), trouble: undefined };
  }

  #fail(error: unknown): void {
    const { kind, message: reason } = error instanceof SharingFailure ? error : new SharingFailure('failed', String(error));
    const state = this.#links.peek();
    const isOld = state.type === 'ready' && kind === 'unreachable';
    this.#links.value = isOld ? { ...state, trouble: reason } : { type: 'failed', kind, reason };
  }
}
