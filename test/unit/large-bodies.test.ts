import { describe, expect, it } from 'vitest';
import { LargeBodies } from '../../server/transports/large-bodies';

const MIB = 1024 * 1024;

describe('large bodies on their way', () => {
  it('R1 are bounded in all, and are free again once', () => {
    const bodies = new LargeBodies(10 * MIB);
    const releases = Array.from({ length: 25 }, (_, index) => bodies.admit(`${index}`, 10 * MIB));
    expect(releases).not.toContain(undefined);
    expect(bodies.admit('late', 10 * MIB)).toBeUndefined();
    // One that does not say how long it is may be the longest.
    expect(bodies.admit('late')).toBeUndefined();
    expect(bodies.admit('late', 6 * MIB)).toBeDefined();
    releases[0]?.();
    releases[0]?.();
    expect(bodies.admit('later')).toBeDefined();
    expect(bodies.admit('latest', 10 * MIB)).toBeUndefined();
  });

  it('R1 are four of one connection at once', () => {
    const bodies = new LargeBodies(10 * MIB);
    const release = bodies.admit('one', MIB);
    for (let each = 2; each <= 4; each++) bodies.admit('one', MIB);
    expect(bodies.admit('one', MIB)).toBeUndefined();
    release?.();
    expect(bodies.admit('one', MIB)).toBeDefined();
  });

  it('R1 have room for four of the largest, however large those are', () => {
    const bodies = new LargeBodies(1024 * MIB);
    expect([1, 2, 3, 4].map((each) => bodies.admit(`${each}`) !== undefined)).toEqual([true, true, true, true]);
    expect(bodies.admit('5')).toBeUndefined();
  });

  it('R2 are not small ones', () => {
    const bodies = new LargeBodies(10 * MIB);
    for (let each = 0; each < 10_000; each++) expect(bodies.admit('one', 64 * 1024)).toBeDefined();
    expect(bodies.admit('one')).toBeDefined();
  });
});
