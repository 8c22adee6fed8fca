import { describe, expect, test } from 'vitest';
import { type RelayChild, RelayProcess } from '../../src/main/relay-process';

/** A clock that stands until it is told to go on. */
class ManualClock {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly action: () => void }>();

  now = (): number => this.#now;

  after = (delay: number, action: () => void): (() => void) => {
    const entry = { at: this.#now + delay, action };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  };

  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#now = next.at;
      next.action();
      await settled();
    }
    this.#now = end;
  }
}

class Child implements RelayChild {
  #message: (message: unknown) => void = () => undefined;
  #exit: (code: number) => void = () => undefined;
  readonly asked: string[] = [];

  constructor(readonly port: number) {}

  onMessage = (listener: (message: unknown) => void): void => {
    this.#message = listener;
  };
  onExit = (listener: (code: number) => void): void => {
    this.#exit = listener;
  };
  askToStop(): void {
    this.asked.push('stop');
  }
  kill(): void {
    this.asked.push('kill');
  }
  says(message: unknown): void {
    this.#message(message);
  }
  ends(code: number): void {
    this.#exit(code);
  }
}

interface Scene {
  readonly relay: RelayProcess;
  readonly clock: ManualClock;
  readonly children: Child[];
  readonly ports: { current: number | undefined; taken: boolean; isFree(): Promise<boolean> };
  newest(): Child;
}

function scene(port?: number): Scene {
  const children: Child[] = [];
  const clock = new ManualClock();
  const ports = {
    current: port,
    taken: false,
    isFree() {
      return Promise.resolve(!this.taken);
    },
  };
  const launch = (on: number): Child => {
    const child = new Child(on);
    children.push(child);
    return child;
  };
  return {
    relay: new RelayProcess(launch, ports, clock),
    clock,
    children,
    ports,
    newest: () => children.at(-1) ?? expect.fail('no relay was started'),
  };
}

/** Everything that waits for nothing but promises is through. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

async function running(port?: number): Promise<Scene> {
  const all = scene(port);
  all.relay.start();
  await settled();
  all.newest().says({ type: 'running', address: `http://127.0.0.1:${port ?? 5001}` });
  return all;
}

describe('the bundled relay', () => {
  test('R1 the first start lets it pick a port, which is kept', async () => {
    const { relay, ports, newest } = await running();
    expect(newest().port).toBe(0);
    expect(ports.current).toBe(5001);
    expect(relay.state.current).toEqual({ status: 'running', address: 'http://127.0.0.1:5001' });
  });

  test('R1 a kept port is asked for again, after a start and after a death', async () => {
    const { clock, children, newest } = await running(5001);
    newest().ends(9);
    await clock.pass(250);
    expect(children.map(({ port }) => port)).toEqual([5001, 5001]);
  });

  test('R1 a port that another program has is given up after a while, the new one is kept and said', async () => {
    const all = scene(5001);
    all.ports.taken = true;
    all.relay.start();
    await settled();
    expect(all.children).toEqual([]);
    await all.clock.pass(2_000);
    expect(all.newest().port).toBe(0);
    all.newest().says({ type: 'running', address: 'http://127.0.0.1:6002' });
    expect(all.ports.current).toBe(6002);
    expect(all.relay.state.current).toEqual({
      status: 'running',
      address: 'http://127.0.0.1:6002',
      notice:
        'Another program uses port 5001, so the relay of this computer has another address now. Weft goes on by itself; other programs need the new address.',
    });
  });

  test('R1 a port that is free again a moment later is kept', async () => {
    const all = scene(5001);
    all.ports.taken = true;
    all.relay.start();
    await settled();
    all.ports.taken = false;
    await all.clock.pass(300);
    expect(all.newest().port).toBe(5001);
  });

  test('R2 each death waits longer, the sixth in a minute is the last, and its reason is said', async () => {
    const { relay, clock, children, newest } = await running(5001);
    for (const [deaths, delay] of [250, 500, 1_000, 2_000, 4_000].entries()) {
      newest().ends(9);
      expect(relay.state.current).toEqual({
        status: 'restarting',
        reason: 'It ended unexpectedly (9); if it does so again, start Weft anew.',
      });
      await clock.pass(delay - 1);
      expect(children).toHaveLength(deaths + 1);
      await clock.pass(1);
      expect(children).toHaveLength(deaths + 2);
    }
    newest().says({ type: 'failed', reason: 'The data folder is in use.' });
    newest().ends(1);
    expect(relay.state.current).toEqual({ status: 'failed', reason: 'The data folder is in use.' });
    await clock.pass(600_000);
    expect(children).toHaveLength(6);
  });

  test('R2 deaths of more than a minute ago do not count', async () => {
    const { relay, clock, newest } = await running(5001);
    for (let death = 0; death < 20; death++) {
      newest().ends(9);
      expect(relay.state.current.status).toBe('restarting');
      await clock.pass(250);
      newest().says({ type: 'running', address: 'http://127.0.0.1:5001' });
      await clock.pass(61_000);
    }
    expect(relay.state.current.status).toBe('running');
  });

  test('R2 a relay that does not come up in time is ended, which counts as a death', async () => {
    const all = scene(5001);
    all.relay.start();
    await settled();
    await all.clock.pass(30_000);
    expect(all.newest().asked).toEqual(['kill']);
    all.newest().ends(9);
    expect(all.relay.state.current).toEqual({
      status: 'restarting',
      reason: 'It did not start in time; close other programs, and start it again.',
    });
  });

  test('R3 after it gave up, a restart begins anew; before that it does nothing', async () => {
    const { relay, clock, children, newest } = await running(5001);
    relay.restart();
    await settled();
    expect(children).toHaveLength(1);
    for (const delay of [250, 500, 1_000, 2_000, 4_000, 0]) {
      newest().ends(9);
      await clock.pass(delay);
    }
    expect(relay.state.current.status).toBe('failed');
    relay.restart();
    await settled();
    newest().ends(9);
    expect(relay.state.current.status).toBe('restarting');
  });

  test('R4 stopping asks, waits, and nothing starts it again', async () => {
    const { relay, clock, children, newest } = await running(5001);
    const stopped = relay.stop();
    expect(newest().asked).toEqual(['stop']);
    newest().ends(0);
    await stopped;
    expect(newest().asked).toEqual(['stop']);
    expect(relay.state.current).toEqual({ status: 'none' });
    await clock.pass(600_000);
    expect(children).toHaveLength(1);
  });

  test('R4 a relay that does not stop is ended after twelve seconds', async () => {
    const { relay, clock, newest } = await running(5001);
    const stopped = relay.stop();
    await clock.pass(12_000);
    await stopped;
    expect(newest().asked).toEqual(['stop', 'kill']);
  });

  test('R4 stopping between a death and the next start ends that too', async () => {
    const { relay, clock, children, newest } = await running(5001);
    newest().ends(9);
    await relay.stop();
    await clock.pass(600_000);
    expect(children).toHaveLength(1);
  });

  test('messages that are none are not heard', async () => {
    const { relay, newest } = await running(5001);
    for (const message of [null, 'running', { type: 'running' }, { type: 'running', address: 7 }, { type: 'other' }])
      newest().says(message);
    expect(relay.state.current).toEqual({ status: 'running', address: 'http://127.0.0.1:5001' });
  });
});
