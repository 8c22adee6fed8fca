import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/condition';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endStockClients();
  await endRelays();
});

describe('two people with unchanged y-websocket clients', () => {
  it('write one document: what one types, the other reads', async () => {
    const { webSocketAddress } = await startRelayProcess();
    const ada = await new StockClient(webSocketAddress, 'paper').synced();
    const grace = await new StockClient(webSocketAddress, 'paper').synced();
    ada.type('Hello');
    await grace.shows('Hello');
    grace.type(', world');
    grace.doc.getText('title').insert(0, 'paper.md');
    await ada.shows('Hello, world');
    await until('the title', () => ada.doc.getText('title').toString() === 'paper.md');
  });

  it('end equal after both typed at once', async () => {
    const { webSocketAddress } = await startRelayProcess();
    const people = await Promise.all(['Ada', 'Grace'].map((name) => new StockClient(webSocketAddress, 'paper', { name }).synced()));
    for (let round = 0; round < 50; round++) for (const [index, person] of people.entries()) person.content.insert(0, `${index}`);
    await until('both have everything', () => people.every(({ text }) => text.length === 100));
    expect(people[0]?.text).toBe(people[1]?.text);
  });

  it('see each other, and see each other leave', async () => {
    const { webSocketAddress } = await startRelayProcess();
    const ada = await new StockClient(webSocketAddress, 'paper', { name: 'Ada' }).synced();
    const grace = await new StockClient(webSocketAddress, 'paper', { name: 'Grace' }).synced();
    await until('both see both', () => [ada, grace].every(({ people }) => people.join() === 'Ada,Grace'));
    grace.destroy();
    await until('Grace is gone', () => ada.people.join() === 'Ada', 5_000);
  });

  it('find everything again after the relay was stopped, and after it was killed', async () => {
    let relay = await startRelayProcess();
    const ada = await new StockClient(relay.webSocketAddress, 'paper').synced();
    ada.type('kept');
    const grace = await new StockClient(relay.webSocketAddress, 'paper').synced();
    await grace.shows('kept');
    ada.destroy();
    grace.destroy();
    expect(await relay.stop()).toBe(0);
    relay = await relay.startAgain();
    const reader = await new StockClient(relay.webSocketAddress, 'paper').synced();
    await reader.shows('kept');
    reader.destroy();
    await relay.kill9();
    relay = await relay.startAgain();
    await (await new StockClient(relay.webSocketAddress, 'paper').synced()).shows('kept');
  });

  it('come back by themselves when the relay does', async () => {
    const relay = await startRelayProcess();
    const ada = await new StockClient(relay.webSocketAddress, 'paper').synced();
    const grace = await new StockClient(relay.webSocketAddress, 'paper').synced();
    ada.type('before');
    await grace.shows('before');
    await relay.kill9();
    ada.type(' and offline');
    await relay.startAgain();
    await grace.shows('before and offline');
  });

  it('do not hear of other documents', async () => {
    const { webSocketAddress } = await startRelayProcess();
    const ada = await new StockClient(webSocketAddress, 'one', { name: 'Ada' }).synced();
    const grace = await new StockClient(webSocketAddress, 'two', { name: 'Grace' }).synced();
    const witness = await new StockClient(webSocketAddress, 'one').synced();
    ada.type('in one');
    await witness.shows('in one');
    expect(grace.text).toBe('');
    expect(grace.people).toEqual(['Grace']);
  });
});
