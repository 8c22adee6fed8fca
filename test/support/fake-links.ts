import { type DocumentLinks, type MadeLink, SharingFailure } from '../../src/renderer/session/links-client';
import type { Link, LinkChange, LinkDraft } from '../../src/shared/protocol/sharing';

const PLAIN: Link = {
  id: 'link',
  role: 'viewer',
  label: '',
  createdAt: 0,
  expiresAt: null,
  uses: 0,
  mostUses: null,
  isRevoked: false,
  arrivals: [],
};

export function linkWith(change: Partial<Link>): Link {
  return { ...PLAIN, ...change };
}

/** A relay's links, in memory, with its owner at them. */
export class FakeLinks implements DocumentLinks {
  readonly known = new Map<string, string>();
  links: readonly Link[];
  isDeleted = false;
  /** What everything rejects with, as long as it is set. */
  failure: SharingFailure | undefined;
  /** Held back until it resolves. */
  delay: Promise<unknown> | undefined;
  asked = 0;
  #made = 0;
  readonly #now: () => number;

  constructor(links: readonly Link[] = [], now: () => number = () => 0) {
    this.links = links;
    this.#now = now;
  }

  async list(): Promise<readonly Link[]> {
    this.asked++;
    const links = this.links;
    await this.#answer();
    return links;
  }

  async add({ role, label = '', expiresAt = null, mostUses = null }: LinkDraft): Promise<MadeLink> {
    const id = `made-${++this.#made}`;
    const link = linkWith({ id, role, label, expiresAt, mostUses, createdAt: this.#now() });
    await this.#answer();
    this.links = [...this.links, link];
    const secret = `secret-of-${id}-${role}`.padEnd(24, 'x');
    this.known.set(id, secret);
    return { link, secret, isKept: true };
  }

  async change(id: string, change: LinkChange): Promise<Link> {
    await this.#answer();
    const before = this.links.find((link) => link.id === id);
    if (before === undefined) throw new SharingFailure('gone', 'It is not there any more.');
    const after = { ...before, ...change };
    this.links = this.links.map((link) => (link.id === id ? after : link));
    return after;
  }

  async remove(id: string): Promise<void> {
    await this.#answer();
    if (!this.links.some((link) => link.id === id)) throw new SharingFailure('gone', 'It is not there any more.');
    this.links = this.links.filter((link) => link.id !== id);
  }

  async secrets(): Promise<ReadonlyMap<string, string>> {
    return new Map(this.known);
  }

  async deleteDocument(): Promise<void> {
    await this.#answer();
    this.isDeleted = true;
  }

  async #answer(): Promise<void> {
    await this.delay;
    if (this.failure !== undefined) throw this.failure;
  }
}
