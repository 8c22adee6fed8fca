import { describe, expect, it } from 'vitest';
import { HealthCheck } from '../../server/transports/health-check';
import { ManualClock } from '../support/manual-clock';

function stage() {
  const clock = new ManualClock();
  const store = { looks: 0, check: (): Promise<void> => Promise.resolve() };
  const lag = { delay: { p99Ms: 0, maxMs: 0 } };
  const health = new HealthCheck({
    relay: 'r1',
    version: '1',
    durable: true,
    documentBytes: 1,
    access: 'links',
    creators: 'anyone',
    clock,
    lag,
    checkStore() {
      store.looks++;
      return store.check();
    },
  });
  return { clock, store, lag, health };
}

describe('whether the relay can do its work', () => {
  it('is told to everybody who asks, whoever asked before', async () => {
    const { clock, lag, health } = stage();
    lag.delay = { p99Ms: 10, maxMs: 6_000 };
    for (let asker = 0; asker < 3; asker++) {
      expect(await health.ask()).toMatchObject({ status: 'failing', checks: { store: 'ok', 'event-loop': 'was 6000 ms late' } });
      clock.tick(1_000);
    }
    lag.delay = { p99Ms: 10, maxMs: 4_999 };
    expect(await health.ask()).toMatchObject({ status: 'ok', checks: { 'event-loop': 'ok' }, eventLoop: lag.delay });
  });

  it('is looked at once a second at the most', async () => {
    const { clock, store, health } = stage();
    await Promise.all([health.ask(), health.ask()]);
    clock.tick(999);
    await health.ask();
    expect(store.looks).toBe(1);
    clock.tick(1);
    await health.ask();
    expect(store.looks).toBe(2);
  });

  it('does not wait for a store that hangs', async () => {
    const { clock, store, health } = stage();
    store.check = () => new Promise(() => undefined);
    const asked = health.ask();
    clock.tick(5_000);
    expect(await asked).toMatchObject({ status: 'failing', checks: { store: 'does not answer' } });
  });
});
