/**
 * What the page may ask the system for.
 *
 * R1 Everything is denied, whoever asks, except what is in the list below.
 * R2 The list holds for `app://weft` in the main frame only: a frame inside it, or another origin, gets nothing.
 */
import type { Session } from 'electron';
import { isAppUrl } from './app-origin';

/** Chromium asks for the last three before any request to a LAN or loopback address (142: the first; 147: the two others). */
const ALLOWED: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'local-network-access', 'local-network', 'loopback-network']);

type RequestHandler = NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>;
type CheckHandler = NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>;

export function limitPermissions(session: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler'>): void {
  session.setPermissionRequestHandler(answerPermissionRequest);
  session.setPermissionCheckHandler(checkPermission);
}

const answerPermissionRequest: RequestHandler = (_contents, permission, callback, details) => {
  callback(ALLOWED.has(permission) && details.isMainFrame && isAppUrl(details.requestingUrl));
};

/** `contents` is null when a worker asks or a network request is under way; then the origin alone says who it is. */
const checkPermission: CheckHandler = (contents, permission, requestingOrigin, details) =>
  ALLOWED.has(permission) && details.isMainFrame && isAppUrl(requestingOrigin) && (contents === null || isAppUrl(contents.getURL()));
