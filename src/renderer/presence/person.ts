import type { PresenceCursor } from '../../shared/protocol/presence';
import type { Role } from '../../shared/protocol/roles';
import type { PersonColor } from './person-colors';

/** One person in the document, as the editor and the shell show them. */
export interface Person {
  /** The presence id: the client id of their awareness entry. */
  readonly id: number;
  /** Never empty: whoever has no name gets a friendly one that stays the same for their id. */
  readonly name: string;
  readonly color: PersonColor;
  readonly role: Role;
  /** `undefined` while they are not in the text. */
  readonly cursor: PresenceCursor | undefined;
  readonly isMe: boolean;
  /** Nothing of them has changed for {@link IDLE_AFTER_MS}. */
  readonly idle?: boolean;
}

export const IDLE_AFTER_MS = 2 * 60_000;
