/** A long history, sent by one person as fast as the relay takes it. */
import { writeFileSync } from 'node:fs';
import { cpuMsBetween, readCpu, residentBytes } from '../measure/process-tree.ts';
import { concatAll, readVarUint, varBytes } from './bytes.ts';
import type { IngestCommand, IngestResult, JoinCommand, JoinResult } from './commands.ts';
import { joinAll, Member } from './member.ts';
import { readUpdates } from './recorded-history.ts';
import { until } from './waiting.ts';

const INGEST_MS = 300_000;
/** The generator looks up from sending this often, so that it can receive. */
const IN_A_TURN = 64;

/** Writer and receiver stay: who joins next joins a document in use. */
export async function ingest(command: IngestCommand): Promise<{ readonly result: IngestResult; readonly members: readonly Member[] }> {
  const { target, document, updatesFile, lastText, receivedFile } = command;
  const updates = readUpdates(updatesFile);
  const last = Buffer.from(lastText);
  const received: Uint8Array[] = [];
  let isComplete = false;
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
    },
  ])) as [Member, Member];
  const before = readCpu(target.pid);
  const began = performance.now();
  for (const [index, update] of updates.entries()) {
    writer.write(update);
    if (index % IN_A_TURN !== 0) continue;
    await writer.socket.whenDrained();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const done = await until(() => isComplete && (target.dialect !== 'weft' || writer.saved === writer.sent), INGEST_MS);
  const ms = performance.now() - began;
  const cpuMs = cpuMsBetween(before, readCpu(target.pid));
  const fault = writer.closedBecause ?? receiver.closedBecause;
  if (!done || fault !== undefined) throw new Error(`the history did not arrive: ${fault ?? 'time was up'}`);
  if (receivedFile !== undefined) writeFileSync(receivedFile, concatAll(received.map(varBytes)));
  return { result: { updates: updates.length, ms, cpuMs, residentBytes: residentBytes(target.pid) }, members: [writer, receiver] };
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
