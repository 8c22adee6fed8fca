import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { MemoryStore } from '../../server/storage/memory-store';
import type { Frame } from '../../src/shared/protocol/frames';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { endRawClients, RawClient } from '../support/raw-client';
import { type RelayInProcess, startRelayInProcess } from '../support/relay-in-process';
import { endStockClients, StockClient } from '../support/stock-client';
import { type Disk, UnsteadyStore } from '../support/unsteady-store';

const DOCUMENT = 'paper' as DocumentId;

afterEach(() => {
  endRawClients();
  endStockClients();
});

/** One of ours that types, and says everything again when it comes back. */
class Writer {
  readonly doc = new Y.Doc();
  readonly #relay: RelayInProcess;
  client: RawClient;
  #sent = 0;

  private constructor(relay: RelayInProcess) {
    this.#relay = relay;
    this.client = this.#connect();
    this.doc.on('update', (update: Uint8Array) => {
      this.client.send({ type: 'update', update });
      this.#sent++;
    });
  }

  static async joined(relay: RelayInProcess): Promise<Writer> {
    const writer = new Writer(relay);
    await writer.#synced();
    return writer;
  }

  type(text: string): void {
    const content = this.doc.getText('content');
    content.insert(content.length, text);
  }

  async comeBack(): Promise<void> {
    await this.client.ended();
    this.#sent = 0;
    this.client = this.#connect();
    await this.#synced();
  }

  /** What the relay says of this connection's writing frames. */
  get progress(): { readonly received: number; readonly saved: number } {
    const told = this.client.frames.filter((frame): frame is Frame & { type: 'progress' } => frame.type === 'progress');
    return { received: told.at(-1)?.received ?? 0, saved: told.at(-1)?.saved ?? 0 };
  }

  get sent(): number {
    return this.#sent;
  }

  async received(): Promise<void> {
    await until('the relay has all that was sent', () => this.progress.received === this.#sent);
  }

  #connect(): RawClient {
    const url = `${this.#relay.webSocketAddress}/${DOCUMENT}`;
    return new RawClient(url, {
      protocols: ['weft.v1'],
      answer: () => {
        this.#sent++;
        return Y.encodeStateAsUpdate(this.doc);
      },
    });
  }

  async #synced(): Promise<void> {
    await this.client.joined();
    await until('our sync-reply was asked for', () => this.#sent > 0);
  }
}

async function textOn(disk: Disk): Promise<string> {
  const stored = await disk.load(DOCUMENT);
  const doc = new Y.Doc();
  for (const update of [...(stored?.snapshot === undefined ? [] : [stored.snapshot]), ...(stored?.tail ?? [])]) Y.applyUpdate(doc, update);
  return doc.getText('content').toString();
}

describe('over real sockets, nothing is called saved that is not on the disk', () => {
  it('while a commit takes its time, and others type beside', async () => {
    const [disk, relay, store] = await unsteadyRelay();
    const writer = await Writer.joined(relay);
    const stock = await new StockClient(relay.webSocketAddress, DOCUMENT).synced();
    writer.type('mine');
    await writer.received();
    await until('the commit is under way', () => store.waiting === 1);
    stock.type(' theirs');
    await until('the other edit came', () => writer.client.count('update') > 0);
    // The sync-reply brought nothing, and nothing was under way then; the edit after it is on no disk.
    expect(writer.progress.saved).toBeLessThan(writer.sent);
    expect(await textOn(disk)).toBe('');
    store.steadyFromNow();
    await until('it is saved', () => writer.progress.saved === writer.sent);
    expect(await textOn(disk)).toContain('mine');
  });

  it.each(['fails', 'fails after writing'] as const)('when a commit %s, and after a reconnect in between', async (outcome) => {
    const [disk, relay, store] = await unsteadyRelay();
    const writer = await Writer.joined(relay);
    const stock = await new StockClient(relay.webSocketAddress, DOCUMENT).synced();
    writer.type('kept');
    await until('the commit is under way', () => store.waiting === 1);
    store.finish(outcome);
    await until('ours is told that saving fails', () =>
      writer.client.frames.some((frame) => frame.type === 'notice' && frame.notice.type === 'storage' && frame.notice.failing),
    );
    await stock.shows('kept');
    relay.cut();
    await writer.comeBack();
    // All that it brings is known at the relay, and still on no disk that anybody may rely on.
    await writer.received();
    expect(writer.progress.saved).toBe(0);
    await until('the stock client is back', () => stock.connections === 2 && stock.provider.synced);
    stock.type(' on');
    writer.type('!');
    await writer.received();
    expect(writer.progress.saved).toBe(0);
    await until('it is tried again', () => store.waiting === 1);
    expect(writer.progress.saved).toBe(0);
    store.finish('works');
    await until('what came before the cut is saved, and the rest is under way', () => store.waiting === 1);
    expect(writer.progress.saved).toBeLessThan(writer.sent);
    store.steadyFromNow();
    await until('everything is saved', () => writer.progress.saved === writer.sent);
    const onDisk = await textOn(disk);
    expect(onDisk).toContain('kept');
    expect(onDisk).toContain('!');
    expect(onDisk).toContain(' on');
  });

  it('in the order of the edits: a later commit never overtakes one that failed', async () => {
    const [disk, relay, store] = await unsteadyRelay();
    const writer = await Writer.joined(relay);
    for (const letter of 'abc') {
      writer.type(letter);
      await writer.received();
    }
    await until('the commit is under way', () => store.waiting === 1);
    for (let failure = 0; failure < 3; failure++) {
      store.finish('fails');
      await until('it is tried again', () => store.waiting === 1);
      expect([writer.progress.saved, await textOn(disk)]).toEqual([1, '']);
    }
    store.steadyFromNow();
    await until('everything is saved', () => writer.progress.saved === writer.sent);
    expect(await textOn(disk)).toBe('abc');
  });

  it('with a store that keeps nothing, nothing ever is', async () => {
    const store = new UnsteadyStore(new MemoryStore(), { durable: false });
    store.steady = true;
    const relay = await startRelayInProcess(store);
    const writer = await Writer.joined(relay);
    writer.type('gone soon');
    await writer.received();
    relay.cut();
    await writer.comeBack();
    writer.type('!');
    await writer.received();
    expect(writer.client.frames.filter((frame) => frame.type === 'progress' && frame.saved > 0)).toEqual([]);
  });
});

it('a stock client whose words do not fit, because a compaction failed, comes back, and loses none of them', async () => {
  const store = new UnsteadyStore();
  store.steady = true;
  const replaceUpTo = store.replaceUpTo.bind(store);
  store.replaceUpTo = () => {
    store.replaceUpTo = replaceUpTo;
    return Promise.reject(new Error('no space left'));
  };
  const relay = await startRelayInProcess(store, { documentBytes: 4_096 });
  const stock = await new StockClient(relay.webSocketAddress, DOCUMENT).synced();
  const other = await new StockClient(relay.webSocketAddress, DOCUMENT).synced();
  stock.type('x'.repeat(2_500));
  stock.content.delete(0, 2_400);
  stock.type('y'.repeat(2_000));
  await other.shows('x'.repeat(100) + 'y'.repeat(2_000));
  expect(stock.closes.map(({ code }) => code)).toEqual([REJECTIONS['no-room'].closeCode]);
  expect([stock.connections, other.connections]).toEqual([2, 1]);
});

async function unsteadyRelay(): Promise<readonly [Disk, RelayInProcess, UnsteadyStore]> {
  const disk = new MemoryStore();
  const store = new UnsteadyStore(disk);
  return [disk, await startRelayInProcess(store), store];
}
