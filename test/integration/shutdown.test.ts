import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { until } from '../support/condition';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays, RelayDidNotStart, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endRawClients();
  endStockClients();
  await endRelays();
});

/** Types letters that nobody else types, one update each, and is told how many are saved. */
class Writer {
  readonly client: RawClient;
  readonly typed: string[] = [];
  readonly #doc = new Y.Doc();
  readonly #firstLetter: number;

  private constructor(client: RawClient, index: number) {
    this.client = client;
    this.#firstLetter = 0x4e00 + index * 2_000;
    this.#doc.on('update', (update: Uint8Array) => client.send({ type: 'update', update }));
  }

  static async in(relay: RelayProcess, index: number): Promise<Writer> {
    const client = new RawClient(`${relay.webSocketAddress}/busy`, { protocols: ['weft.v1'] });
    return new Writer(await client.joined(), index);
  }

  get saved(): number {
    const last = this.client.frames.findLast(({ type }) => type === 'progress');
    return last?.type === 'progress' ? last.saved : 0;
  }

  type(): void {
    const letter = String.fromCodePoint(this.#firstLetter + (this.typed.length % 2_000));
    this.typed.push(letter);
    const content = this.#doc.getText('content');
    content.insert(content.length, letter);
  }
}

describe('SIGTERM', () => {
  it('under load ends with 0 within ten seconds, and everything that was called saved is there afterwards', async () => {
    const relay = await startRelayProcess();
    const writers = await Promise.all(Array.from({ length: 10 }, (_, index) => Writer.in(relay, index)));
    const typing = setInterval(() => {
      for (const writer of writers) writer.type();
    }, 5);
    await until('there is load', () => writers.every(({ saved }) => saved > 50), 20_000);
    const began = performance.now();
    const stopping = relay.stop();
    await until('everybody is told', () => writers.every(({ client }) => client.closed !== undefined), 10_000);
    clearInterval(typing);
    expect(await stopping).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    for (const { client } of writers) expect(client.closed).toEqual({ code: 1012, reason: REJECTIONS.restarting.reason });

    // Nobody who could bring edits back is there: what does the disk say of what each was told?
    const again = await relay.startAgain();
    const reader = await new StockClient(again.webSocketAddress, 'busy').synced();
    const kept = new Set(reader.text);
    const saved = writers.flatMap(({ typed, saved: count }) => typed.slice(0, count));
    expect(saved.length).toBeGreaterThan(500);
    expect(saved.filter((letter) => !kept.has(letter))).toEqual([]);
    expect(kept.size).toBe(reader.text.length);
  });

  it('tells clients that understand it to come back, and stock clients come back by themselves', async () => {
    const relay = await startRelayProcess();
    const stock = await new StockClient(relay.webSocketAddress, 'paper').synced();
    const ours = await new RawClient(`${relay.webSocketAddress}/paper`, { protocols: ['weft.v1'] }).joined();
    expect(await relay.stop()).toBe(0);
    expect(ours.frames).toContainEqual({ type: 'notice', notice: { type: 'draining', backInMs: 1_000 } });
    await until('the stock client is told', () => stock.closes.length > 0);
    expect(stock.closes[0]?.code).toBe(1012);
    expect(stock.provider.shouldConnect).toBe(true);
    await relay.startAgain();
    await until('it is back', () => stock.connections === 2);
  });
});

describe('a relay that cannot start says why in one sentence, and ends', () => {
  it('when its port is in use', async () => {
    const relay = await startRelayProcess();
    const error = await startRelayProcess({ port: relay.port }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RelayDidNotStart);
    if (!(error instanceof RelayDidNotStart)) return;
    expect(error.exitCode).toBeGreaterThan(0);
    expect(error.stdout).toBe('');
    expect(error.stderr).toContain(`Port ${relay.port} on 127.0.0.1 is in use`);
    expect(error.stderr).toContain('--port');
    expect(error.stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['203.0.113.7', 'has no address 203.0.113.7'],
    ['no-such-name.invalid', 'No machine is called no-such-name.invalid'],
  ])('when its host is %s', async (host, sentence) => {
    const error = await startRelayProcess({ flags: ['--host', host] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RelayDidNotStart);
    expect(error instanceof RelayDidNotStart && error.exitCode).toBeGreaterThan(0);
    expect(error instanceof RelayDidNotStart ? error.stderr : '').toContain(sentence);
    expect(error instanceof RelayDidNotStart ? error.stderr : '').not.toMatch(/\n\s+at /);
  });
});

describe('the address that is printed', () => {
  it.each(['0.0.0.0', '::'])('for %s is one that opens on this machine', async (host) => {
    const relay = await startRelayProcess({ flags: ['--host', host] });
    expect(relay.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${relay.address}/health`)).status).toBe(200);
  });
});
