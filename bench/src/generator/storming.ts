/** A thousand people lose the network in one moment, and all come back in the next. */
import { cpuMsBetween, readCpu } from '../measure/process-tree.ts';
import type { StormCommand, StormResult } from './commands.ts';
import { joinAll, Member, type MemberOptions } from './member.ts';
import { RoomUnderLoad, Tally } from './room-under-load.ts';
import { faultInTheEnd, keepTyping } from './typing.ts';
import { sleep } from './waiting.ts';

const OTHERS = 10;
const KEYS_PER_SECOND = 5;
const QUIET_MS = 3_000;
const GONE_MS = 500;
const SYNCED_MS = 60_000;
const FIRST_CLIENT = 3_000_000_000;

export async function storm(command: StormCommand): Promise<StormResult> {
  const { target, documents, clients, stateVector, lastText, seed } = command;
  const room = (tally: Tally) =>
    new RoomUnderLoad({
      target,
      document: 'unaffected',
      members: OTHERS,
      writers: OTHERS,
      cursors: true,
      pace: { type: 'steady', keysPerSecond: KEYS_PER_SECOND },
      firstClient: FIRST_CLIENT,
      tally,
    });
  const tally = new Tally();
  const others = room(tally);
  let answers = 0;
  const options: MemberOptions[] = Array.from({ length: clients }, (_, index) => ({
    ...target,
    document: documents[index % documents.length] as string,
    stateVector: Uint8Array.from(stateVector),
    onReply: (bytes, start, end) => {
      if (bytes.subarray(start, end).includes(lastText)) answers++;
    },
  }));
  const gone = await joinAll(options);
  await others.join();
  const stop = keepTyping([others], KEYS_PER_SECOND, seed);
  await sleep(QUIET_MS / 2);
  tally.from = performance.now();
  await sleep(QUIET_MS);
  const quietP99Ms = tally.delays.percentile(99);
  tally.from = Number.POSITIVE_INFINITY;
  for (const member of gone) member.leave();
  await sleep(GONE_MS);

  answers = 0;
  const stormDelays = tally.startAnew();
  tally.from = performance.now();
  const before = readCpu(target.pid);
  const began = performance.now();
  const back = options.map((each) => new Member(each));
  await Promise.race([Promise.all(back.map((member) => member.whenJoined)), rejectAfter(SYNCED_MS)]);
  const allSyncedMs = performance.now() - began;
  const cpuMs = cpuMsBetween(before, readCpu(target.pid));
  tally.to = performance.now();
  stop();
  const fault = await faultInTheEnd([others], tally);
  for (const member of back) member.leave();
  others.leave();
  if (fault !== undefined) throw new Error(fault);
  if (answers !== clients) throw new Error(`${answers} of ${clients} clients were given what they lacked`);
  return { allSyncedMs, cpuMs, othersP99Ms: stormDelays.percentile(99), quietP99Ms };
}

async function rejectAfter(ms: number): Promise<never> {
  await sleep(ms);
  throw new Error(`not everybody was back after ${ms} ms`);
}
