import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../server/system-clock';

describe('the machine’s clock', () => {
  it('never calls early, not even from a turn that took long, or for a part of a millisecond', async () => {
    for (let attempt = 0; attempt < 20; attempt++) {
      const turnBegan = systemClock.now();
      while (systemClock.now() - turnBegan < 6);
      const began = systemClock.now();
      const ms = 3.9;
      await new Promise<void>((resolve) => void systemClock.after(ms, resolve));
      expect(systemClock.now() - began).toBeGreaterThanOrEqual(ms);
    }
  });

  it('has the calendar beside what it counts: that one alone follows it', () => {
    const before = systemClock.now();
    vi.spyOn(Date, 'now').mockReturnValue(1_000);
    expect(systemClock.wallTime()).toBe(1_000);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    vi.restoreAllMocks();
  });

  it('does not call what was called off', async () => {
    let calls = 0;
    const cancel = systemClock.after(1, () => calls++);
    cancel();
    await new Promise<void>((resolve) => void systemClock.after(10, resolve));
    expect(calls).toBe(0);
  });

  it('waits long for a long time', async () => {
    let calls = 0;
    const cancel = systemClock.after(2 ** 40, () => calls++);
    await new Promise<void>((resolve) => void systemClock.after(5, resolve));
    cancel();
    expect(calls).toBe(0);
  });
});
