import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, describe, expect, it } from 'vitest';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { until } from '../support/condition';
import { below, randomFrom, seedFromEnvironment } from '../support/random';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays, RelayDidNotStart, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endRawClients();
  endStockClients();
  await endRelays();
});

describe('a relay with a flipped bit in its files', () => {
  it('refuses the document that has it, shows nothing empty, overwrites nothing, and keeps the others going', async () => {
    const random = randomFrom(seedFromEnvironment());
    const texts = { damaged: lettersThatDoNotCompress(random), whole: lettersThatDoNotCompress(random) };
    let relay = await startRelayProcess();
    for (const document of ['damaged', 'whole'] as const) {
      const ours = await new RawClient(`${relay.webSocketAddress}/${document}`, { protocols: ['weft.v1'] }).joined();
      const writer = await new StockClient(relay.webSocketAddress, document).synced();
      writer.type(texts[document]);
      await until('the edit went round', () => ours.count('update') > 0);
      writer.destroy();
      ours.destroy();
    }
    expect(await relay.stop()).toBe(0);
    const documents = join(relay.data, 'documents');
    await intoOneTable(documents);
    const mend = flipOneBit(documents, texts.damaged.slice(1_000, 1_040));

    relay = await relay.startAgain();
    for (const protocols of [['weft.v1'], ['weft.plain']]) {
      const refused = new RawClient(`${relay.webSocketAddress}/damaged`, { protocols });
      expect(await refused.ended()).toEqual({ code: 4500, reason: REJECTIONS.unreadable.reason });
      expect(refused.frames).toEqual([]);
    }
    const other = await new StockClient(relay.webSocketAddress, 'whole').synced();
    await other.shows(texts.whole);
    other.type(' and on');
    // Somebody who has the damaged document brings it: nothing of that is taken either.
    const insistent = new StockClient(relay.webSocketAddress, 'damaged');
    insistent.type('I have it');
    await until('the relay refused', () => insistent.closes.some(({ code }) => code === 4500));
    expect(insistent.provider.synced).toBe(false);
    insistent.destroy();
    expect((await fetch(`${relay.address}/health`)).status).toBe(200);
    other.destroy();
    expect(await relay.stop()).toBe(0);

    mend();
    relay = await relay.startAgain();
    await (await new StockClient(relay.webSocketAddress, 'damaged').synced()).shows(texts.damaged);
    await (await new StockClient(relay.webSocketAddress, 'whole').synced()).shows(`${texts.whole} and on`);
  });

  it('does not start when saved edits in the log cannot be read, says so, and changes no file', async () => {
    const relay = await startRelayProcess();
    const writer = await new StockClient(relay.webSocketAddress, 'paper').synced();
    for (let key = 0; key < 20; key++) {
      writer.type('k');
      await new Promise((resolve) => setImmediate(resolve));
    }
    writer.destroy();
    await relay.stop();
    const documents = join(relay.data, 'documents');
    const log = readdirSync(documents).find((name) => name.endsWith('.log')) ?? '';
    const bytes = readFileSync(join(documents, log));
    bytes[30] = (bytes[30] as number) ^ 4;
    writeFileSync(join(documents, log), bytes);
    const before = readdirSync(documents).sort();
    const error = await relay.startAgain().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RelayDidNotStart);
    if (!(error instanceof RelayDidNotStart)) return;
    expect(error.exitCode).toBe(1);
    expect(error.stderr.trim().split('\n')).toEqual([expect.stringContaining(`saved edits in its file ${log} cannot be read`)]);
    expect(readdirSync(documents).sort()).toEqual(before);
    expect(readFileSync(join(documents, log)).equals(bytes)).toBe(true);
  });
});

/** LevelDB compresses what it can; a flipped bit shall be one of this text. */
function lettersThatDoNotCompress(random: () => number): string {
  return Array.from({ length: 3_000 }, () => String.fromCharCode(33 + below(random, 94))).join('');
}

/** As LevelDB does by itself with what is older than its log. */
async function intoOneTable(documents: string): Promise<void> {
  const level = new ClassicLevel(documents);
  await level.compactRange('\0', '\uffff');
  await level.close();
}

/** Changes one bit in the text; returns a way to change it back. */
function flipOneBit(documents: string, text: string): () => void {
  for (const name of readdirSync(documents).filter((each) => each.endsWith('.ldb'))) {
    const file = join(documents, name);
    const whole = readFileSync(file);
    const at = whole.indexOf(text);
    if (at === -1) continue;
    const damaged = Buffer.from(whole);
    damaged[at + 20] = (damaged[at + 20] as number) ^ 1;
    writeFileSync(file, damaged);
    return () => writeFileSync(file, whole);
  }
  throw new Error('the text is in no table');
}
