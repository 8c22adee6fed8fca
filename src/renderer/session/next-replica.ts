import type { DocumentId } from '../../shared/protocol/routes';
import { type FoundCopy, NOTHING_FOUND, type OfflineCopies } from '../documents/offline-copy';
import { CopyKeeper } from './copy-keeper';
import type { LiveReplica } from './live-replica';

/** Another relay than the known one, met at the same address, and the copy of its document. */
export interface OtherRelay {
  readonly relayId: string;
  readonly keeper: CopyKeeper;
}

export interface Fresh {
  readonly live: LiveReplica;
  /** Set when it is for another relay. */
  readonly other: OtherRelay | undefined;
  /** The old one was refused edits; else it may not fit at all. */
  readonly because: 'role' | 'misfit';
}

/**
 * The fresh replica that is to take the place of the one that is shown, as long as it is being filled.
 *
 * R1  It is filled from a relay alone, or from the copy of that relay's document.
 * R2  Of several relays that are met one after the other, the last one counts.
 */
export class NextReplica {
  readonly #copies: OfflineCopies;
  readonly #document: DocumentId;
  readonly #newLive: (found: FoundCopy) => LiveReplica;
  #fresh: Fresh | undefined;
  /** The next one to begin is for it. */
  #other: OtherRelay | undefined;
  /** Rises with each relay that is met (R2). */
  #meetings = 0;
  #isClosed = false;

  constructor(options: { copies: OfflineCopies; document: DocumentId; newLive: (found: FoundCopy) => LiveReplica }) {
    this.#copies = options.copies;
    this.#document = options.document;
    this.#newLive = options.newLive;
  }

  get live(): LiveReplica | undefined {
    return this.#fresh?.live;
  }

  /** The known relay answered: what was begun for another one is not needed. */
  meetKnown(): void {
    this.#meetings++;
    if (this.#fresh?.other !== undefined || this.#other !== undefined) this.drop();
  }

  /** Resolves when the next one can begin. */
  async meetOther(relayId: string): Promise<void> {
    const meeting = ++this.#meetings;
    if (this.#fresh?.other?.relayId === relayId) return;
    this.drop();
    const keeper = await CopyKeeper.open(this.#copies, { relay: relayId, document: this.#document });
    if (this.#isClosed || meeting !== this.#meetings) await keeper.close();
    else this.#other = { relayId, keeper };
  }

  begin(because: Fresh['because']): void {
    if (this.#fresh?.other !== undefined && this.#other === undefined) return;
    this.#fresh?.live.destroy();
    const other = this.#other;
    this.#other = undefined;
    const live = this.#newLive(other?.keeper.found ?? NOTHING_FOUND);
    // Nobody sees a replica that nobody edits yet.
    live.replica.awareness.setLocalState(null);
    this.#fresh = { live, other, because };
  }

  /** It is filled: the caller's from now on. */
  take(): Fresh | undefined {
    const fresh = this.#fresh;
    this.#fresh = undefined;
    return fresh;
  }

  drop(): void {
    this.#fresh?.live.destroy();
    void this.#fresh?.other?.keeper.close();
    void this.#other?.keeper.close();
    this.#fresh = undefined;
    this.#other = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.drop();
  }
}
