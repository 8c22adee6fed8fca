import type { Role } from '../../src/shared/protocol/roles';
import type { GrantEnd, GrantHolder } from '../access/live-grants';

/** Holds a grant for a connection that is still being made: what happens to the grant meanwhile reaches it when it is there. */
export class LateHolder implements GrantHolder {
  #holder: GrantHolder | undefined;
  #role: Role | undefined;
  #ended: { readonly detail: string; readonly rejection: GrantEnd } | undefined;

  /** The connection is there. */
  handTo(holder: GrantHolder): void {
    this.#holder = holder;
    if (this.#ended !== undefined) holder.grantEnded(this.#ended.detail, this.#ended.rejection);
    else if (this.#role !== undefined) holder.roleChanged(this.#role);
  }

  roleChanged(role: Role): void {
    this.#role = role;
    this.#holder?.roleChanged(role);
  }

  grantEnded(detail: string, rejection: GrantEnd): void {
    this.#ended = { detail, rejection };
    this.#holder?.grantEnded(detail, rejection);
  }
}
