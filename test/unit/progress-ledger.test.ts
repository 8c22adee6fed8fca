import { describe, expect, test } from 'vitest';
import { ProgressLedger } from '../../server/rooms/delivery/progress-ledger';

describe('the progress of one connection', () => {
  test('a frame counts as received at once, and as saved when its update is (R1, R4)', () => {
    const ledger = new ProgressLedger(7);
    ledger.hold(8);
    ledger.hold(9);
    expect(ledger.takeChange()).toEqual({ received: 2, saved: 0 });
    ledger.save(8);
    expect(ledger.takeChange()).toEqual({ received: 2, saved: 1 });
    ledger.save(9);
    expect(ledger.takeChange()).toEqual({ received: 2, saved: 2 });
  });

  test('is told once (R1)', () => {
    const ledger = new ProgressLedger(0);
    ledger.hold(1);
    expect(ledger.takeChange()).toBeDefined();
    expect(ledger.takeChange()).toBeUndefined();
  });

  test('a frame that brought nothing new waits for what others sent before it (R4)', () => {
    const ledger = new ProgressLedger(3);
    ledger.hold(5);
    expect(ledger.takeChange()).toEqual({ received: 1, saved: 0 });
    ledger.save(4);
    expect(ledger.takeChange()).toBeUndefined();
    ledger.save(5);
    expect(ledger.takeChange()).toEqual({ received: 1, saved: 1 });
  });

  test('a frame that brought nothing new to a saved document is saved at once (R4)', () => {
    const ledger = new ProgressLedger(3);
    ledger.hold(3);
    expect(ledger.takeChange()).toEqual({ received: 1, saved: 1 });
  });

  test('a gap holds both back until a sync-reply without one (R2)', () => {
    const ledger = new ProgressLedger(0);
    ledger.hold(1);
    ledger.miss();
    ledger.hold(2);
    ledger.miss();
    ledger.save(2);
    expect(ledger.takeChange()).toEqual({ received: 1, saved: 1 });
    ledger.cover(3);
    expect(ledger.takeChange()).toEqual({ received: 5, saved: 1 });
    ledger.save(3);
    expect(ledger.takeChange()).toEqual({ received: 5, saved: 5 });
  });

  test('a covered gap is not saved before the update that covers it (R2, R4)', () => {
    const ledger = new ProgressLedger(0);
    ledger.miss();
    ledger.hold(1);
    ledger.save(1);
    ledger.cover(2);
    expect(ledger.takeChange()).toEqual({ received: 3, saved: 0 });
  });

  test('a dropped frame holds both back for good (R3)', () => {
    const ledger = new ProgressLedger(0);
    ledger.hold(1);
    ledger.drop();
    ledger.miss();
    ledger.cover(2);
    ledger.hold(3);
    ledger.save(3);
    expect(ledger.takeChange()).toEqual({ received: 1, saved: 1 });
  });

  test('where nothing is durable nothing is ever saved, not even what brought nothing new (R4)', () => {
    const ledger = new ProgressLedger(-1);
    ledger.hold(0);
    ledger.hold(1);
    expect(ledger.takeChange()).toEqual({ received: 2, saved: 0 });
  });
});
