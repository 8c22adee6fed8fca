/** What is said about a relay that somebody chose (pure). */
import { parseRelayOrigin } from '../../shared/protocol/links';
import type { Health } from '../../shared/protocol/routes';
import { isLoopback } from './page-address';

/**
 * The origins that a relay's address as typed may mean, the better one first: without a scheme, a name in the world is
 * tried with encryption before it is tried without.
 */
export function originsOf(text: string): readonly string[] {
  const trimmed = text.trim();
  const plain = parseRelayOrigin(trimmed);
  if (plain === undefined) return [];
  const hasScheme = /^[a-z]+:\/\//i.test(trimmed);
  return hasScheme || isLoopback(plain) ? [plain] : [plain.replace(/^http:/, 'https:'), plain];
}

/** Whether documents are made there by those alone who have its key. */
export function needsKey({ access, creators }: Health): boolean {
  return access === 'links' && creators === 'key';
}

/** What a person should know before their documents live there; each is one sentence. */
export function relayFacts(origin: string, health: Health): string[] {
  const facts = [`A Weft relay answers${health.version === '' ? '' : `, version ${health.version}`}: new documents go there from now on.`];
  if (health.status === 'failing') facts.push('It says that its storage is failing.');
  if (!health.durable) facts.push('It keeps documents in memory alone: they are gone when it ends.');
  if (health.access === 'open') facts.push('It lets everyone in who knows a document’s address.');
  if (origin.startsWith('http:') && !isLoopback(origin)) facts.push('The way there is not encrypted: whoever is on it can read along.');
  return facts;
}
