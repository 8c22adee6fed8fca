/**
 * Peers on event streams: the relay's end of those who read a document over HTTP, and the down half of those who write over it.
 *
 * R1  A reader is told everything it lacks first, as one sync-reply: the whole document, or, after an event id that the room
 *     still knows, the rest alone.
 * R2  For the others in the room the relay says who the reader is; the entry is gone with the stream.
 * R3  All readers of a document share the bytes of its frames.
 * R4  Who comes as something else than what its link makes it is told so at once: its role may have changed on the way.
 */
import { encodeFrame } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import { Rejected, type RejectionName } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { LiveGrant } from '../access/live-grants';
import { OPEN_KEY } from '../access/open-access';
import type { Member } from '../rooms/members/member';
import type { Clock, Log, Peer } from '../rooms/ports';
import { seqIn } from '../rooms/presence/presence-feed';
import type { Channel } from './event-stream';
import { EventStreamFraming, encodeEvent } from './event-stream-framing';
import { EventStreamPeer } from './event-stream-peer';
import type { LateHolder } from './late-holder';

/** What a transport has to know of a room that it brings a peer to. */
export interface RoomPlace {
  /** Of its numbering of updates. */
  readonly epoch: string;
  /** What somebody has who has everything up to this update; `undefined` when the room does not know that any more. */
  stateVectorAt(update: number): Uint8Array | undefined;
}

export interface RoomStreamsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** A number for each reader, from 1 to 2^32 − 1. */
  randomId(): number;
  /** @throws {Rejected} */
  enter(document: DocumentId, peerFor: (place: RoomPlace) => Peer): Promise<Member>;
}

export interface ComingPeer {
  readonly stream: Channel;
  readonly document: DocumentId;
  readonly grant: LiveGrant;
  readonly holder: LateHolder;
  /** Whether others are carried beside it. */
  readonly isShared: boolean;
  readonly onRefused: (rejection: RejectionName) => void;
}

export interface ComingReader extends ComingPeer {
  /** The JSON of a presence state. */
  readonly state: string;
  readonly lastEventId: string | undefined;
}

export interface ComingWriter extends ComingPeer {
  readonly connection: string;
  readonly onOver: () => void;
}

/** A writer that is in its room. */
export interface JoinedWriter {
  readonly peer: EventStreamPeer;
  readonly member: Member;
}

const NOTHING = Uint8Array.of(0);

export class RoomStreams {
  readonly #options: RoomStreamsOptions;
  /** R3 */
  readonly #framings = new WeakMap<RoomPlace, Record<'own' | 'reader' | 'writer', EventStreamFraming>>();
  #lastNumber = 0;

  constructor(options: RoomStreamsOptions) {
    this.#options = options;
  }

  /** Never rejects: whatever refuses the reader, its stream says so. */
  async read(reader: ComingReader): Promise<void> {
    const { document, stream, lastEventId, state } = reader;
    const id = this.#options.randomId();
    const joined = await this.#join(
      reader,
      'reader',
      () => undefined,
      () => stream.write(encodeEvent({ type: 'reader', data: { document, presence: id } })),
    );
    if (joined === undefined) return;
    const { peer, member, place } = joined;
    const update = seqIn(lastEventId, place.epoch);
    const stateVector = update === undefined ? undefined : place.stateVectorAt(update);
    try {
      member.receive(encodeFrame({ type: 'sync-request', stateVector: stateVector ?? NOTHING }));
      member.receive(encodeFrame({ type: 'awareness', entries: encodeAwareness([{ id, clock: 1, state }]) }));
    } catch (error) {
      this.#refuse(error, (rejection, detail) => peer.close(rejection, detail));
    }
  }

  /** `undefined` when it was refused, which its stream says. */
  async write(writer: ComingWriter): Promise<JoinedWriter | undefined> {
    const { document, stream, connection, onOver } = writer;
    return this.#join(writer, 'writer', onOver, () => stream.write(encodeEvent({ type: 'connection', data: { document, connection } })));
  }

  async #join(
    { stream, document, grant, holder, isShared, onRefused }: ComingPeer,
    kind: 'reader' | 'writer',
    onOver: () => void,
    greet: () => void,
  ): Promise<(JoinedWriter & { readonly place: RoomPlace }) | undefined> {
    const { clock, log, enter } = this.#options;
    const release = (): void => {
      grant.release();
      onOver();
    };
    let made: { readonly peer: EventStreamPeer; readonly place: RoomPlace } | undefined;
    try {
      const member = await enter(document, (place) => {
        const peer = new EventStreamPeer({
          label: `${stream.label}/${++this.#lastNumber}`,
          stream,
          framing: this.#framingsOf(place, document)[isShared ? kind : 'own'],
          probe: encodeEvent({ type: 'probe', data: { document } }),
          kind,
          roleOfGrant: () => grant.role,
          clock,
          log,
          onRefused,
          onOver: release,
        });
        made = { peer, place };
        greet();
        stream.add(peer);
        holder.handTo(peer);
        const isUnexpected = kind === 'writer' ? grant.role === 'viewer' : grant.role === 'editor' && grant.key !== OPEN_KEY;
        if (isUnexpected) peer.roleChanged(grant.role);
        return peer;
      });
      if (made === undefined) throw new Error('a room took nobody in');
      made.peer.enter(member);
      return made.peer.isOver ? undefined : { ...made, member };
    } catch (error) {
      this.#refuse(error, (rejection, detail) => {
        if (made !== undefined) {
          made.peer.close(rejection, detail);
          return;
        }
        release();
        onRefused(rejection);
      });
      return undefined;
    }
  }

  #framingsOf(place: RoomPlace, document: DocumentId): Record<'own' | 'reader' | 'writer', EventStreamFraming> {
    let framings = this.#framings.get(place);
    if (framings === undefined) {
      const { epoch } = place;
      framings = {
        own: new EventStreamFraming({ epoch }),
        reader: new EventStreamFraming({ epoch, part: { document, kind: 'stream' } }),
        writer: new EventStreamFraming({ epoch, part: { document, kind: 'writer' } }),
      };
      this.#framings.set(place, framings);
    }
    return framings;
  }

  #refuse(error: unknown, refuse: (rejection: RejectionName, detail?: string) => void): void {
    if (error instanceof Rejected) {
      refuse(error.rejection, error.message);
      return;
    }
    this.#options.log.error({ err: error }, 'a room could not be opened for a stream');
    refuse('unreadable');
  }
}
