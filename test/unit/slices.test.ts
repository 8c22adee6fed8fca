import { describe, expect, it } from 'vitest';
import type { Clock } from '../../server/rooms/ports';
import { Slices } from '../../server/transports/slices';
import { ManualClock } from '../support/manual-clock';

const SLICE_MS = 5;

/** Time that work takes, as a test says. */
class Stage {
  readonly #clock = new ManualClock();
  #took = 0;
  readonly done: number[] = [];
  readonly slices: Slices;

  constructor() {
    const clock: Pick<Clock, 'now' | 'atTurnEnd'> = {
      now: () => this.#clock.now() + this.#took,
      atTurnEnd: (callback) => this.#clock.atTurnEnd(callback),
    };
    this.slices = new Slices(clock, SLICE_MS);
  }

  get turnIsOpen(): boolean {
    return this.#clock.turnIsOpen;
  }

  work(number: number, ms: number): void {
    this.slices.add(() => {
      this.#took += ms;
      this.done.push(number);
    });
  }

  endTurn(): string {
    const before = this.done.length;
    this.#clock.endTurn();
    return this.done.slice(before).join(' ');
  }
}

describe('work in slices', () => {
  it('R1: is done at once while the slice lasts', () => {
    const stage = new Stage();
    for (let number = 1; number <= 6; number++) stage.work(number, 2);
    // The third one was begun in time.
    expect(stage.done).toEqual([1, 2, 3]);
    expect(stage.slices.waiting).toBe(3);
  });

  it('R1, R2: goes on in later turns, in its order, and what comes meanwhile comes after it', () => {
    const stage = new Stage();
    for (let number = 1; number <= 5; number++) stage.work(number, 4);
    expect(stage.done).toEqual([1, 2]);
    expect(stage.endTurn()).toBe('3 4');
    stage.work(6, 4);
    expect([stage.endTurn(), stage.endTurn(), stage.endTurn()]).toEqual(['5 6', '', '']);
    expect([stage.slices.waiting, stage.turnIsOpen]).toEqual([0, false]);
  });

  it('R2: a turn has one slice, however it is used up', () => {
    const stage = new Stage();
    for (let number = 1; number <= 3; number++) stage.work(number, 5);
    expect(stage.endTurn()).toBe('2');
    // The slice of this turn is used up, though something could be done at once before the next one.
    stage.work(4, 5);
    expect(stage.done).toEqual([1, 2]);
    expect([stage.endTurn(), stage.endTurn()]).toEqual(['3', '4']);
  });

  it('R2: what fails costs those behind it nothing', () => {
    const stage = new Stage();
    stage.work(1, 5);
    stage.slices.add(() => {
      throw new Error('not this one');
    });
    stage.work(3, 1);
    expect(() => stage.endTurn()).toThrow('not this one');
    expect(stage.endTurn()).toBe('3');
  });
});
