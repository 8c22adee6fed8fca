/**
 * What the connection doctor says (pure).
 *
 * R1  One sentence a line. What is blocked says what to do about it; what nobody needs here is not called an ailment: whoever
 *     reads needs no way up.
 * R2  The report is for sending on: no secret, no title, no text, and not the document's id either, which alone opens it under
 *     open access.
 * R3  What is nowhere but here is never called nothing: without a connection nothing is under way, however much waits for one.
 */
import type { Finding, Findings } from '../session/doctor';
import { isDeleted, type SessionStatus } from '../session/status';

export interface DoctorLine {
  readonly name: string;
  readonly state: 'works' | 'blocked' | 'checking' | 'unneeded';
  readonly sentence: string;
}

export interface DoctorFact {
  readonly name: string;
  readonly value: string;
}

export interface DoctorCase {
  /** Its origin. */
  readonly relay: string;
  readonly status: SessionStatus;
  readonly findings: Findings;
}

/** The one sentence above all others. */
export function verdict({ status, findings }: DoctorCase): {
  readonly tone: 'well' | 'wanting' | 'ill' | 'open';
  readonly sentence: string;
} {
  const { connection, role } = status;
  if (connection.state === 'refused' || connection.state === 'needs-relay-key') return { tone: 'ill', sentence: connection.reason };
  if (findings.http.state === 'blocked') return { tone: 'ill', sentence: findings.http.reason };
  if (!findings.isOver) return { tone: 'open', sentence: 'Trying every way to the relay…' };
  const isBlocked = ({ state }: Finding) => state === 'blocked';
  if (role === 'viewer') {
    return isBlocked(findings.eventStream)
      ? { tone: 'ill', sentence: 'What the others write cannot come through: event streams are blocked on the way.' }
      : { tone: 'well', sentence: 'Everything that reading needs works.' };
  }
  const goesByHttp = !isBlocked(findings.eventStream) && !isBlocked(findings.posts);
  if (!isBlocked(findings.webSocket)) {
    return goesByHttp
      ? { tone: 'well', sentence: 'Everything works.' }
      : { tone: 'wanting', sentence: 'Writing works; without WebSocket it would not, since event streams are blocked on the way.' };
  }
  return goesByHttp
    ? { tone: 'wanting', sentence: 'WebSocket is blocked on the way, so Weft goes by plain HTTP: it works, only a little slower.' }
    : { tone: 'ill', sentence: 'WebSocket and its stand-in are both blocked on the way: what you write stays on this device.' };
}

/** The ways to the relay, each with what is known of it. */
export function doctorLines({ status, findings }: DoctorCase): readonly DoctorLine[] {
  const isReading = status.role === 'viewer';
  const { http } = findings;
  // Its sentence once is enough.
  const beside = (finding: Finding): Finding => (finding === http && finding.state === 'blocked' ? NEEDS_PLAIN_REQUESTS : finding);
  return [
    line('Plain requests', http, 'Answered'),
    line('WebSocket', beside(findings.webSocket), 'Open', isReading && 'For writing; reading goes without.'),
    line('Event stream', beside(findings.eventStream), 'Came through'),
    line('Frames by POST', beside(findings.posts), 'Taken', isReading && 'For writing; reading goes without.'),
  ];
}

const NEEDS_PLAIN_REQUESTS: Finding = { state: 'blocked', reason: 'Not before plain requests work.' };

function line(name: string, finding: Finding, works: string, unneeded: string | false = false): DoctorLine {
  if (finding.state === 'checking') return { name, state: 'checking', sentence: 'Trying…' };
  if (finding.state === 'works') return { name, state: 'works', sentence: `${works} after ${milliseconds(finding.ms)}.` };
  return unneeded === false ? { name, state: 'blocked', sentence: finding.reason } : { name, state: 'unneeded', sentence: unneeded };
}

/** How things stand right now. */
export function doctorFacts({ relay, status, findings }: DoctorCase, now: number, locale?: string): readonly DoctorFact[] {
  const { role, savedAt } = status;
  const facts: DoctorFact[] = [
    { name: 'Relay', value: relay },
    { name: 'Now', value: transportWords(status) },
  ];
  if (findings.roundTripMs !== undefined) facts.push({ name: 'There and back', value: milliseconds(findings.roundTripMs) });
  if (role === 'viewer') return facts;
  facts.push(notThereYet(status, now, locale) ?? underWayFact(status, locale));
  facts.push({ name: 'Last saved', value: savedAt === undefined ? 'not since you opened it' : timeWords(savedAt, now, locale) });
  return facts;
}

function underWayFact({ underWay }: SessionStatus, locale?: string): DoctorFact {
  return {
    name: 'Under way',
    value: underWay === 0 ? 'nothing' : underWay === 1 ? '1 change' : `${underWay.toLocaleString(locale)} changes`,
  };
}

/** R3 */
function notThereYet(status: SessionStatus, now: number, locale?: string): DoctorFact | undefined {
  const { connection, truth, unsavedSince, underWay } = status;
  if (isDeleted(connection)) return { name: 'At the relay', value: `nothing any more, ${whereKept(status)}` };
  if (truth !== 'on-device' || unsavedSince === undefined || (connection.state === 'connected' && underWay > 0)) return undefined;
  return { name: 'Not at the relay yet', value: `since ${timeWords(unsavedSince, now, locale)}, ${whereKept(status)}` };
}

function whereKept({ offlineCopy }: SessionStatus): string {
  if (!offlineCopy.ok) return 'in this window only';
  return offlineCopy.isWritten ? 'kept on this device' : 'being written to this device';
}

/** Plain text, for whoever runs the relay or the network. */
export function doctorReport(doctorCase: DoctorCase, app: string, now: number): string {
  const { status, findings } = doctorCase;
  const finding = (found: Finding) =>
    found.state === 'works'
      ? `works (${milliseconds(found.ms)})`
      : found.state === 'blocked'
        ? `blocked: ${found.reason}`
        : 'not known yet';
  return [
    `${app}, ${new Date(now).toISOString()}`,
    verdict(doctorCase).sentence,
    ...doctorFacts(doctorCase, now, 'en').map(({ name, value }) => `${name}: ${value}`),
    `Role: ${status.role}`,
    `Plain requests: ${finding(findings.http)}`,
    `WebSocket: ${finding(findings.webSocket)}`,
    `Event stream: ${finding(findings.eventStream)}`,
    `Frames by POST: ${finding(findings.posts)}`,
    '',
  ].join('\n');
}

function transportWords({ connection, transport }: SessionStatus): string {
  switch (connection.state) {
    case 'connected':
      return transport === undefined ? 'connected' : `connected by ${TRANSPORTS[transport]}`;
    case 'connecting':
      return 'connecting';
    case 'waiting':
      return 'not connected, trying again by itself';
    case 'needs-relay-key':
    case 'refused':
      return 'not let in';
  }
}

const TRANSPORTS = { websocket: 'WebSocket', http: 'plain HTTP', 'event-stream': 'an event stream' } as const;

function milliseconds(ms: number): string {
  return ms < 1 ? 'less than 1 ms' : `${Math.round(ms).toLocaleString('en')} ms`;
}

function timeWords(then: number, now: number, locale?: string): string {
  const time = new Date(then).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return new Date(then).toDateString() === new Date(now).toDateString()
    ? time
    : `${new Date(then).toLocaleDateString(locale, { day: 'numeric', month: 'short' })}, ${time}`;
}
