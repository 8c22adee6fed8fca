/** People who read along: each moves a cursor, and now and then selects something, in a text that somebody else wrote. */
import type { MoveCommand } from './commands.ts';
import { joinAll, type Member } from './member.ts';
import { presenceEntry } from './presence-entry.ts';
import { randomFrom } from './random.ts';

const FIRST_CLIENT = 3_500_000_000;
const COLORS = ['#d63a2f', '#b35900', '#7a6a00', '#2e7d32', '#00796b', '#0277bd', '#3949ab', '#7b1fa2', '#ad1457', '#5d4037'];
/** One in so many moves selects. */
const SELECTS = 5;
const LONGEST_SELECTION = 40;
const TICK_MS = 2;

/** @returns who is there, and how to let them stand still. */
export async function move(command: MoveCommand): Promise<{ readonly members: readonly Member[]; stop(): void }> {
  const { target, document, people, movesPerSecond, seed } = command;
  const random = randomFrom(seed);
  const members = await joinAll(Array.from({ length: people }, () => ({ ...target, document })));
  const period = 1000 / movesPerSecond;
  const begin = performance.now();
  const movers = members.map((member, index) => ({ member, index, moves: 0, nextAt: begin + random() * period }));
  const timer = setInterval(() => {
    const now = performance.now();
    for (const mover of movers) {
      if (mover.nextAt > now) continue;
      mover.moves++;
      mover.nextAt += period;
      mover.member.showCursor(entries(mover.index, mover.moves, command, random));
    }
  }, TICK_MS);
  return { members, stop: () => clearInterval(timer) };
}

function entries(index: number, moves: number, { passage: { client, clocks } }: MoveCommand, random: () => number): Uint8Array {
  const at = Math.floor(random() * clocks.length);
  const from = moves % SELECTS === 0 ? Math.max(0, at - Math.floor(random() * LONGEST_SELECTION)) : at;
  const place = (offset: number) => ({ client, clock: clocks[offset] as number });
  return presenceEntry(FIRST_CLIENT + index, moves, {
    name: `Reader ${letters(index)}`,
    color: COLORS[index % COLORS.length] as string,
    anchor: place(from),
    head: place(at),
  });
}

/** A name without digits: pages are searched for those. */
function letters(index: number): string {
  return String.fromCharCode(65 + Math.floor(index / 26), 65 + (index % 26));
}
