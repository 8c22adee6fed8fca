import { removeAwarenessStates } from 'y-protocols/awareness';
import type { Replica } from '../documents/replica';

/**
 * Lets presence follow the document to a new client id. Yjs takes one when it hears from another client with ours (a
 * restored machine, two copies of a running one), and y-websocket then looks for our presence under an id that has none
 * and throws, in `disconnect` and `destroy` too.
 *
 * @returns whether there was anything to follow.
 */
export function followClientId({ doc, awareness }: Replica): boolean {
  const before = awareness.clientID;
  if (before === doc.clientID) return false;
  const state = awareness.getLocalState();
  awareness.clientID = doc.clientID;
  awareness.setLocalState(state);
  removeAwarenessStates(awareness, [before], 'the client id has changed');
  return true;
}
