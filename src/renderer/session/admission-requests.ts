/**
 * Asks a relay what admission.ts wants to know.
 *
 * R1  A secret goes to this origin and nowhere else: redirects are not followed.
 * R2  What comes back is believed only in its exact shape; words of the relay are not shown.
 * R3  Nothing of a secret is in what is told.
 * R4  Only a relay refuses for good: what a proxy answers in its place may pass, and costs no secret that was made here.
 */
import { REJECTIONS, type RejectionName } from '../../shared/protocol/rejections';
import { isRole } from '../../shared/protocol/roles';
import type { DocumentId } from '../../shared/protocol/routes';
import { DOCUMENTS_PATH, type DocumentDraft, documentResource, type JoinRequest, joinPath } from '../../shared/protocol/sharing';
import { NOT_REACHED } from '../streams/no-relay';
import { readJson } from '../streams/read-json';
import type { Answer, Question } from './admission';
import { REFUSED_STATUSES } from './relay-lookup';

export interface Asker {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Of the relay. */
  readonly origin: string;
  readonly document: DocumentId;
  /** Who comes: shown to the owner. */
  readonly name: string;
}

/** There is no answer, and there may be one later. One sentence for a person. */
export interface Unanswered {
  readonly type: 'unanswered';
  readonly reason: string;
}

type Asked = Extract<Question, { readonly type: 'look' | 'exchange' | 'claim' }>;

const PERSONAL_SECRET = /^[A-Za-z0-9_-]{16,256}$/;

/** Never rejects. */
export async function askRelay(question: Asked, asker: Asker): Promise<Answer | Unanswered> {
  let response: Response;
  try {
    response = await asker.fetch(`${asker.origin}${pathFor(question, asker.document)}`, {
      ...requestFor(question, asker),
      signal: asker.signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
  } catch {
    // Not what went wrong: it is said in words of the platform, which may quote the request (R3).
    return unanswered(NOT_REACHED);
  }
  const body = await readJson(response);
  if (response.ok) return answerTo(question, asker.document, body) ?? unanswered(UNREADABLE);
  if (response.status === 401 && isRefusedAs('unauthorized', body)) return { type: 'unauthorized' };
  if (response.status === 409 && question.type === 'claim' && isRefusedAs('taken', body)) return { type: 'taken' };
  return unanswered(reasonFor(response.status, body));
}

function pathFor(question: Asked, document: DocumentId): string {
  if (question.type === 'look') return documentResource(document);
  return question.type === 'exchange' ? joinPath(document) : DOCUMENTS_PATH;
}

function requestFor(question: Asked, { document, name }: Asker): RequestInit {
  switch (question.type) {
    case 'look':
      return { headers: bearer(question.secret) };
    case 'exchange':
      return posted({ name, secret: question.made } satisfies JoinRequest, question.link);
    case 'claim':
      return posted({ document, secret: question.secret } satisfies DocumentDraft, question.relayKey);
  }
}

function posted(body: object, secret: string | undefined): RequestInit {
  const authorization = secret === undefined ? {} : bearer(secret);
  return { method: 'POST', headers: { ...authorization, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function bearer(secret: string): Record<string, string> {
  return { Authorization: `Bearer ${secret}` };
}

/** R2 */
function answerTo(question: Asked, document: DocumentId, body: unknown): Answer | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { document: about, role, isOwner, secret } = body as Record<string, unknown>;
  if (about !== document) return undefined;
  if (question.type === 'claim') {
    return secret === question.secret ? { type: 'member', role: 'editor', isOwner: true, secret } : undefined;
  }
  if (!isRole(role) || typeof isOwner !== 'boolean') return undefined;
  if (question.type === 'look') return { type: 'member', role, isOwner, secret: question.secret };
  return typeof secret === 'string' && PERSONAL_SECRET.test(secret) ? { type: 'member', role, isOwner: false, secret } : undefined;
}

/** R4 */
function isRefusedAs(rejection: RejectionName, body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body && body.error === rejection;
}

const UNREADABLE = 'The relay’s answer cannot be read; update the app.';

function reasonFor(status: number, body: unknown): string {
  const refused = REFUSED_STATUSES.get(status);
  if (refused !== undefined) return refused;
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  const known = Object.entries(REJECTIONS).find(([name, rejection]) => name === error && rejection.httpStatus === status);
  if (known?.[1].comeBack === true) return known[1].reason;
  return status >= 500 ? 'The relay cannot answer right now; trying again soon.' : UNREADABLE;
}

function unanswered(reason: string): Unanswered {
  return { type: 'unanswered', reason };
}
