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

/**
 * Many at once. Yjs walks from each place to the beginning of the text: for a hundred people in a long document that is more
 * work than drawing them. This walks once, for all of them.
 */
export function toSpans<Key>(replica: Replica, cursors: ReadonlyMap<Key, PresenceCursor>): ReadonlyMap<Key, TextSpan> {
  const found = new Map<Key, readonly [Place, Place]>();
  const items = new Map<Y.Item, number>();
  for (const [key, { anchor, head }] of cursors) {
    const first = placeOf(replica, anchor);
    const second = isSamePlace(anchor, head) ? first : placeOf(replica, head);
    if (first === undefined || second === undefined) continue;
    found.set(key, [first, second]);
    for (const { item } of [first, second]) if (item !== undefined) items.set(item, 0);
  }
  measureBefore(replica.content, items);
  const offset = ({ item, within }: Place) => (item === undefined ? 0 : (items.get(item) ?? 0)) + within;
  return new Map([...found].map(([key, [first, second]]) => [key, { anchor: offset(first), head: offset(second) }]));
}

/** So many units into an item, or, without one, into the text. */
interface Place {
  readonly item: Y.Item | undefined;
  readonly within: number;
}

function placeOf({ doc, content }: Replica, json: RelativePosition): Place | undefined {
  try {
    const position = Y.createRelativePositionFromJSON(json);
    const { item: id, assoc } = position;
    if (id !== null) {
      if (Y.getState(doc.store, id.client) <= id.clock) return undefined;
      const item = Y.getItem(doc.store, id);
      // What was garbage is no item any more.
      if (!(item instanceof Y.Item) || item.parent !== content) return undefined;
      // Deleted and brought back by undo, it is elsewhere: Yjs knows where.
      if (item.redone === null) {
        return { item, within: item.deleted || !item.countable ? 0 : id.clock - item.id.clock + (assoc >= 0 ? 0 : 1) };
      }
    }
    const found = Y.createAbsolutePositionFromRelativePosition(position, doc);
    return found?.type === content ? { item: undefined, within: found.index } : undefined;
  } catch {
    return undefined; // A stranger's position may name a type that Yjs cannot open as one.
  }
}

/** Puts the length of the text before each item beside it. */
function measureBefore(content: Y.Text, items: Map<Y.Item, number>): void {
  let length = 0;
  let left = items.size;
  for (let item = content._start; item !== null && left > 0; item = item.right) {
    if (items.has(item)) {
      items.set(item, length);
      left--;
    }
    if (!item.deleted && item.countable) length += item.length;
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
