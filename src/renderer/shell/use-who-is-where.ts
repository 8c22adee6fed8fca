import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type Observable, ObservableValue } from '../../shared/observable';
import type { RecentDocument } from '../documents/recent-documents';
import type { Attendee } from '../presence/attendance';
import type { Person } from '../presence/person';
import { placeKey, toShow, type WatchedDocument, type WhoIsWhere } from '../presence/who-is-where';
import { isNarrow, NARROW } from './commands';
import type { Place } from './open-place';
import { isSameDocument } from './page-address';
import type { Shell } from './shell';

/**
 * Who is in which of the listed documents: of the open one, as its session says; of the others, as their relays do.
 *
 * Nobody is asked while the list is not to be seen. A page that a relay served asks that relay alone.
 */
export function useWhoIsWhere(shell: Shell): ReadonlySignal<WhoIsWhere> {
  const shown = useMemo(() => signal<WhoIsWhere>(new Map()), []);
  useEffect(() => {
    const { recent, pageRelay } = shell.parts;
    const documents = new ObservableValue<readonly WatchedDocument[]>([]);
    const isLookedAt = new ObservableValue(false);
    const myIds = new Set<number>();
    const tellDocuments = () => documents.set(toWatch(recent.list.current, shell.place.value, pageRelay));
    const tellLook = () => isLookedAt.set(isListShown(shell) && document.visibilityState === 'visible');
    const watch = shell.parts.watchWhoIsWhere({ documents, isLookedAt, isMe: (id) => myIds.has(id) });
    let here: OpenDocument | undefined;
    const tell = () => {
      shown.value = here === undefined ? watch.current : new Map(watch.current).set(here.key, here.others);
    };
    const tellHere = (open: OpenDocument | undefined) => {
      here = open;
      tell();
    };
    const narrow = matchMedia(NARROW);
    narrow.addEventListener('change', tellLook);
    document.addEventListener('visibilitychange', tellLook);
    const ends = [
      effect(tellDocuments),
      effect(tellLook),
      effect(() => watchOpenDocument(shell.place.value, (id) => myIds.add(id), tellHere)),
      recent.list.subscribe(tellDocuments),
      watch.subscribe(tell),
      () => watch.stop(),
      () => narrow.removeEventListener('change', tellLook),
      () => document.removeEventListener('visibilitychange', tellLook),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [shell, shown]);
  return shown;
}

function toWatch(recent: readonly RecentDocument[], place: Place, pageRelay: string | undefined): readonly WatchedDocument[] {
  const open = place.type === 'document' ? place.session.address : undefined;
  return recent.filter(
    ({ address }) => (pageRelay === undefined || address.relay === pageRelay) && (open === undefined || !isSameDocument(open, address)),
  );
}

function isListShown({ settings, drawer }: Shell): boolean {
  // Both are read, so that a change of either is heard.
  const [beside, over] = [settings.value.sidebar, drawer.value];
  return isNarrow() ? over : beside;
}

interface OpenDocument {
  readonly key: string;
  readonly others: readonly Attendee[];
}

/** Tells who else is in the open document, when that changes; and by which ids one is seen there, even a moment after leaving. */
function watchOpenDocument(place: Place, addMyId: (id: number) => void, tell: (open: OpenDocument | undefined) => void): () => void {
  if (place.type !== 'document') {
    tell(undefined);
    return () => undefined;
  }
  const { people, session } = place;
  const key = placeKey(session.address);
  let looked: readonly Person[] = [];
  const look = () => {
    const now = people.current;
    // They move all the time, and nobody sees that here.
    if (now.length === looked.length && now.every((person, index) => isSeenAs(person, looked[index]))) return;
    looked = now;
    tell({ key, others: toShow(now.filter(({ isMe }) => !isMe)) });
  };
  const noteMe = () => addMyId(session.replica.current.awareness.clientID);
  noteMe();
  tell({ key, others: [] });
  look();
  const ends = [session.replica.subscribe(noteMe), people.subscribe(look)];
  return () => {
    for (const end of ends) end();
  };
}

function isSeenAs(one: Person, other: Person | undefined): boolean {
  return one === other || (one.id === other?.id && one.name === other.name && one.color === other.color && one.role === other.role);
}

export type WatchWhoIsWhere = (options: {
  readonly documents: Observable<readonly WatchedDocument[]>;
  readonly isLookedAt: Observable<boolean>;
  isMe(id: number): boolean;
}) => Observable<WhoIsWhere> & { stop(): void };
