import { beforeEach, describe, expect, it } from 'vitest';
import { BurstWriter } from '../../src/renderer/documents/burst-writer';
import { ManualClock } from '../support/manual-clock';

interface Write {
  readonly entries: readonly string[];
  readonly succeed: () => void;
  readonly fail: () => void;
}

let clock: ManualClock;
let writes: Write[];
let outcomes: unknown[];
let writer: BurstWriter<string>;

beforeEach(() => {
  clock = new ManualClock();
  writes = [];
  outcomes = [];
  writer = new BurstWriter<string>({
    clock,
    soon: queueMicrotask,
    onOutcome: (failure) => outcomes.push(failure),
    write: (entries) =>
      new Promise((resolve, reject) => writes.push({ entries, succeed: resolve, fail: () => reject(new Error('no room')) })),
  });
});

const written = () => writes.map(({ entries }) => entries.join(''));

describe('a burst writer', () => {
  it('R1 makes one write of a burst, and one of everything that comes meanwhile', async () => {
    for (const entry of 'abc') writer.add(entry);
    await clock.settle();
    for (const entry of 'de') writer.add(entry);
    await clock.settle();
    expect(written()).toEqual(['abc']);
    writes[0]?.succeed();
    await clock.settle();
    expect(written()).toEqual(['abc', 'de']);
  });

  it('R2 tries again what failed, in front of what came later, after a pause and not before', async () => {
    writer.add('a');
    await clock.settle();
    writer.add('b');
    writes[0]?.fail();
    await clock.settle();
    writer.add('c');
    await clock.advance(4_999);
    expect(written()).toEqual(['a']);
    expect(outcomes).toEqual([new Error('no room')]);
    await clock.advance(1);
    expect(written()).toEqual(['a', 'abc']);
    writes[1]?.succeed();
    await clock.settle();
    expect(outcomes.at(-1)).toBe(undefined);
    await clock.advance(60_000);
    expect(written()).toEqual(['a', 'abc']);
  });

  it('R2 flush tries again at once, and says when that failed too', async () => {
    writer.add('a');
    await clock.settle();
    writes[0]?.fail();
    await clock.settle();
    const flushed = writer.flush();
    expect(written()).toEqual(['a', 'a']);
    writes[1]?.fail();
    await expect(flushed).rejects.toThrow('no room');
  });

  it('tells whether more is to be written than what is reported', async () => {
    const more: boolean[] = [];
    writer = new BurstWriter<string>({
      clock,
      soon: queueMicrotask,
      onOutcome: () => more.push(writer.hasMore),
      write: (entries) => new Promise((resolve) => writes.push({ entries, succeed: resolve, fail: resolve })),
    });
    writer.add('a');
    await clock.settle();
    writer.add('b');
    writes[0]?.succeed();
    await clock.settle();
    void writer.flush();
    writer.add('c');
    void writer.flush();
    writes[2]?.succeed();
    await clock.settle();
    writes[1]?.succeed();
    await clock.settle();
    expect([more, writer.hasMore]).toEqual([[true, true, false], false]);
  });

  it('R3 flush starts beside a write that is under way, and waits for both', async () => {
    writer.add('a');
    await clock.settle();
    writer.add('b');
    let isFlushed = false;
    const flushed = writer.flush().then(() => {
      isFlushed = true;
    });
    expect(written()).toEqual(['a', 'b']);
    writes[1]?.succeed();
    await clock.settle();
    expect(isFlushed).toBe(false);
    writes[0]?.succeed();
    await flushed;
  });

  it('R3 lets nothing that failed have the last word over what was written beside it', async () => {
    writer.add('saved;');
    await clock.settle();
    writer.add('unsaved;');
    const flushed = expect(writer.flush()).rejects.toThrow('no room');
    writes[0]?.fail();
    await clock.settle();
    writer.add('later;');
    writes[1]?.succeed();
    await flushed;
    // Nothing of it is called written as long as something before it is not.
    expect(outcomes).toEqual([new Error('no room')]);
    await clock.advance(5_000);
    expect(written()).toEqual(['saved;', 'unsaved;', 'saved;unsaved;later;']);
    writes[2]?.succeed();
    await clock.settle();
    expect(outcomes.at(-1)).toBeUndefined();
    writer.add('more;');
    await clock.settle();
    expect(written().at(-1)).toBe('more;');
  });

  it('R3 tells a flush that a write before its own has failed, and writes nothing twice that came before that', async () => {
    for (const entry of 'abc') {
      writer.add(entry);
      void writer.flush().catch(() => undefined);
    }
    writes[0]?.succeed();
    writes[1]?.fail();
    await clock.settle();
    const flushed = expect(writer.flush()).rejects.toThrow('no room');
    writes[2]?.succeed();
    await flushed;
    await clock.advance(5_000);
    expect(written()).toEqual(['a', 'b', 'c', 'bc']);
  });

  it('drops all of it when stopped, and does not try again what fails then', async () => {
    writer.add('a');
    await clock.settle();
    writer.add('b');
    writer.stop();
    writes[0]?.fail();
    await clock.advance(60_000);
    writer.add('c');
    await clock.settle();
    expect(written()).toEqual(['a', 'c']);
    expect(outcomes).toEqual([]);
  });
});
