import { expect, it } from 'vitest';
import { CarriedParts, type StreamPart } from '../../server/transports/carried-parts';

function stage() {
  const parts = new CarriedParts();
  const told: string[] = [];
  const part = (name: string, onTold: () => void = () => undefined): StreamPart => {
    const tell = (what: string) => () => {
      told.push(`${name} ${what}`);
      onTold();
    };
    return { drained: tell('drained'), ended: tell('ended'), beat: tell('beat') };
  };
  return { parts, told, part };
}

it('tells all parts, and none that was removed', () => {
  const { parts, told, part } = stage();
  const gone = part('gone');
  for (const each of [part('one'), gone, part('two')]) parts.add(each);
  parts.remove(gone);
  parts.drained();
  parts.beat();
  parts.end();
  expect(told).toEqual(['one drained', 'two drained', 'one beat', 'two beat', 'one ended', 'two ended']);
});

it('R1 ends each part once, and at once what is added after the end', () => {
  const { parts, told, part } = stage();
  parts.add(part('one', () => parts.end()));
  expect(parts.isOver).toBe(false);
  parts.end();
  parts.end();
  expect([parts.isOver, told]).toEqual([true, ['one ended']]);
  parts.add(part('late'));
  parts.beat();
  expect(told).toEqual(['one ended', 'late ended']);
});

it('R2 tells all that were there, though one of them leaves or ends it all', () => {
  const { parts, told, part } = stage();
  const first = part('first', () => parts.remove(first));
  parts.add(first);
  parts.add(part('second', () => parts.end()));
  parts.add(part('third'));
  parts.beat();
  expect(told).toEqual(['first beat', 'second beat', 'second ended', 'third ended', 'third beat']);
});
