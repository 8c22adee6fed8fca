import type { Session, WebContents } from 'electron';
import { describe, expect, test } from 'vitest';
import { limitPermissions } from '../../src/main/permissions';

type RequestHandler = NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>;
type CheckHandler = NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>;

const ALLOWED = ['clipboard-sanitized-write', 'local-network-access', 'local-network', 'loopback-network'];
const DENIED = [
  'clipboard-read',
  'deprecated-sync-clipboard-read',
  'display-capture',
  'fileSystem',
  'fullscreen',
  'geolocation',
  'hid',
  'idle-detection',
  'keyboardLock',
  'media',
  'mediaKeySystem',
  'midi',
  'midiSysex',
  'notifications',
  'openExternal',
  'pointerLock',
  'serial',
  'speaker-selection',
  'storage-access',
  'top-level-storage-access',
  'unknown',
  'usb',
  'window-management',
  'constructor',
];

/** What a session is given, as Chromium would call it: permissions are texts, whatever a version of Electron knows. */
function handlers(): {
  request(permission: string, details: { isMainFrame: boolean; requestingUrl: string }): boolean;
  check(contents: { getURL(): string } | null, permission: string, origin: string, isMainFrame: boolean): boolean;
} {
  let request: RequestHandler | undefined;
  let check: CheckHandler | undefined;
  limitPermissions({
    setPermissionRequestHandler: (handler) => {
      request = handler ?? undefined;
    },
    setPermissionCheckHandler: (handler) => {
      check = handler ?? undefined;
    },
  });
  return {
    request(permission, details) {
      const answers: boolean[] = [];
      request?.({} as WebContents, permission as 'media', (granted) => void answers.push(granted), details);
      expect(answers).toHaveLength(1);
      return answers[0] === true;
    },
    check: (contents, permission, origin, isMainFrame) =>
      check?.(contents as WebContents | null, permission as 'media', origin, { isMainFrame } as never) === true,
  };
}

const page = { getURL: () => 'app://weft/?open=x' };

describe('permissions', () => {
  test.each(DENIED)('R1 %s is denied by both handlers, also to the app itself', (permission) => {
    const { request, check } = handlers();
    expect(request(permission, { isMainFrame: true, requestingUrl: 'app://weft/' })).toBe(false);
    expect(check(page, permission, 'app://weft', true)).toBe(false);
    expect(check(null, permission, 'app://weft', true)).toBe(false);
  });

  test.each(ALLOWED)('R2 %s is granted to the app’s main frame by both handlers, also without webContents', (permission) => {
    const { request, check } = handlers();
    expect(request(permission, { isMainFrame: true, requestingUrl: 'app://weft/?open=x' })).toBe(true);
    expect(check(page, permission, 'app://weft', true)).toBe(true);
    expect(check(page, permission, 'app://weft/', true)).toBe(true);
    expect(check(null, permission, 'app://weft', true)).toBe(true);
  });

  test.each(ALLOWED)('R2 %s is denied to a frame inside, and to every other origin', (permission) => {
    const { request, check } = handlers();
    expect(request(permission, { isMainFrame: false, requestingUrl: 'app://weft/' })).toBe(false);
    expect(check(page, permission, 'app://weft', false)).toBe(false);
    for (const origin of ['https://evil.example', 'app://weft.evil', 'app://evil', 'app://weft@evil', 'file:///', 'null', '']) {
      expect(request(permission, { isMainFrame: true, requestingUrl: origin })).toBe(false);
      expect(check(page, permission, origin, true)).toBe(false);
      expect(check(null, permission, origin, true)).toBe(false);
    }
    expect(check({ getURL: () => 'https://evil.example/' }, permission, 'app://weft', true)).toBe(false);
  });
});
