import { describe, expect, it } from 'vitest';
import {
  type ConnectionEvent,
  type ConnectionState,
  type Effect,
  IDLE,
  type Live,
  type Phase,
} from '../../src/renderer/session/connection-state';
import { LONGEST_WAIT_MS, SHORTEST_WAIT_MS } from '../../src/renderer/session/jitter';
import { ConnectionRunner } from '../../src/renderer/session/runner';
import { connectionOf } from '../../src/renderer/session/status-of';
import { DEAD_MS, LATE_MS, step } from '../../src/renderer/session/step';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { ManualClock } from '../support/manual-clock';

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
const admitted = (turn: number, { isAsExpected = true, mustReplace = false } = {}): ConnectionEvent => ({
  type: 'admitted',
  turn,
  isAsExpected,
  mustReplace,
});
const closed = (turn: number, code: number, more: { at?: number; random?: number; reason?: string } = {}): ConnectionEvent => ({
  type: 'ended',
  turn,
  at: more.at ?? 5000,
  random: more.random ?? 0.5,
  cause: { type: 'closed', code, reason: more.reason ?? '' },
});
const toLive: ConnectionEvent[] = [{ type: 'open' }, found(1), admitted(1), { type: 'opened', turn: 1 }, { type: 'synced', turn: 1 }];
const LIVE: Live = { type: 'live', proof: 'given', backInMs: undefined };
const typesIn = ({ effects }: { readonly effects: readonly Effect[] }) => effects.map(({ type }) => type);
const phases: Phase[] = [
  { type: 'idle' },
  { type: 'looking-up', inUse: undefined },
  { type: 'looking-up', inUse: LIVE },
  { type: 'seeking-admission', inUse: undefined },
  { type: 'seeking-admission', inUse: LIVE },
  { type: 'opening' },
  { type: 'joining', backInMs: undefined },
  { type: 'live', proof: 'given', backInMs: undefined },
  { type: 'live', proof: 'asked', backInMs: 100 },
  { type: 'live', proof: 'late', backInMs: undefined },
  { type: 'waiting', retryAt: 9000, reason: undefined },
  { type: 'needs-relay-key', reason: 'no' },
  { type: 'refused', closeCode: 4401, reason: 'no' },
  { type: 'closed' },
];
const everyEvent = (turn: number): ConnectionEvent[] => [
  { type: 'open' },
  found(turn),
  found(turn, true),
  admitted(turn),
  admitted(turn, { isAsExpected: false }),
  admitted(turn, { mustReplace: true }),
  { type: 'not-admitted', turn, needs: 'link', reason: 'no' },
  { type: 'not-admitted', turn, needs: 'relay-key', reason: 'no' },
  { type: 'role-changed', turn, mustReplace: false },
  { type: 'role-changed', turn, mustReplace: true },
  { type: 'better', turn },
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
  it('asks who is there and by what it gets in, connects, joins and is live', () => {
    expect(run(toLive.slice(0, 1)).effects).toContainEqual({ type: 'look-up', turn: 1, isKnownOneInUse: false });
    expect(run(toLive.slice(0, 1)).effects).toContainEqual({ type: 'connect' });
    expect(run(toLive.slice(0, 2)).effects).toEqual([{ type: 'seek-admission', turn: 1 }, { type: 'connect' }]);
    expect(typesIn(run(toLive.slice(0, 3)))).toEqual(['connect', 'set-timer', 'admit']);
    expect(run(toLive.slice(0, 4)).state.phase.type).toBe('joining');
    expect(run(toLive).state.phase).toEqual({ type: 'live', proof: 'given', backInMs: undefined });
  });

  it('R1 ignores everything that belongs to an attempt that is over', () => {
    for (const phase of phases) {
      const state: ConnectionState = { phase, turn: 7, failures: 2, startedOverAt: undefined };
      for (const event of everyEvent(6)) if ('turn' in event) expect(step(state, event)).toEqual([state, []]);
    }
  });

  it('R9 uses no socket without knowing who is there and being let in, whatever comes in whatever order', () => {
    for (const phase of phases) {
      for (const event of everyEvent(7)) {
        const [next, effects] = step({ phase, turn: 7, failures: 0, startedOverAt: undefined }, event);
        const admits = effects.some((effect) => effect.type === 'admit');
        expect(admits, `${phase.type} + ${event.type}`).toBe(phase.type === 'seeking-admission' && event.type === 'admitted');
        if (next.phase.type === 'seeking-admission' && phase.type !== 'seeking-admission') expect(event.type).toBe('relay-found');
        // What was in use may be all that there is again.
        if (next.phase.type === 'live') expect('inUse' in phase ? phase.inUse?.type : phase.type).toMatch(/^(live|joining)$/);
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
    expect(typesIn(once)).toEqual(['disconnect', 'start-over', 'clear-timers', 'stop-asking', 'look-up', 'connect', 'set-timer']);
    expect(run([closed(2, 4409, { at: 6000 })], once.state).state.phase).toMatchObject({ type: 'refused', closeCode: 4409 });
    expect(run([closed(2, 4409, { at: 70_000 })], once.state).state.phase.type).toBe('looking-up');
  });

  it('R6 lets no other relay have the socket of the old replica', () => {
    expect(typesIn(run([{ type: 'open' }, found(1, true)]))).toEqual(['disconnect', 'start-over', 'seek-admission']);
  });

  it('R7 stops when something is too large', () => {
    const { state, effects } = run([...toLive, { type: 'too-large', turn: 1 }]);
    expect(state.phase).toMatchObject({ type: 'refused', closeCode: 4413 });
    expect(effects).toEqual([{ type: 'clear-timers' }, { type: 'stop-asking' }, { type: 'disconnect' }]);
  });

  it('R9 drops a socket that is not what it is let in by, before it was used', () => {
    expect(typesIn(run([...toLive.slice(0, 2), admitted(1, { isAsExpected: false })]))).toEqual([
      'disconnect',
      'connect',
      'set-timer',
      'admit',
    ]);
  });

  it('R9 stops when it is not let in, and says what is needed', () => {
    const link = run([...toLive.slice(0, 2), { type: 'not-admitted', turn: 1, needs: 'link', reason: 'ask' }]);
    expect(connectionOf(link.state.phase)).toEqual({ state: 'refused', closeCode: 4401, reason: 'ask' });
    const key = run([...toLive.slice(0, 2), { type: 'not-admitted', turn: 1, needs: 'relay-key', reason: 'the key' }]);
    expect(connectionOf(key.state.phase)).toEqual({ state: 'needs-relay-key', reason: 'the key' });
    expect(step(key.state, { type: 'probe', quietMs: 1e6 })).toEqual([key.state, []]);
    expect(step(key.state, { type: 'retry' })[0].phase.type).toBe('looking-up');
    for (const { effects } of [link, key]) expect(effects).toContainEqual({ type: 'disconnect' });
  });

  it('R9 waits as long again for a socket as for an answer', () => {
    const seeking = run(toLive.slice(0, 2)).state;
    const late = (turn: number): ConnectionEvent => ({ type: 'elapsed', turn, timer: 'opening', at: 0, random: 0 });
    expect(step(seeking, late(1))[0].phase.type).toBe('waiting');
    expect(step(run([admitted(1)], seeking).state, late(1))[0].phase.type).toBe('waiting');
    expect(step(run(toLive).state, late(1))[0].phase.type).toBe('live');
  });

  it('R10 begins anew with a fresh replica where edits are refused, as often as roles change', () => {
    let { state } = run(toLive);
    for (let turn = 1; turn <= 10; turn++) {
      const demoted = run([{ type: 'role-changed', turn, mustReplace: true }], state);
      expect(typesIn(demoted)).toEqual(['disconnect', 'start-over', 'clear-timers', 'stop-asking', 'look-up', 'connect', 'set-timer']);
      const next = turn + 1;
      state = run([found(next), admitted(next), { type: 'opened', turn: next }, { type: 'synced', turn: next }], demoted.state).state;
      expect([state.phase.type, state.startedOverAt]).toEqual(['live', undefined]);
    }
    const replacing = run([...toLive.slice(0, 2), admitted(1, { mustReplace: true })]);
    expect(replacing.effects.slice(0, 3)).toEqual([{ type: 'disconnect' }, { type: 'start-over', because: 'role' }, { type: 'connect' }]);
  });

  it('R11 goes on with what works until the next is let in', () => {
    for (const event of [
      { type: 'better', turn: 1 },
      { type: 'role-changed', turn: 1, mustReplace: false },
    ] as const) {
      const asking = run([event], run(toLive).state);
      expect(typesIn(asking)).not.toContain('disconnect');
      expect(asking.effects).toContainEqual({ type: 'look-up', turn: 2, isKnownOneInUse: true });
      expect(connectionOf(asking.state.phase).state).toBe('connected');
      const seeking = run([found(2)], asking.state);
      expect(connectionOf(seeking.state.phase).state).toBe('connected');
      const opening = run([admitted(2)], seeking.state);
      expect(typesIn(opening)).toEqual(['disconnect', 'connect', 'set-timer', 'admit']);
      expect(connectionOf(opening.state.phase).state).toBe('connecting');
      // It ends meanwhile: what is asked is answered all the same.
      const left = run([closed(2, 4401)], seeking.state);
      expect([left.state.phase, typesIn(left)]).toEqual([{ type: 'seeking-admission', inUse: undefined }, ['disconnect']]);
      // Its line is lost: the same.
      const lost: ConnectionEvent = { type: 'ended', turn: 2, at: 0, random: 0, cause: { type: 'lost', reason: undefined } };
      expect(run([lost], asking.state).state.phase).toEqual({ type: 'looking-up', inUse: undefined });
    }
  });

  it('R11 goes on with what works where nobody answers, once that has proved itself, and tries again', () => {
    const asking = run([{ type: 'better', turn: 1 }], run(toLive).state);
    const seeking = run([found(2)], asking.state);
    const noAnswer: ConnectionEvent = { type: 'ended', turn: 2, at: 0, random: 0, cause: { type: 'unanswered', reason: 'no answer' } };
    const tooLate: ConnectionEvent = { type: 'elapsed', turn: 2, timer: 'opening', at: 0, random: 0 };
    for (const from of [asking, seeking]) {
      for (const event of [noAnswer, tooLate]) {
        const kept = run([event], from.state);
        expect(typesIn(kept)).toEqual(['clear-timers', 'stop-asking', 'send-probe', 'set-timer', 'set-timer', 'set-timer']);
        expect([kept.state.phase, connectionOf(kept.state.phase).state]).toEqual([{ ...LIVE, proof: 'asked' }, 'connected']);
        // A line that gives no proof is dead.
        const late: ConnectionEvent = { type: 'elapsed', turn: 2, timer: 'probe', at: 0, random: 0 };
        expect(run([late, late], kept.state).state.phase.type).toBe('waiting');
        // Whatever made us ask is not forgotten.
        const again = run(
          [
            { type: 'heard', turn: 2 },
            { type: 'elapsed', turn: 2, timer: 'retry', at: 0, random: 0 },
          ],
          kept.state,
        );
        expect(again.state).toMatchObject({ turn: 3, failures: 1, phase: { type: 'looking-up', inUse: LIVE } });
      }
    }
    // Without anything in use, no answer is the end of an attempt.
    expect(run([{ ...noAnswer, turn: 1 }], run([{ type: 'open' }]).state).state.phase.type).toBe('waiting');
  });

  it('R11 gives up a line that gives no proof before anything is tried again', async () => {
    const clock = new ManualClock();
    let disconnects = 0;
    const nothing = () => undefined;
    const disconnect = () => {
      disconnects++;
    };
    const others = { lookUp: nothing, seekAdmission: nothing, stopAsking: nothing, connect: nothing, admit: nothing, startOver: nothing };
    const hands = { ...others, disconnect, sendProbe: nothing };
    const runner = new ConnectionRunner({ clock, chance: () => 0, hands, onChange: nothing });
    for (const event of [...toLive, { type: 'better', turn: 1 } as const]) runner.dispatch(event);
    const silence: ConnectionEvent = { type: 'ended', turn: 2, at: 0, random: 0, cause: { type: 'unanswered', reason: 'no answer' } };
    runner.dispatch(silence);
    await clock.advance(LATE_MS);
    expect(connectionOf(runner.state.phase).state).toBe('connecting');
    await clock.advance(DEAD_MS);
    expect([runner.state.phase.type, disconnects]).toEqual(['waiting', 1]);
    runner.dispatch({ type: 'close' });
    expect(clock.waiting).toBe(0);
  });

  it('R11 asks again when the role changes once more, and cuts when edits are refused by then', () => {
    const asking = run([{ type: 'role-changed', turn: 1, mustReplace: false }], run(toLive).state);
    const again = run([{ type: 'role-changed', turn: 2, mustReplace: false }], asking.state);
    expect([again.state.turn, connectionOf(again.state.phase).state]).toEqual([3, 'connected']);
    expect(again.effects).toContainEqual({ type: 'stop-asking' });
    const cut = run([{ type: 'role-changed', turn: 2, mustReplace: true }], asking.state);
    expect(cut.effects.slice(0, 2)).toEqual([{ type: 'disconnect' }, { type: 'start-over', because: 'role' }]);
    expect(connectionOf(cut.state.phase).state).toBe('connecting');
  });

  it('R12 looks for a relay where it is now, whatever it was doing', () => {
    for (const phase of phases.filter(({ type }) => type !== 'idle' && type !== 'closed')) {
      const moved = step({ ...IDLE, turn: 4, phase }, { type: 'moved' });
      expect(moved[0], phase.type).toMatchObject({ turn: 5, phase: { type: 'looking-up', inUse: undefined } });
      expect(moved[1].map(({ type }) => type)).toEqual(['disconnect', 'clear-timers', 'stop-asking', 'look-up', 'connect', 'set-timer']);
    }
  });

  it('R8 does nothing any more once closed', () => {
    const { state } = run([...toLive, { type: 'close' }]);
    for (const event of everyEvent(1)) expect(step(state, event)).toEqual([state, []]);
  });
});
