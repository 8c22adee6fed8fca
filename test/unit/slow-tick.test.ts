import { beforeEach, describe, expect, test } from 'vitest';
import { SlowTick } from '../../server/rooms/slow-tick';
import { ManualClock } from '../support/manual-clock';

let clock: ManualClock;
let tick: SlowTick;
let called: [string, number][];
let start: number;

beforeEach(() => {
  clock = new ManualClock();
  tick = new SlowTick(clock, 100);
  called = [];
  start = clock.now();
});

const ask = (name: string) => tick.call(() => called.push([name, clock.now() - start]));

describe('what can wait a little', () => {
  test('is called once, after the time and no later than twice of it (R1)', () => {
    ask('first');
    clock.tick(50);
    ask('second');
    clock.tick(49);
    expect(called).toEqual([]);
    clock.tick(51);
    ask('third');
    clock.tick(1_000);
    expect(called).toEqual([
      ['first', 200],
      ['second', 200],
      ['third', 300],
    ]);
  });

  test('needs one timer for all, and none while nobody asks (R2)', () => {
    expect(clock.waiting).toBe(0);
    for (let count = 0; count < 10; count++) ask('one of many');
    expect(clock.waiting).toBe(1);
    clock.tick(200);
    expect([called.length, clock.waiting]).toEqual([10, 0]);
  });

  test('may ask again when it is called', () => {
    tick.call(() => ask('again'));
    clock.tick(200);
    expect(called).toEqual([]);
    clock.tick(200);
    expect(called).toEqual([['again', 400]]);
  });
});
