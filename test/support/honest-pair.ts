import { until } from './condition';
import { RawClient } from './raw-client';
import type { RelayProcess } from './relay-process';
import { StockClient } from './stock-client';

/** Two people who write together while somebody else misbehaves, and must notice nothing of it. */
export class HonestPair {
  readonly first: StockClient;
  readonly second: StockClient;
  readonly #relay: RelayProcess;

  private constructor(relay: RelayProcess, document: string) {
    this.#relay = relay;
    this.first = new StockClient(relay.webSocketAddress, document, { name: 'Ada' });
    this.second = new StockClient(relay.webSocketAddress, document, { name: 'Grace' });
  }

  static async in(relay: RelayProcess, document: string): Promise<HonestPair> {
    const pair = new HonestPair(relay, document);
    await Promise.all([pair.first.synced(), pair.second.synced()]);
    return pair;
  }

  /** Both still write and read, on the connections that they had. */
  async stillWork(): Promise<void> {
    if (!this.#relay.isRunning) throw new Error(`the relay is gone: ${this.#relay.stderr}`);
    for (const [writer, reader] of [
      [this.first, this.second],
      [this.second, this.first],
    ] as const) {
      writer.type('.');
      await reader.shows(writer.text, 5_000);
    }
    const connections = this.first.connections + this.second.connections;
    if (connections !== 2) throw new Error(`the honest pair had to connect ${connections} times`);
  }
}

/**
 * Resolves when everything that a document got so far is on disk: an update that says nothing new counts as saved only
 * after every commit that was under way.
 */
export async function untilSaved(relay: RelayProcess, document: string): Promise<void> {
  const client = await new RawClient(`${relay.webSocketAddress}/${document}`, { protocols: ['weft.v1'] }).joined();
  client.send({ type: 'update', update: Uint8Array.of(0, 0) });
  await until('everything is saved', () => client.frames.some((frame) => frame.type === 'progress' && frame.saved >= 1));
  client.destroy();
}
