/**
 * Addresses that reach the app from outside: a click on a `weft://` link, or the command line.
 *
 * R1 Of a command line only one argument is taken: the single one that is an address of a document. Switches are ignored.
 * R2 Nothing is connected to because of it: the window is told, and asks.
 * R3 A link that was meant for this app and cannot be opened is not passed over in silence: the window says why.
 */
import type { App } from 'electron';
import type { LinkFault } from '../shared/bridge';
import { parseAddress } from '../shared/protocol/links';

const LINK_SCHEME = 'weft';

/** Characters: the longest secret that a relay takes has 4,096, and its relay and document fit beside it. */
export const LONGEST_ADDRESS = 8_192;

/** What a click or a command line brought. */
export type GivenLink =
  | { readonly type: 'document'; readonly address: string }
  | { readonly type: 'fault'; readonly fault: LinkFault }
  | undefined;

/** The address of a document, as a window may open it; `undefined` for anything else. */
export function documentAddress(text: string): string | undefined {
  if (text.length > LONGEST_ADDRESS || !/^(weft|https?):\/\//i.test(text)) return undefined;
  return parseAddress(text) === undefined ? undefined : text;
}

/** What a click on a link brought. */
export function givenLink(text: string): GivenLink {
  const address = documentAddress(text);
  if (address !== undefined) return { type: 'document', address };
  if (!text.toLowerCase().startsWith(`${LINK_SCHEME}:`)) return undefined;
  return { type: 'fault', fault: text.length > LONGEST_ADDRESS ? 'too-long' : 'unreadable' };
}

/** The one address in a command line (without the program), or why there is none; nothing when there are several, for they would be a guess. */
export function linkInArguments(words: readonly string[]): GivenLink {
  const links = words.map(givenLink).filter((link) => link !== undefined);
  const documents = links.filter(({ type }) => type === 'document');
  if (documents.length > 0) return documents.length === 1 ? documents[0] : undefined;
  return links.length === 1 ? links[0] : undefined;
}

/** Makes the system open `weft://` links with this app. Only an installed app: development leaves the machine as it is. */
export function registerLinkScheme(app: Pick<App, 'isPackaged' | 'setAsDefaultProtocolClient'>, program: string): boolean {
  // `--` ends the switches, so that a link can never become one (CVE-2018-1000006).
  return app.isPackaged && app.setAsDefaultProtocolClient(LINK_SCHEME, program, ['--']);
}
