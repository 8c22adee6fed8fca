/** The steady and the saturated load: people in rooms, a warm-up, a measured time, and the wait for the last edit. */
import { cpuMsBetween, readCpu, residentBytes } from '../measure/process-tree.ts';
import { DelayHistogram } from '../measure/statistics.ts';
import { type TypeCommand, type TypeResult, typingDocument } from './commands.ts';
import { randomFrom } from './random.ts';
import { RoomUnderLoad, Tally } from './room-under-load.ts';
import { sleep } from './waiting.ts';

const FIRST_CLIENT = 1_000_000_000;
const CLIENTS_EACH = 10_000;
/** How long nothing may arrive before the last edits are given up; relays can be far behind. */
const PATIENCE_MS = 20_000;
const TICK_MS = 1;
const LOOK_MS = 20;

export async function typeInRooms(command: TypeCommand, patienceMs = PATIENCE_MS): Promise<TypeResult> {
  const tally = new Tally();
  const rooms = Array.from(
    { length: command.documents },
    (_, index) =>
      new RoomUnderLoad({
        target: command.target,
        document: typingDocument(index),
        members: command.membersEach,
        writers: command.writersEach,
        cursors: command.cursors,
        pace: command.pace,
        firstClient: FIRST_CLIENT + index * CLIENTS_EACH,
        tally,
      }),
  );
  for (let from = 0; from < rooms.length; from += 16) await Promise.all(rooms.slice(from, from + 16).map((room) => room.join()));
  for (const room of rooms) room.start();
  const lateness = new DelayHistogram();
  const stop = command.pace.type === 'steady' ? keepTyping(rooms, command.pace.keysPerSecond, command.seed, lateness) : () => undefined;
  await sleep(command.warmUpMs);
  const before = look(rooms, command.target.pid);
  tally.from = before.at;
  await sleep(command.measureMs);
  const after = look(rooms, command.target.pid);
  tally.to = after.at;
  const resident = residentBytes(command.target.pid);
  stop();
  for (const room of rooms) room.stop();
  const fault = await faultInTheEnd(rooms, tally, patienceMs);
  for (const room of rooms) room.leave();
  if (fault !== undefined) throw new Error(fault);
  const ms = after.at - before.at;
  return {
    seconds: ms / 1000,
    cpuMs: cpuMsBetween(before.relay, after.relay),
    edits: tally.edits,
    deliveries: tally.deliveries,
    cursorFrames: after.cursorFrames - before.cursorFrames,
    p50Ms: tally.delays.percentile(50),
    p99Ms: tally.delays.percentile(99),
    bytesFromRelay: after.bytesIn - before.bytesIn,
    bytesToRelay: after.bytesOut - before.bytesOut,
    residentBytes: resident,
    keysLateP99Ms: lateness.percentile(99),
    generatorBusy: cpuMsBetween(before.own, after.own) / ms,
  };
}

/** Waits until everything has arrived (R2 of room-under-load); what was wrong, in words, when something was. */
export async function faultInTheEnd(rooms: readonly RoomUnderLoad[], tally: Tally, patienceMs = PATIENCE_MS): Promise<string | undefined> {
  const stoppedAt = performance.now();
  const fault = () => tally.fault ?? rooms.map((room) => room.closed()).find((reason) => reason !== undefined);
  const missing = () => rooms.map((room) => room.missing()).find((words) => words !== undefined);
  while (fault() === undefined && missing() !== undefined && performance.now() - Math.max(stoppedAt, tally.lastArrival) < patienceMs) {
    await sleep(LOOK_MS);
  }
  return fault() ?? missing();
}

/** Everybody at their own moment, a fifth faster or slower from key to key. Returns how to stop. */
export function keepTyping(
  rooms: readonly RoomUnderLoad[],
  keysPerSecond: number,
  seed: number,
  lateness = new DelayHistogram(),
): () => void {
  const random = randomFrom(seed);
  const period = 1000 / keysPerSecond;
  const begin = performance.now();
  const typists = rooms.flatMap((room) =>
    Array.from({ length: room.writers }, (_, writer) => ({ room, writer, nextAt: begin + random() * period })),
  );
  const timer = setInterval(() => {
    const now = performance.now();
    for (const typist of typists) {
      if (typist.nextAt > now) continue;
      lateness.add(now - typist.nextAt);
      typist.room.type(typist.writer);
      typist.nextAt += period * (0.8 + 0.4 * random());
    }
  }, TICK_MS);
  return () => clearInterval(timer);
}

function look(rooms: readonly RoomUnderLoad[], pid: number) {
  let bytesIn = 0;
  let bytesOut = 0;
  let cursorFrames = 0;
  for (const { members } of rooms) {
    for (const member of members) {
      bytesIn += member.socket.bytesIn;
      bytesOut += member.socket.bytesOut;
      cursorFrames += member.cursorFrames;
    }
  }
  return { bytesIn, bytesOut, cursorFrames, relay: readCpu(pid), own: readCpu(process.pid), at: performance.now() };
}
