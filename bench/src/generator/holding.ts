/** Connections that are simply there. */

import { readFileSync } from 'node:fs';
import type { FillCommand, HoldCommand } from './commands.ts';
import { joinAll, type Member } from './member.ts';
import { until } from './waiting.ts';
import { TypingPerson } from './written-update.ts';

const FIRST_CLIENT = 2_000_000_000;
const TAKEN_IN_MS = 60_000;

export async function hold({ target, documents, membersEach, firstDocument }: HoldCommand): Promise<Member[]> {
  const names = Array.from({ length: documents }, (_, index) => `held-${firstDocument + index}`);
  const options = names.flatMap((document) => Array.from({ length: membersEach }, () => ({ ...target, document })));
  const members = await joinAll(options);
  for (const [index, member] of members.entries()) {
    member.showCursor(new TypingPerson(FIRST_CLIENT + firstDocument * membersEach + index, index % membersEach).nextCursor());
  }
  return members;
}

/** One writer each brings the content and stays; another one, who is there from the start, proves that it went through. */
export async function fill({ target, documents, updateFile, lastText }: FillCommand): Promise<Member[]> {
  const update = readFileSync(updateFile);
  const members: Member[] = [];
  for (const document of documents) {
    let isThere = false;
    const [witness, writer] = (await joinAll([
      {
        ...target,
        document,
        onUpdate: (bytes, start, end) => {
          isThere ||= bytes.subarray(start, end).includes(lastText);
        },
      },
      { ...target, document },
    ])) as [Member, Member];
    writer.write(update);
    const taken = await until(() => isThere && (target.dialect !== 'weft' || writer.saved === writer.sent), TAKEN_IN_MS);
    if (!taken) throw new Error(`${document}: the content did not get through`);
    witness.leave();
    members.push(writer);
  }
  return members;
}
