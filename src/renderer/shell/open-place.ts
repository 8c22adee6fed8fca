/**
 * What fills the window: one document at a time, opened and left.
 *
 * R1  A document is left only after its session is closed: until then its text may not be in the offline copy.
 * R2  Whoever opens another document while one is opening gets the last one; the others are closed.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { People } from '../presence/people';
import type { DocumentSession } from '../session/document-session';
import type { FirstContent } from '../session/first-content';
import type { ShellParts } from './parts';
import { rememberDocument } from './remember-document';
import { hideSecret } from './secret-in-page';

export type Place =
  | { readonly type: 'home' }
  | { readonly type: 'opening'; readonly address: DocumentAddress }
  | { readonly type: 'document'; readonly session: DocumentSession; readonly people: People }
  | { readonly type: 'failed'; readonly address: DocumentAddress; readonly reason: string };

export interface PlaceWatcher {
  /** With each session, before it is shown. */
  onOpened(session: DocumentSession): void;
  /** With those who are in it. Returns its own end. */
  watchPeople(people: People): () => void;
}

export class OpenPlace {
  readonly #parts: ShellParts;
  readonly #watcher: PlaceWatcher;
  readonly #place = signal<Place>({ type: 'home' });
  #leaving: Promise<void> = Promise.resolve();
  /** Of what goes on beside the open document. */
  #endBeside: () => void = () => undefined;
  #turn = 0;

  constructor(parts: ShellParts, watcher: PlaceWatcher) {
    this.#parts = parts;
    this.#watcher = watcher;
  }

  get current(): ReadonlySignal<Place> {
    return this.#place;
  }

  /** Of the document that is open, or is to be. */
  get address(): DocumentAddress | undefined {
    const place = this.#place.peek();
    if (place.type === 'home') return undefined;
    return place.type === 'document' ? place.session.address : place.address;
  }

  async show(address: DocumentAddress, first?: FirstContent): Promise<void> {
    const turn = ++this.#turn;
    await this.leave();
    if (turn !== this.#turn) return;
    this.#place.value = { type: 'opening', address };
    try {
      const session = await this.#parts.openSession(address, first);
      if (turn === this.#turn) this.#settle(session);
      else await session.close();
    } catch (error) {
      if (turn === this.#turn)
        this.#place.value = { type: 'failed', address, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async goHome(): Promise<void> {
    this.#turn++;
    await this.leave();
    this.#place.value = { type: 'home' };
  }

  /** R1 */
  leave(): Promise<void> {
    const place = this.#place.peek();
    if (place.type === 'document') {
      place.people.stop();
      // First what was typed: when the page is going, what is begun after it may not come to pass.
      this.#leaving = place.session.close();
      this.#endBeside();
      this.#place.value = { type: 'opening', address: place.session.address };
    }
    return this.#leaving;
  }

  #settle(session: DocumentSession): void {
    this.#watcher.onOpened(session);
    const people = this.#parts.watchPeople(session.replica);
    const ends = [
      rememberDocument(this.#parts.recent, session, Date.now()),
      hideSecret(session, this.#parts.pageRelay),
      this.#watcher.watchPeople(people),
    ];
    this.#endBeside = () => {
      for (const end of ends) end();
    };
    this.#place.value = { type: 'document', session, people };
  }
}
