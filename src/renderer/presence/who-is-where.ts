/**
 * Who is in which document now, for a list of documents: by presence streams, without opening any.
 *
 * R1  Of as many documents as are looked at, the first {@link MOST_WATCHED}; of none while nobody looks.
 * R2  What cannot be known is not there: a document that is not in the map is one of which nothing is known right now, an empty
 *     list one that nobody is in.
 * R3  Writers come first, then by name; who is there twice is told once; oneself, where that is known, not at all.
 */
import { type Observable, ObservableValue } from '../../shared/observable';
import type { DocumentAddress } from '../../shared/protocol/links';
import type { DocumentId } from '../../shared/protocol/routes';
import type { Attendance, Attendee } from './attendance';
import { RelayWatch, type RelayWatchParts, type WantedDocuments } from './relay-watch';

/** A feed carries 200 streams; nobody reads a list of so many. */
export const MOST_WATCHED = 50;

export interface WatchedDocument {
  readonly address: Pick<DocumentAddress, 'relay' | 'document'>;
  /** Of the relay that it was met at; secrets go to no other one. */
  readonly relayId: string;
}

/** By {@link placeKey}. */
export type WhoIsWhere = ReadonlyMap<string, readonly Attendee[]>;

export interface WhoIsWhereOptions extends RelayWatchParts {
  readonly documents: Observable<readonly WatchedDocument[]>;
  /** Whether anybody can see the list. */
  readonly isLookedAt: Observable<boolean>;
  isMe(id: number): boolean;
}

const NOTHING: WantedDocuments = new Map();

export function placeKey({ relay, document }: WatchedDocument['address']): string {
  return `${relay} ${document}`;
}

export function watchWhoIsWhere(options: WhoIsWhereOptions): Observable<WhoIsWhere> & { stop(): void } {
  return new Watch(options);
}

class Watch implements Observable<WhoIsWhere> {
  readonly #options: WhoIsWhereOptions;
  readonly #whoIsWhere = new ObservableValue<WhoIsWhere>(new Map());
  readonly #relays = new Map<string, RelayWatch>();
  readonly #ends: readonly (() => void)[];

  constructor(options: WhoIsWhereOptions) {
    this.#options = options;
    const tend = () => this.#tend();
    this.#ends = [options.documents.subscribe(tend), options.isLookedAt.subscribe(tend)];
    tend();
  }

  get current(): WhoIsWhere {
    return this.#whoIsWhere.current;
  }

  subscribe(listener: (value: WhoIsWhere) => void): () => void {
    return this.#whoIsWhere.subscribe(listener);
  }

  stop(): void {
    for (const end of this.#ends) end();
    for (const relay of this.#relays.values()) relay.close();
    this.#relays.clear();
  }

  #tend(): void {
    const { documents, isLookedAt } = this.#options;
    const wanted = new Map<string, Map<DocumentId, string>>();
    for (const { address, relayId } of isLookedAt.current ? documents.current.slice(0, MOST_WATCHED) : []) {
      const ofRelay = wanted.get(address.relay) ?? new Map<DocumentId, string>();
      wanted.set(address.relay, ofRelay.set(address.document, relayId));
    }
    // They go on knowing what was refused: asked for again at each look, it would be one wrong secret more each time.
    for (const [relay, watch] of this.#relays) if (!wanted.has(relay)) watch.want(NOTHING);
    for (const [relay, ofRelay] of wanted) {
      const watch = this.#relays.get(relay) ?? new RelayWatch(relay, this.#options, () => this.#tell());
      this.#relays.set(relay, watch);
      watch.want(ofRelay);
    }
    this.#tell();
  }

  #tell(): void {
    const told = new Map<string, readonly Attendee[]>();
    for (const [relay, watch] of this.#relays) {
      for (const [document, attendance] of watch.attendances()) told.set(placeKey({ relay, document }), this.#others(attendance));
    }
    if (told.size > 0 || this.current.size > 0) this.#whoIsWhere.set(told);
  }

  #others(attendance: Attendance): readonly Attendee[] {
    return toShow([...attendance.values()].filter(({ id }) => !this.#options.isMe(id)));
  }
}

/** R3 */
export function toShow(attendees: readonly Attendee[]): readonly Attendee[] {
  const shown = new Map<string, Attendee>();
  for (const attendee of attendees) {
    const looks = `${attendee.color.index} ${attendee.name}`;
    const before = shown.get(looks);
    if (before === undefined || before.role === 'viewer') shown.set(looks, attendee);
  }
  return [...shown.values()].sort(byPlace);
}

function byPlace(one: Attendee, other: Attendee): number {
  if (one.role !== other.role) return one.role === 'editor' ? -1 : 1;
  return one.name.localeCompare(other.name) || one.id - other.id;
}
