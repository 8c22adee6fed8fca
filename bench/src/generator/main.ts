/** The generator's process: one command at a time over the channel to whoever started it. */
import type { Answer, Command } from './commands.ts';
import { fill, hold } from './holding.ts';
import { ingest, join } from './ingesting.ts';
import type { Member } from './member.ts';
import { move } from './moving.ts';
import { storm } from './storming.ts';
import { typeInRooms } from './typing.ts';

let held: Member[] = [];
let standStill: () => void = () => undefined;

process.on('message', (command: Command) => void answer(command));
process.on('disconnect', () => process.exit(0));

async function answer(command: Command): Promise<void> {
  send(
    await run(command).then(
      (result) => ({ ok: true, result }),
      (error: unknown) => ({ ok: false, error: error instanceof Error ? error.message : String(error) }),
    ),
  );
}

async function run(command: Command): Promise<unknown> {
  switch (command.type) {
    case 'type':
      return typeInRooms(command);
    case 'ingest': {
      const { result, members } = await ingest(command);
      held.push(...members);
      return result;
    }
    case 'join':
      return join(command);
    case 'storm':
      return storm(command);
    case 'hold':
      held.push(...(await hold(command)));
      return null;
    case 'fill':
      held.push(...(await fill(command)));
      return null;
    case 'move': {
      const { members, stop } = await move(command);
      held.push(...members);
      standStill = stop;
      return null;
    }
    case 'release':
      standStill();
      for (const member of held) member.leave();
      held = [];
      return null;
  }
}

function send(message: Answer): void {
  process.send?.(message);
}
