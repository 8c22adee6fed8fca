/** The steady and the saturated load: people in rooms, a warm-up, a measured time, and the wait for the last edit. */
import { cpuMsBetween, readCpu, residentBytes } from '../measure/process-tree.ts';
import type { TypeCommand, TypeResult } from './commands.ts';
import { randomFrom } from './random.ts';
import { RoomUnderLoad, Tally } from './room-under-load.ts';
import { sleep, until } from './waiting.ts';

const FIRST_CLIENT = 1_000_000_000;
const CLIENTS_EACH = 10_000;
/** How long the last edits may take to arrive, when relays are far behind. */
const ARRIVE_MS = 60_000;
const TICK_MS = 1;

export async function typeInRooms(command: TypeCommand): Promise<TypeResult> {
  const tally = new Tally();
  const rooms = Array.from(
    { length: command.documents },
    (_, index) =>
      new RoomUnderLoad({
        target: command.target,
        document: `typing-${index}`,
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
  const stop = command.pace.type === 'steady' ? keepTyping(rooms, command.pace.keysPerSecond, command.seed) : () => undefined;
  await sleep(command.warmUpMs);
  const before = look(rooms, command.target.pid);
  tally.from = before.at;
  await sleep(command.measureMs);
  const after = look(rooms, command.target.pid);
  tally.to = after.at;
  const resident = residentBytes(command.target.pid);
  stop();
  for (const room of rooms) room.stop();
  await until(
    () => tally.fault !== undefined || rooms.every((room) => room.missing() === undefined || room.closed() !== undefined),
    ARRIVE_MS,
  );
  for (const room of rooms) {
    const fault = tally.fault ?? room.closed() ?? room.missing();
    if (fault !== undefined) throw new Error(fault);
  }
  for (const room of rooms) room.leave();
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
    generatorBusy: cpuMsBetween(before.own, after.own) / ms,
  };
}

/** Everybody at their own moment, a fifth faster or slower from key to key. Returns how to stop. */
export function keepTyping(rooms: readonly RoomUnderLoad[], keysPerSecond: number, seed: number): () => void {
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
