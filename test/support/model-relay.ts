/** What a relay under `--access links` answers, and what a device has on its disk: for the decisions of admission.ts, without either. */
import type { Key } from '../../src/renderer/documents/keyring';
import { type Answer, admission, type Facts, type Question, type Standing, type Verdict } from '../../src/renderer/session/admission';
import type { Role } from '../../src/shared/protocol/roles';

interface ModelLink {
  readonly role: Role;
  readonly mostUses: number | undefined;
  uses: number;
  isRevoked: boolean;
}

export class ModelRelay {
  owner: string | undefined;
  relayKey: string | undefined;
  readonly links = new Map<string, ModelLink>();
  /** Personal secrets, each with its link's. */
  readonly personal = new Map<string, string>();
  readonly tokens = new Map<string, Role>();
  readonly asked: Question[] = [];
  /** Secrets that devices made up. */
  made = 0;

  link(secret: string, role: Role, mostUses?: number): ModelLink {
    const link = { role, mostUses, uses: 0, isRevoked: false };
    this.links.set(secret, link);
    return link;
  }

  answer(question: Question): Answer {
    this.asked.push(question);
    switch (question.type) {
      case 'look':
        return this.#member(question.secret, this.#standing(question.secret));
      case 'exchange':
        return this.#exchange(question.link, question.made);
      case 'claim': {
        if (this.relayKey !== undefined && question.relayKey !== this.relayKey) return { type: 'unauthorized' };
        this.owner ??= question.secret;
        return this.owner === question.secret ? this.#member(question.secret, { role: 'editor', isOwner: true }) : { type: 'taken' };
      }
      default:
        throw new Error(`not a question for a relay: ${question.type}`);
    }
  }

  #exchange(secret: string, made: string): Answer {
    const link = this.links.get(secret);
    if (link === undefined || link.isRevoked) return { type: 'unauthorized' };
    if (this.personal.get(made) !== secret) {
      if (link.uses >= (link.mostUses ?? Number.POSITIVE_INFINITY)) return { type: 'unauthorized' };
      link.uses++;
      this.personal.set(made, secret);
    }
    return this.#member(made, { role: link.role, isOwner: false });
  }

  #standing(secret: string): Standing | undefined {
    if (secret === this.owner) return { role: 'editor', isOwner: true };
    const token = this.tokens.get(secret);
    if (token !== undefined) return { role: token, isOwner: false };
    const itself = this.links.get(secret);
    const link = itself?.mostUses === undefined ? (itself ?? this.links.get(this.personal.get(secret) ?? '')) : undefined;
    return link === undefined || link.isRevoked ? undefined : { role: link.role, isOwner: false };
  }

  #member(secret: string, standing: Standing | undefined): Answer {
    return standing === undefined ? { type: 'unauthorized' } : { type: 'member', secret, ...standing };
  }
}

/** One device with one document: what it has kept, and what it made up. */
export class ModelDevice {
  readonly relay: ModelRelay;
  key: Key | undefined;
  relayKey: string | undefined;

  constructor(relay: ModelRelay, key?: Key) {
    this.relay = relay;
    this.key = key;
  }

  /**
   * One attempt to get in, as a window makes it that knows nothing but what is on the disk.
   *
   * @param isUnseen the key came to the disk after this attempt had looked there.
   * @param cut of the questions for the relay, counted from 0: at which the attempt ends, before it is asked or before its answer comes.
   */
  getIn(
    offered: string,
    more: {
      access?: 'open';
      isUnseen?: boolean;
      isWeighed?: boolean;
      mayClaim?: boolean;
      isMeant?: boolean;
      cut?: { at: number; isAsked: boolean };
    } = {},
  ): Verdict | 'cut' | undefined {
    const facts: Facts = {
      access: more.access ?? 'links',
      creators: this.relay.relayKey === undefined ? 'anyone' : 'key',
      key: more.isUnseen === true ? undefined : this.key,
      offered,
      isWeighed: more.isWeighed ?? false,
      mayClaim: more.mayClaim ?? true,
      isMeant: more.isMeant ?? true,
      made: `made-${++this.relay.made}`,
      relayKey: this.relayKey,
    };
    const steps = admission(facts);
    let asked = 0;
    for (let next = steps.next(); ; ) {
      if (next.done === true) {
        if (next.value.type === 'let-in' && next.value.key !== undefined) this.key = next.value.key;
        return next.value;
      }
      const question = next.value;
      const own = this.#ownAnswer(question);
      if (own === undefined && asked++ === more.cut?.at) {
        if (more.cut.isAsked) this.relay.answer(question);
        return 'cut';
      }
      next = steps.next(own ?? this.relay.answer(question));
    }
  }

  #ownAnswer(question: Question): Answer | undefined {
    if (question.type === 'keep-first') {
      this.key ??= question.key;
      return { type: 'kept', key: this.key };
    }
    if (question.type !== 'let-go') return undefined;
    if (this.key?.secret === question.key.secret) this.key = undefined;
    return { type: 'gone' };
  }
}
