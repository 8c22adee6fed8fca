import { afterEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { proveFigure } from '../support/figures';
import { cpuMs } from '../support/process-figures';
import { endRelays, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { readSingleTypist } from '../support/traces';
import { LoadClient } from './load-client';

const DOCUMENT = 'automerge-paper';

afterEach(endRelays);

it('a paper of 260,000 edits: taken in, saved, joined', async () => {
  const trace = readSingleTypist(DOCUMENT);
  const updates = [...trace.updates()];
  let relay = await startRelayProcess({ flags: ['--no-limits'] });
  const url = () => `${relay.webSocketAddress}/${DOCUMENT}`;

  const writer = await new LoadClient(url()).joined();
  await writer.until('our own sync-reply', () => writer.sent > 0);
  const started = performance.now();
  const cpuBefore = cpuMs(relay.pid);
  for (const [index, update] of updates.entries()) {
    writer.send({ type: 'update', update });
    // As fast as the line takes it, without gathering it all in this process first.
    if (index % 512 === 511 && writer.socket.bufferedAmount > 1 << 20) await drained(writer);
  }
  await writer.until('everything saved', () => writer.saved === writer.sent, 120_000);
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuMs(relay.pid) - cpuBefore;
  const smaller = trace.isStandIn ? `a seeded stand-in of ${updates.length} edits` : undefined;
  proveFigure({ what: `${updates.length} single edits stored and saved`, value: seconds, unit: 's', atMost: 15, ...scaled(smaller) });
  proveFigure({ what: 'relay CPU per edit taken in and saved', value: (cpu * 1000) / updates.length, unit: 'µs' });
  writer.close();

  expect(textOf((await new LoadClient(url()).joined()).syncReply)).toBe(trace.endContent);

  await relay.kill9();
  relay = await relay.startAgain();
  proveFigure({ what: 'join right after kill −9', value: await joinCost(relay, url(), trace.endContent), unit: 'ms of relay CPU' });

  await relay.stop();
  relay = await relay.startAgain();
  await relay.untilCompacted();
  // A process that has served nobody yet compiles as it goes; that is told apart from what the document costs.
  const first = cpuMs(relay.pid);
  (await new LoadClient(`${relay.webSocketAddress}/nothing-in-it`).joined()).close();
  proveFigure({
    what: 'first connection of all after a restart, to an empty document',
    value: cpuMs(relay.pid) - first,
    unit: 'ms of relay CPU',
  });
  proveFigure({
    what: 'join after a restart, compacted',
    value: await joinCost(relay, url(), trace.endContent),
    unit: 'ms of relay CPU',
    atMost: 30,
  });
  await relay.stop();
});

/** CPU that the relay spends from the connection to the whole document at the client. */
async function joinCost(relay: RelayProcess, url: string, expected: string): Promise<number> {
  const before = cpuMs(relay.pid);
  const reader = await new LoadClient(url).joined();
  const cost = cpuMs(relay.pid) - before;
  expect(textOf(reader.syncReply)).toBe(expected);
  reader.close();
  return cost;
}

async function drained(client: LoadClient): Promise<void> {
  while (client.socket.bufferedAmount > 1 << 18) await new Promise((resolve) => setTimeout(resolve, 1));
}

function textOf(update: Uint8Array | undefined): string {
  const doc = new Y.Doc();
  if (update !== undefined) Y.applyUpdate(doc, update);
  return doc.getText('content').toString();
}

function scaled(how: string | undefined): { scaledDown?: string } {
  return how === undefined ? {} : { scaledDown: how };
}
