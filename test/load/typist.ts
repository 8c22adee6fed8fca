import * as Y from 'yjs';
import { LoadClient } from './load-client';

/**
 * Types one unmistakable character after the other into a document, at random places, through cuts and restarts; knows
 * which of them the relay has called saved. Characters are drawn from CJK ideographs, each used once in a whole run,
 * so “lost” and “doubled” can be read off a text.
 */
export class Typist {
  readonly doc = new Y.Doc();
  /** Everything typed so far. */
  readonly typed = new Set<string>();
  /** What the relay has called saved. */
  readonly saved = new Set<string>();
  readonly #nextCharacter: () => string;
  readonly #random: () => number;
  #client: LoadClient | undefined;
  /** Characters by the number of the writing frame that carried them, on this connection. */
  #underWay: { readonly frame: number; readonly characters: readonly string[] }[] = [];

  constructor(nextCharacter: () => string, random: () => number) {
    this.#nextCharacter = nextCharacter;
    this.#random = random;
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this || this.#client === undefined || !this.#client.isOpen || this.#client.sent === 0) return;
      this.#client.send({ type: 'update', update });
    });
  }

  get text(): string {
    return this.doc.getText('content').toString();
  }

  get client(): LoadClient {
    if (this.#client === undefined) throw new Error('not connected');
    return this.#client;
  }

  async connect(url: string): Promise<void> {
    this.#underWay = [];
    const client = new LoadClient(url, {
      stateVector: Y.encodeStateVector(this.doc),
      reply: () => (this.doc.store.clients.size === 0 ? Uint8Array.of(0, 0) : this.#everything(client)),
      onFrame: (frame) => {
        if (frame.type === 'sync-reply' || frame.type === 'update') Y.applyUpdate(this.doc, frame.update, this);
        else if (frame.type === 'progress') this.#noteSaved(frame.saved);
      },
    });
    this.#client = client;
    await client.joined();
    await client.until('our own sync-reply', () => client.sent > 0);
  }

  type(): void {
    const character = this.#nextCharacter();
    const text = this.doc.getText('content');
    this.typed.add(character);
    text.insert(Math.floor(this.#random() * (text.length + 1)), character);
    if (this.#client?.isOpen === true && this.#client.sent > 0) this.#underWay.push({ frame: this.#client.sent, characters: [character] });
  }

  async allSaved(): Promise<void> {
    await this.client.until('everything saved', () => this.client.saved === this.client.sent);
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #everything(client: LoadClient): Uint8Array {
    this.#underWay.push({ frame: client.sent + 1, characters: [...this.typed] });
    return Y.encodeStateAsUpdate(this.doc);
  }

  #noteSaved(saved: number): void {
    while (this.#underWay[0] !== undefined && this.#underWay[0].frame <= saved) {
      for (const character of this.#underWay.shift()?.characters ?? []) this.saved.add(character);
    }
  }
}
