/**
 * Why a stream is over, from what the relay said, or something in its place.
 *
 * R1  What the relay refuses for good is `refused`, under its name. What may pass is `lost`: come back later.
 * R2  Only a relay can refuse: whatever a proxy or a stranger answers is `lost`.
 */
import type { StreamEnd } from './event-stream';
import { NO_WEFT_RELAY, NOT_REACHED } from './no-relay';
import { objectIn } from './parse-object';
import { readJson } from './read-json';
import type { RelayAnswer } from './relay-request';

export const UNREACHABLE = lost(NOT_REACHED);
export const CUT = lost('The connection to the relay was cut; trying again soon.');
export const SILENT = lost('The relay does not answer any more; trying again soon.');
export const UNREADABLE = lost('The relay sent something unreadable; update the app.');
const STRANGER = lost(NO_WEFT_RELAY);

const LONGEST_REASON = 300;

export function lost(reason: string): StreamEnd {
  return { type: 'lost', reason };
}

/** What an answer that is no stream means. Reads it to its end, or gives it up. */
export async function endByAnswer(response: Response): Promise<StreamEnd> {
  const said = isJson(response) ? refusalIn(objectIn(await readJson(response))) : undefined;
  if (said !== undefined) return endOf(said.error, said.reason, mayPass(response.status));
  await response.body?.cancel().catch(() => undefined);
  return response.status >= 500 ? lost('Something on the way to the relay fails; trying again soon.') : STRANGER;
}

/** What a short answer means that is no success. */
export function endBySaid(answer: RelayAnswer | undefined): StreamEnd {
  const said = refusalIn(answer?.said);
  return said === undefined || answer === undefined ? UNREACHABLE : endOf(said.error, said.reason, mayPass(answer.status));
}

/** What the data of an event `refused` mean. */
export function endByEvent(data: Readonly<Record<string, unknown>>): StreamEnd {
  const said = refusalIn(data);
  return said === undefined ? UNREADABLE : endOf(said.error, said.reason, data.comeBack === true);
}

function endOf(error: string, reason: string, comeBack: boolean): StreamEnd {
  return comeBack ? lost(reason) : { type: 'refused', error, reason };
}

function refusalIn(said: Readonly<Record<string, unknown>> | undefined): { error: string; reason: string } | undefined {
  if (typeof said?.error !== 'string' || typeof said.reason !== 'string') return undefined;
  return { error: said.error, reason: said.reason.slice(0, LONGEST_REASON) };
}

function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function isJson({ headers }: Response): boolean {
  return headers.get('Content-Type')?.startsWith('application/json') ?? false;
}
