import { afterEach, describe, expect, it } from 'vitest';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { until } from '../support/condition';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays, RelayDidNotStart, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endRawClients();
  endStockClients();
  await endRelays();
});

describe('SIGTERM', () => {
  it('under load ends with 0 within ten seconds, and everything that was called saved is there afterwards', async () => {
    const relay = await startRelayProcess();
    const people = await Promise.all(Array.from({ length: 10 }, () => new StockClient(relay.webSocketAddress, 'busy').synced()));
    const witness = await new RawClient(`${relay.webSocketAddress}/busy`, { protocols: ['weft.v1'] }).joined();
    let letter = 0;
    const typing = setInterval(() => {
      for (const person of people) person.content.insert(0, String.fromCodePoint(0x4e00 + (letter++ % 20_000)));
    }, 5);
    await until('there is load', () => letter > 1_000, 20_000);
    const began = performance.now();
    const stopping = relay.stop();
    await until('the witness is told', () => witness.closed !== undefined, 10_000);
    clearInterval(typing);
    expect(await stopping).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(witness.closed).toEqual({ code: 1012, reason: REJECTIONS.restarting.reason });

    // Nobody who could bring edits back is there yet: what does the disk say of what others had been sent?
    const everyone = people.map(({ text }) => text);
    const shared = [...(everyone[0] ?? '')].filter((character) => everyone.every((text) => text.includes(character)));
    for (const person of people) person.destroy();
    const again = await relay.startAgain();
    const reader = await new StockClient(again.webSocketAddress, 'busy').synced();
    expect(shared.length).toBeGreaterThan(500);
    expect(shared.filter((character) => !reader.text.includes(character))).toEqual([]);
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
