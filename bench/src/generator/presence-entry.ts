import { concat, varString, varUint } from './bytes.ts';

/** Where a cursor is: at a character, by who wrote it and which of theirs it is. */
export interface CharacterPlace {
  readonly client: number;
  readonly clock: number;
}

export interface PresenceState {
  readonly name: string;
  readonly color: string;
  readonly anchor: CharacterPlace;
  readonly head: CharacterPlace;
}

/** Entries of an awareness frame (y-protocols/awareness) with one person in it, as an editor with y-codemirror.next sends them. */
export function presenceEntry(client: number, clock: number, { name, color, anchor, head }: PresenceState): Uint8Array {
  const place = (item: CharacterPlace) => ({ type: null, tname: 'content', item, assoc: 0 });
  const state = { user: { name, color, colorLight: `${color}33` }, cursor: { anchor: place(anchor), head: place(head) } };
  return concat([1], varUint(client), varUint(clock), varString(JSON.stringify(state)));
}
