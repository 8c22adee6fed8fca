/** A long history, sent by one person as fast as the relay takes it. */
import { writeFileSync } from 'node:fs';
import { cpuMsBetween, readCpu, residentBytes } from '../measure/process-tree.ts';
import { concatAll, readVarUint, varBytes } from './bytes.ts';
import type { IngestCommand, IngestResult, JoinCommand, JoinResult } from './commands.ts';
import { joinAll, Member } from './member.ts';
import { presenceEntry } from './presence-entry.ts';
import { readUpdates } from './recorded-history.ts';
import { until } from './waiting.ts';

const INGEST_MS = 120_000;
/** The generator looks up from sending this often, so that it can receive. */
const IN_A_TURN = 64;
/**
 * Edits that the relay may be behind. Some read faster than they work, into a queue that costs them more the longer it is;
 * no network lets that happen.
 */
export const MOST_UNDER_WAY = 8_192;
const MILESTONE_EVERY = 1_024;
const MILESTONE = /Edit (\d+)\./;
const MILESTONE_CLIENT = 4_000_000_000;

/** Writer and receiver stay: who joins next joins a document in use. */
export async function ingest(command: IngestCommand): Promise<{ readonly result: IngestResult; readonly members: readonly Member[] }> {
  const { target, document, updatesFile, lastText, receivedFile } = command;
  const updates = readUpdates(updatesFile);
  const last = Buffer.from(lastText);
  const received: Uint8Array[] = [];
  let isComplete = false;
  let taken = 0;
  const [writer, receiver] = (await joinAll([
    { ...target, document },
    {
      ...target,
      document,
      onUpdate: (bytes, start, end) => {
        const [length, from] = readVarUint(bytes, start + 2);
        const update = Buffer.from(bytes.subarray(from, from + length));
        received.push(update);
        isComplete ||= from + length > end || update.includes(last);
      },
      onPresence: (bytes, start, end) => {
        taken = Math.max(taken, Number(MILESTONE.exec(bytes.toString('latin1', start, end))?.[1] ?? 0));
      },
    },
  ])) as [Member, Member];
  const before = readCpu(target.pid);
  const began = performance.now();
  for (const [index, update] of updates.entries()) {
    writer.write(update);
    if (index % IN_A_TURN !== 0) continue;
    await writer.socket.whenDrained();
    await new Promise((resolve) => setImmediate(resolve));
    if (index % MILESTONE_EVERY !== 0) continue;
    writer.showCursor(milestone(index));
    if (!(await until(() => index - taken <= MOST_UNDER_WAY || writer.closedBecause !== undefined, INGEST_MS))) break;
  }
  const done = await until(() => isComplete && (target.dialect !== 'weft' || writer.saved === writer.sent), INGEST_MS);
  const ms = performance.now() - began;
  const cpuMs = cpuMsBetween(before, readCpu(target.pid));
  const fault = writer.closedBecause ?? receiver.closedBecause;
  if (!done || fault !== undefined) throw new Error(`the history did not arrive: ${fault ?? 'time was up'}`);
  if (receivedFile !== undefined) writeFileSync(receivedFile, concatAll(received.map(varBytes)));
  return { result: { updates: updates.length, ms, cpuMs, residentBytes: residentBytes(target.pid) }, members: [writer, receiver] };
}

/** How far the writer was, in the writer's name: what comes in order says how much a relay has taken in, whatever it makes of it. */
function milestone(index: number): Uint8Array {
  const place = { client: MILESTONE_CLIENT, clock: 0 };
  return presenceEntry(MILESTONE_CLIENT, index / MILESTONE_EVERY + 1, {
    name: `Edit ${index}.`,
    color: '#3066be',
    anchor: place,
    head: place,
  });
}

export async function join({ target, document, stateVector, times, replyFile }: JoinCommand): Promise<JoinResult> {
  const ms: number[] = [];
  let reply: Buffer = Buffer.alloc(0);
  const before = readCpu(target.pid);
  const members: Member[] = [];
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    const member = new Member({
      ...target,
      document,
      stateVector: Uint8Array.from(stateVector),
      onReply: (bytes, start, end) => {
        ms.push(performance.now() - began);
        if (time === times - 1) reply = Buffer.from(bytes.subarray(start, end));
      },
    });
    members.push(member);
    await member.whenJoined;
  }
  const cpuMs = cpuMsBetween(before, readCpu(target.pid));
  for (const member of members) member.leave();
  writeFileSync(replyFile, reply);
  return { ms, cpuMs, replyBytes: reply.length };
}
