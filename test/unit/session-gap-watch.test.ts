import { afterEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { watchGaps } from '../../src/renderer/session/gap-watch';
import { ManualClock } from '../support/manual-clock';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Two updates of one client, the second of which cannot be applied without the first. */
function twoUpdates(): [Uint8Array, Uint8Array] {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  doc.getText('content').insert(0, 'a');
  doc.getText('content').insert(1, 'b');
  return updates as [Uint8Array, Uint8Array];
}

function watch() {
  const clock = new ManualClock();
  const doc = new Y.Doc();
  let asked = 0;
  const end = watchGaps(doc, clock, () => asked++);
  ends.push(end);
  return { clock, doc, end, asked: () => asked };
}

it('asks for what is missing after a while, and again ever less often', () => {
  const { clock, doc, asked } = watch();
  Y.applyUpdate(doc, twoUpdates()[1]);
  clock.tick(1_999);
  expect(asked()).toBe(0);
  clock.tick(1);
  expect(asked()).toBe(1);
  clock.tick(3_999);
  expect(asked()).toBe(1);
  clock.tick(1);
  expect(asked()).toBe(2);
  clock.tick(10 * 60_000);
  expect(asked()).toBeLessThan(30);
  expect(asked()).toBeGreaterThan(20);
});

it('asks for nothing when what was missing came by itself, nor when nothing was missing', () => {
  const { clock, doc, asked } = watch();
  const [first, second] = twoUpdates();
  Y.applyUpdate(doc, second);
  Y.applyUpdate(doc, first);
  clock.tick(60_000);
  expect([asked(), doc.getText('content').toString()]).toEqual([0, 'ab']);
});

it('watches on: a second gap is asked for as the first was', () => {
  const { clock, doc, asked } = watch();
  const [first, second] = twoUpdates();
  Y.applyUpdate(doc, second);
  clock.tick(2_000);
  Y.applyUpdate(doc, first);
  clock.tick(60_000);
  expect(asked()).toBe(1);
  Y.applyUpdate(doc, twoUpdates()[1]);
  clock.tick(2_000);
  expect(asked()).toBe(2);
});

it('asks nobody any more after its end', () => {
  const { clock, doc, end, asked } = watch();
  Y.applyUpdate(doc, twoUpdates()[1]);
  end();
  clock.tick(60_000);
  expect(asked()).toBe(0);
});
