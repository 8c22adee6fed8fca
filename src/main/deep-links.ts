/**
 * Addresses that reach the app from outside: a click on a `weft://` link, or the command line.
 *
 * R1 Of a command line only one argument is taken: the single one that is an address of a document. Switches are ignored.
 * R2 Nothing is connected to because of it: the window is told, and asks.
 */
import type { App } from 'electron';
import { parseAddress } from '../shared/protocol/links';

export const LINK_SCHEME = 'weft';

/** Characters. Longer is no address that this app ever made. */
const LONGEST_ADDRESS = 2048;

/** The address of a document, as a window may open it; `undefined` for anything else. */
export function documentAddress(text: string): string | undefined {
  if (text.length > LONGEST_ADDRESS || !/^(weft|https?):\/\//i.test(text)) return undefined;
  return parseAddress(text) === undefined ? undefined : text;
}

/** The one address in a command line (without the program); none when there are several, for they would be a guess. */
export function addressInArguments(words: readonly string[]): string | undefined {
  const addresses = words.map(documentAddress).filter((address) => address !== undefined);
  return addresses.length === 1 ? addresses[0] : undefined;
}

/** Makes the system open `weft://` links with this app. Only an installed app: development leaves the machine as it is. */
export function registerLinkScheme(app: Pick<App, 'isPackaged' | 'setAsDefaultProtocolClient'>, program: string): boolean {
  // `--` ends the switches, so that a link can never become one (CVE-2018-1000006).
  return app.isPackaged && app.setAsDefaultProtocolClient(LINK_SCHEME, program, ['--']);
}
