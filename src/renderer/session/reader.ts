import { cleanName, parsePresence } from '../../shared/protocol/presence';
import type { SocketRequest } from './socket';

/** Somebody, as shown to the others. */
export type Person = SocketRequest['reader'];

/** Who reads: as the state of its awareness says; a replica that nobody edits yet has none, then `me`. */
export function readerOf(state: unknown, me: Person): Person {
  const user = parsePresence(JSON.stringify(state ?? {}))?.user;
  return user === undefined ? { name: cleanName(me.name), color: me.color } : { name: user.name, color: user.color };
}
