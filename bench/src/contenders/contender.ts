/** A relay under measurement: how to start it, and how its clients speak. */
import type { Dialect } from '../generator/dialect.ts';

/**
 * `ours-before` is another build of ours, for seeing what a change gave; `ours-stock-page` is our relay, used by a page that
 * is not ours.
 */
export type ContenderId =
  | 'ours'
  | 'ours-before'
  | 'ours-stock-page'
  | 'bare-ws'
  | 'y-websocket-server'
  | 'y-websocket-leveldb'
  | 'hocuspocus';

export interface Contender {
  readonly id: ContenderId;
  /** For tables. */
  readonly name: string;
  /** For charts, where there is little room. */
  readonly shortName: string;
  readonly dialect: Dialect;
  /** Whether it keeps documents over a restart when it is asked to. */
  readonly keeps: boolean;
  /** Whether it knows what is in a document: a broadcast does not. */
  readonly syncs: boolean;
  command(surroundings: Surroundings): Command;
}

export interface Surroundings {
  /** Empty at the first start. */
  readonly data: string;
  /** Whether the run is about what a relay keeps; those that can do without keep nothing otherwise. */
  readonly keepsDocuments: boolean;
  /** Whose pages use it, besides its own. */
  readonly origins: readonly string[];
  /** The main.js of either build. */
  readonly builds: Builds;
}

export interface Builds {
  readonly ours: string;
  readonly before: string | undefined;
}

export interface Command {
  /** A file, then its flags. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Whether pages get our editor from it: from `ours-stock-page` they get the stock page. */
export function hasOurEditor({ id }: Pick<Contender, 'id'>): boolean {
  return id === 'ours' || id === 'ours-before';
}
