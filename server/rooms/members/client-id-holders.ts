/**
 * Which open connection writes under which Yjs client id. Two connections that write under the same id make documents
 * differ with equal clocks, for ever; this keeps accidents away (a reconnecting client and its own half-open ghost). A
 * forging editor is answered by history, not here.
 *
 * R1  An id is held by the open connection that last advanced it.
 * R2  A connection may hold several ids; all are free when it leaves.
 */
import type { Advance } from '../updates/update-check';

export class ClientIdHolders<Holder> {
  readonly #holders = new Map<number, Holder>();
  readonly #held = new Map<Holder, Set<number>>();

  /** Someone else who holds one of the ids that would be advanced. */
  findOther(advances: readonly Advance[], writer: Holder): Holder | undefined {
    for (const { client } of advances) {
      const holder = this.#holders.get(client);
      if (holder !== undefined && holder !== writer) return holder;
    }
    return undefined;
  }

  take(advances: readonly Advance[], writer: Holder): void {
    for (const { client } of advances) {
      const before = this.#holders.get(client);
      if (before === writer) continue;
      if (before !== undefined) this.#held.get(before)?.delete(client);
      this.#holders.set(client, writer);
      const held = this.#held.get(writer);
      if (held === undefined) this.#held.set(writer, new Set([client]));
      else held.add(client);
    }
  }

  release(holder: Holder): void {
    for (const client of this.#held.get(holder) ?? []) this.#holders.delete(client);
    this.#held.delete(holder);
  }
}
