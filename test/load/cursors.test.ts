import { afterEach, expect, it } from 'vitest';
import { proveFigure } from '../support/figures';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

const PEOPLE = 20;
const SECONDS = 60;
const MOVES_PER_SECOND = 10;

afterEach(async () => {
  endStockClients();
  await endRelays();
});

it('twenty people moving their cursors for a minute: nobody is closed, nobody vanishes', async () => {
  // With its default limits, unlike the others here: it is they that must not hit an honest client.
  const relay = await startRelayProcess();
  const clients = Array.from(
    { length: PEOPLE },
    (_, index) => new StockClient(relay.webSocketAddress, 'cursors', { name: `Person ${index}` }),
  );
  await Promise.all(clients.map((client) => client.synced()));
  const everyone = clients.flatMap((client) => client.people).filter((name, index, all) => all.indexOf(name) === index);
  expect(everyone).toHaveLength(PEOPLE);

  let looks = 0;
  let vanished = 0;
  const started = performance.now();
  for (let move = 0; move < SECONDS * MOVES_PER_SECOND; move++) {
    for (const [index, client] of clients.entries()) {
      client.provider.awareness.setLocalStateField('cursor', {
        anchor: { tname: 'content', assoc: move },
        head: { tname: 'content', assoc: index },
      });
    }
    // Everybody has had a second to be seen for the first time.
    if (move > MOVES_PER_SECOND) {
      looks += PEOPLE;
      vanished += clients.filter((client) => client.people.length < PEOPLE).length;
    }
    const ahead = started + ((move + 1) * 1000) / MOVES_PER_SECOND - performance.now();
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
  await relay.stop();
  proveFigure({ what: 'looks at who is here', value: looks, unit: 'looks', atLeast: 1_000 });
  proveFigure({ what: 'looks in which somebody had vanished', value: vanished, unit: 'looks', atMost: 0 });
  proveFigure({
    what: `connections that ended in ${SECONDS} s`,
    value: clients.reduce((sum, client) => sum + client.connections - 1, 0),
    unit: 'connections',
    atMost: 0,
  });
});
