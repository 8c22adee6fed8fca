/** Places in the text that hold while others write: Yjs relative positions, and back. (pure) */
import * as Y from 'yjs';
import type { PresenceCursor, RelativePosition } from '../../shared/protocol/presence';
import type { Replica } from '../documents/replica';

/** A selection by offsets in the text. */
export interface TextSpan {
  readonly anchor: number;
  readonly head: number;
}

export function toCursor(content: Y.Text, { anchor, head }: TextSpan): PresenceCursor {
  const place = (offset: number): RelativePosition => {
    const position = Y.createRelativePositionFromTypeIndex(content, Math.min(offset, content.length));
    return Y.relativePositionToJSON(position) as RelativePosition;
  };
  const first = place(anchor);
  return { anchor: first, head: anchor === head ? first : place(head) };
}

/** `undefined` while the text it points to has not arrived here, or when it points elsewhere. */
export function toSpan({ doc, content }: Replica, cursor: PresenceCursor): TextSpan | undefined {
  const offset = (place: RelativePosition): number | undefined => {
    const position = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(place), doc);
    return position !== null && position.type === content ? position.index : undefined;
  };
  try {
    const anchor = offset(cursor.anchor);
    const head = isSamePlace(cursor.anchor, cursor.head) ? anchor : offset(cursor.head);
    return anchor === undefined || head === undefined ? undefined : { anchor, head };
  } catch {
    return undefined; // A stranger's position may name a type that Yjs cannot open as one.
  }
}

export function isSameCursor(one: PresenceCursor | undefined, other: PresenceCursor | undefined): boolean {
  if (one === other) return true;
  return one !== undefined && other !== undefined && isSamePlace(one.anchor, other.anchor) && isSamePlace(one.head, other.head);
}

function isSamePlace(one: RelativePosition, other: RelativePosition): boolean {
  return (
    one === other ||
    (one.item?.client === other.item?.client &&
      one.item?.clock === other.item?.clock &&
      one.tname === other.tname &&
      one.type?.client === other.type?.client &&
      one.type?.clock === other.type?.clock &&
      (one.assoc ?? 0) === (other.assoc ?? 0))
  );
}
