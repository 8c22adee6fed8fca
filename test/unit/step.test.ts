import { describe, expect, it } from 'vitest';
import { connectionOf } from '../../src/renderer/session/status-of';
import {
  type ConnectionEvent,
  type ConnectionState,
  DEAD_MS,
  type Effect,
  IDLE,
  LATE_MS,
  LONGEST_WAIT_MS,
  type Phase,
  SHORTEST_WAIT_MS,
  step,
} from '../../src/renderer/session/step';
import { REJECTIONS } from '../../src/shared/protocol/rejections';

function run(events: readonly ConnectionEvent[], from: ConnectionState = IDLE): { state: ConnectionState; effects: Effect[] } {
  let state = from;
  let effects: Effect[] = [];
  for (const event of events) {
    const [next, out] = step(state, event);
    state = next;
    effects = [...out];
  }
  return { state, effects };
}

const found = (turn: number, isOther = false): ConnectionEvent => ({ type: 'relay-found', turn, at: 1000, isOther });
const closed = (turn: number, code: number, more: { at?: number; random?: number; reason?: string } = {}): ConnectionEvent => ({
  type: 'ended',
  turn,
  at: more.at ?? 5000,
  random: more.random ?? 0.5,
  cause: { type: 'closed', code, reason: more.reason ?? '' },
});
const toLive: ConnectionEvent[] = [{ type: 'open' }, found(1), { type: 'opened', turn: 1 }, { type: 'synced', turn: 1 }];
const phases: Phase[] = [
  { type: 'idle' },
  { type: 'looking-up' },
  { type: 'opening' },
  { type: 'joining', backInMs: undefined },
  { type: 'live', proof: 'given', backInMs: undefined },
  { type: 'live', proof: 'asked', backInMs: 100 },
  { type: 'live', proof: 'late', backInMs: undefined },
  { type: 'waiting', retryAt: 9000, reason: undefined },
  { type: 'refused', closeCode: 4401, reason: 'no' },
  { type: 'closed' },
];
const everyEvent = (turn: number): ConnectionEvent[] => [
  { type: 'open' },
  found(turn),
  found(turn, true),
  { type: 'opened', turn },
  { type: 'synced', turn },
  { type: 'heard', turn },
  { type: 'draining', turn, backInMs: 10 },
  { type: 'too-large', turn },
  closed(turn, 1006),
  closed(turn, 4401),
  closed(turn, 4409),
  ...(['retry', 'opening', 'probe', 'stable'] as const).map((timer) => ({ type: 'elapsed', turn, timer, at: 1, random: 0 }) as const),
  { type: 'probe', quietMs: 60_000 },
  { type: 'retry' },
  { type: 'outdated', at: 2 },
  { type: 'close' },
];

describe('a connection', () => {
  it('asks who is there, connects, joins and is live', () => {
    expect(run(toLive.slice(0, 1)).effects).toContainEqual({ type: 'look-up', turn: 1 });
    expect(run(toLive.slice(0, 1)).effects).toContainEqual({ type: 'connect' });
    expect(run(toLive.slice(0, 2)).effects).toEqual([{ type: 'connect' }, { type: 'admit' }]);
    expect(run(toLive.slice(0, 3)).state.phase.type).toBe('joining');
    expect(run(toLive).state.phase).toEqual({ type: 'live', proof: 'given', backInMs: undefined });
  });

  it('R1 ignores everything that belongs to an attempt that is over', () => {
    for (const phase of phases) {
      const state: ConnectionState = { phase, turn: 7, failures: 2, startedOverAt: undefined };
      for (const event of everyEvent(6)) if ('turn' in event) expect(step(state, event)).toEqual([state, []]);
    }
  });

  it('R9 uses no socket without knowing who is there, whatever comes in whatever order', () => {
    for (const phase of phases) {
      for (const event of everyEvent(7)) {
        const [next, effects] = step({ phase, turn: 7, failures: 0, startedOverAt: undefined }, event);
        const admits = effects.some((effect) => effect.type === 'admit');
        expect(admits, `${phase.type} + ${event.type}`).toBe(phase.type === 'looking-up' && event.type === 'relay-found');
        if (next.phase.type === 'live') expect(['live', 'joining']).toContain(phase.type);
        if (next.phase.type === 'waiting' && phase.type !== 'waiting')
          expect(effects.filter((effect) => effect.type === 'set-timer' && effect.timer === 'retry')).toHaveLength(1);
      }
    }
  });

  it('R2 stops for each final rejection and comes back after each other one', () => {
    for (const [name, { closeCode, comeBack }] of Object.entries(REJECTIONS)) {
      const { state } = run([closed(1, closeCode)], run(toLive).state);
      const expected = comeBack ? 'waiting' : closeCode === 4409 ? 'looking-up' : 'refused';
      expect(state.phase.type, name).toBe(expected);
    }
    expect(run([closed(1, 1009)], run(toLive).state).state.phase).toMatchObject({ type: 'refused', closeCode: 1009 });
  });

  it('R2 is not woken by probe when refused, but by “try again now”', () => {
    const refused = run([...toLive, closed(1, 4401)]).state;
    expect(step(refused, { type: 'probe', quietMs: 1e6 })).toEqual([refused, []]);
    expect(step(refused, { type: 'retry' })[0].phase.type).toBe('looking-up');
  });

  it('R3 waits with full jitter between the bounds, longer each time', () => {
    let state = run([{ type: 'open' }]).state;
    const longest: number[] = [];
    for (let turn = 1; turn <= 10; turn++) {
      for (const random of [0, 0.999999]) {
        const [waiting] = step(state, closed(turn, 1006, { at: 0, random }));
        if (waiting.phase.type !== 'waiting') throw new Error('does not wait');
        expect(waiting.phase.retryAt).toBeGreaterThanOrEqual(SHORTEST_WAIT_MS);
        expect(waiting.phase.retryAt).toBeLessThanOrEqual(LONGEST_WAIT_MS);
        if (random > 0) longest.push(waiting.phase.retryAt);
      }
      state = run([closed(turn, 1006), { type: 'elapsed', turn, timer: 'retry', at: 0, random: 0 }], state).state;
    }
    expect(longest).toEqual([...longest].sort((a, b) => a - b));
    expect(longest[0]).toBeCloseTo(1000, 0);
    expect(longest.at(-1)).toBeCloseTo(LONGEST_WAIT_MS, 0);
  });

  it('R3 begins anew only after it has been connected for a while', () => {
    const live = { ...run(toLive).state, failures: 4 };
    expect(run([closed(1, 1006)], live).state.failures).toBe(5);
    expect(run([{ type: 'elapsed', turn: 1, timer: 'stable', at: 0, random: 0 }, closed(1, 1006)], live).state.failures).toBe(1);
  });

  it('R4 comes back when a draining relay said, spread a little', () => {
    const { state } = run([...toLive, { type: 'draining', turn: 1, backInMs: 4000 }, closed(1, 1012, { at: 10_000, random: 0.5 })]);
    expect(state.phase).toMatchObject({ type: 'waiting', retryAt: 14_500 });
  });

  it('R5 proves the line, is not called connected when that takes long, and gives it up when nothing comes', () => {
    const said = ({ phase }: ConnectionState) => connectionOf(phase).state;
    const late: ConnectionEvent = { type: 'elapsed', turn: 1, timer: 'probe', at: 0, random: 0 };
    const asked = run([...toLive, { type: 'probe', quietMs: 60_000 }]);
    expect(asked.effects).toEqual([{ type: 'send-probe' }, { type: 'set-timer', timer: 'probe', turn: 1, ms: LATE_MS }]);
    expect(said(asked.state)).toBe('connected');
    expect(run([{ type: 'heard', turn: 1 }, late], asked.state).state.phase).toMatchObject({ type: 'live', proof: 'given' });

    const doubted = run([late], asked.state);
    expect(said(doubted.state)).toBe('connecting');
    expect(doubted.effects).toEqual([{ type: 'set-timer', timer: 'probe', turn: 1, ms: DEAD_MS }]);
    expect(said(run([{ type: 'heard', turn: 1 }], doubted.state).state)).toBe('connected');

    const dead = run([late], doubted.state);
    expect(dead.state.phase.type).toBe('waiting');
    expect(dead.effects).toContainEqual({ type: 'disconnect' });
    expect(run([...toLive, { type: 'probe', quietMs: 100 }]).effects).toEqual([]);
  });

  it('R6 starts over with a fresh replica on 4409, and refuses the second time within a minute', () => {
    const once = run([...toLive, closed(1, 4409, { at: 5000 })]);
    expect(once.effects.map((effect) => effect.type)).toEqual([
      'disconnect',
      'start-over',
      'clear-timers',
      'look-up',
      'connect',
      'set-timer',
    ]);
    expect(run([closed(2, 4409, { at: 6000 })], once.state).state.phase).toMatchObject({ type: 'refused', closeCode: 4409 });
    expect(run([closed(2, 4409, { at: 70_000 })], once.state).state.phase.type).toBe('looking-up');
  });

  it('R6 lets no other relay have the socket of the old replica', () => {
    expect(run([{ type: 'open' }, found(1, true)]).effects.map((effect) => effect.type)).toEqual([
      'disconnect',
      'start-over',
      'connect',
      'admit',
    ]);
  });

  it('R7 stops when something is too large', () => {
    const { state, effects } = run([...toLive, { type: 'too-large', turn: 1 }]);
    expect(state.phase).toMatchObject({ type: 'refused', closeCode: 4413 });
    expect(effects).toEqual([{ type: 'clear-timers' }, { type: 'disconnect' }]);
  });

  it('R8 does nothing any more once closed', () => {
    const { state } = run([...toLive, { type: 'close' }]);
    for (const event of everyEvent(1)) expect(step(state, event)).toEqual([state, []]);
  });
});
