import { afterEach, expect, it } from 'vitest';
import type { Health } from '../../src/shared/protocol/routes';
import { proveFigure } from '../support/figures';
import { cpuMs } from '../support/process-figures';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { cursorOf, LoadClient } from './load-client';

const PEOPLE = 700;

afterEach(endRelays);

it('a crowd that lost its network comes back into one document', async () => {
  const relay = await startRelayProcess({ flags: ['--no-limits'] });
  const seen = Array.from({ length: PEOPLE }, () => new Set<number>());
  const come = async () => {
    for (const each of seen) each.clear();
    const people = seen.map((others) => new LoadClient(`${relay.webSocketAddress}/crowd`, { onPerson: (id) => others.add(id) }));
    const isInformed = people.map(async (person, index) => {
      await person.joined();
      person.send({ type: 'awareness', entries: cursorOf(index) });
      await person.until('everyone else', () => (seen[index]?.size ?? 0) >= PEOPLE - 1);
    });
    await Promise.all(isInformed);
    return people;
  };
  // Once before, so that what is measured is compiled.
  for (const person of await come()) person.socket.terminate();
  const before = cpuMs(relay.pid);
  const people = await come();
  const cpu = cpuMs(relay.pid) - before;
  for (const [index, others] of seen.entries()) expect(others.has(index + 1)).toBe(false);
  const { eventLoop } = (await (await fetch(`${relay.address}/health`)).json()) as Health;
  for (const person of people) person.socket.terminate();
  await relay.stop();
  proveFigure({
    what: `relay CPU for each of ${PEOPLE} people who come back at once and see each other`,
    value: cpu / PEOPLE,
    unit: 'ms',
    atMost: 1,
  });
  proveFigure({ what: 'longest that anything waited for the relay meanwhile', value: eventLoop?.maxMs ?? Number.NaN, unit: 'ms' });
});
