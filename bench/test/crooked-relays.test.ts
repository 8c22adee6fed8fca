import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pace, TypeResult } from '../src/generator/commands.ts';
import { typeInRooms } from '../src/generator/typing.ts';
import { type Crookedness, startCrookedRelay } from './support/crooked-relay.ts';

const PATIENCE_MS = 400;
const STEADY: Pace = { type: 'steady', keysPerSecond: 20 };
const SATURATED: Pace = { type: 'saturated', inFlight: 10 };

/** Three people type for a moment; the relay does wrong to one of them, once. */
async function typeOn(crookedness: Crookedness, pace: Pace, wrongNumber = 3): Promise<TypeResult> {
  const relay = await startCrookedRelay(crookedness, wrongNumber);
  try {
    const result = await typeInRooms(
      {
        type: 'type',
        target: { port: relay.port, dialect: 'broadcast', pid: process.pid },
        documents: 1,
        membersEach: 3,
        writersEach: 3,
        cursors: true,
        pace,
        warmUpMs: 50,
        measureMs: 500,
        seed: 1,
      },
      PATIENCE_MS,
    );
    assert.equal(relay.wrongs(), 0, 'it did wrong, and nobody noticed');
    return result;
  } finally {
    await relay.end();
  }
}

for (const [name, pace] of [
  ['steady', STEADY],
  ['saturated', SATURATED],
] as const) {
  it(`counts what an honest relay delivers, ${name}`, async () => {
    const { edits, deliveries, p50Ms } = await typeOn('none', pace);
    assert.ok(edits > 10, `${edits} edits`);
    // Those at the edges were sent before or arrived after.
    assert.ok(Math.abs(deliveries - 2 * edits) <= 40, `${deliveries} deliveries of ${edits} edits to two others`);
    assert.ok(p50Ms >= 0 && p50Ms < 200, `${p50Ms} ms`);
  });

  it(`fails a run in which one edit is lost on its way to one member, ${name}`, async () => {
    await assert.rejects(typeOn('drop', pace), /got edit \d+ of writer 0 instead of edit 3|has 3 of the \d+ edits of writer 0/);
  });

  it(`fails a run in which one edit arrives twice, ${name}`, async () => {
    await assert.rejects(typeOn('double', pace), /got edit 3 of writer 0 instead of edit 4/);
  });

  it(`fails a run in which two edits change places, ${name}`, async () => {
    await assert.rejects(typeOn('swap', pace), /got edit 4 of writer 0 instead of edit 3/);
  });

  it(`fails a run in which one edit arrives as another, ${name}`, async () => {
    await assert.rejects(typeOn('change', pace), /instead of edit 3/);
  });

  it(`fails a run in which a member is cut off, ${name}`, async () => {
    // What was under way to the relay then is a reset.
    await assert.rejects(typeOn('hang-up', pace), /the connection ended|ECONNRESET|EPIPE|instead of edit/);
  });
}

it('misses the very last edit too, when only that is lost', async () => {
  // Until nothing has arrived for a while: there is no later edit that would show the gap.
  const relay = await startCrookedRelay('drop', 0);
  try {
    const run = typeInRooms(
      {
        type: 'type',
        target: { port: relay.port, dialect: 'broadcast', pid: process.pid },
        documents: 1,
        membersEach: 2,
        writersEach: 1,
        cursors: false,
        pace: { type: 'steady', keysPerSecond: 3 },
        warmUpMs: 10,
        measureMs: 400,
        seed: 1,
      },
      PATIENCE_MS,
    );
    await assert.rejects(run, /member 1 (has 0 of the \d edits of writer 0|got edit 1 of writer 0 instead of edit 0)/);
  } finally {
    await relay.end();
  }
});
