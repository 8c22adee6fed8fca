import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from '../../src/shared/content-security-policy';
import { ObservableValue } from '../../src/shared/observable';
import { mayComeBack, REJECTIONS, reasonFor } from '../../src/shared/protocol/rejections';
import { DEFAULT_SETTINGS, readSettings } from '../../src/shared/settings';

describe('rejections', () => {
  const rows = Object.entries(REJECTIONS);

  it.each(rows)('R1 %s is final exactly when its code is one a stock client stops on', (_name, { closeCode, comeBack }) => {
    expect(closeCode >= 4400 && closeCode < 4500).toBe(!comeBack);
    expect(mayComeBack(closeCode)).toBe(comeBack);
  });

  it.each(rows)('R2 %s fits into a close frame', (_name, { reason }) => {
    expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123);
  });

  it('are explained: by the relay’s own words, else by the table', () => {
    expect(reasonFor(4413, 'its own words')).toBe('its own words');
    expect(reasonFor(4413, '')).toBe(REJECTIONS['too-large'].reason);
    expect(reasonFor(1009, '')).toBe(REJECTIONS['too-large'].reason);
    // Two rows have this code, and only one of them ends connections.
    expect(reasonFor(4409, '')).toBe(REJECTIONS['lasting-gap'].reason);
    expect(reasonFor(1006, '')).toBeUndefined();
  });
});

describe('settings', () => {
  it.each([undefined, null, 5, 'x', [], {}, { name: 7, color: 99, theme: 'pink', wrapLines: 'no', fontSize: 1e9, sidebar: 0 }])(
    'R1 are the defaults when %j is stored',
    (stored) => {
      expect(readSettings(stored)).toEqual(DEFAULT_SETTINGS);
    },
  );

  it('of another version keep what is right', () => {
    expect(readSettings({ name: 'Ada', theme: 'dark', future: true })).toEqual({ ...DEFAULT_SETTINGS, name: 'Ada', theme: 'dark' });
  });
});

describe('an observable', () => {
  it('tells its listeners of changes only, until they leave', () => {
    const value = new ObservableValue(1);
    const heard: number[] = [];
    const stop = value.subscribe((current) => heard.push(current));
    value.set(1);
    value.set(2);
    stop();
    value.set(3);
    expect(heard).toEqual([2]);
    expect(value.current).toBe(3);
  });
});

describe('the content security policy', () => {
  it('lets the app name any relay and a relay’s page only its own', () => {
    expect(contentSecurityPolicy({ nonce: 'n', page: 'app' })).toContain("connect-src 'self' http: https: ws: wss:;");
    expect(contentSecurityPolicy({ nonce: 'n', page: 'relay' })).toContain("connect-src 'self';");
  });

  it('allows no inline script or style without the nonce', () => {
    const policy = contentSecurityPolicy({ nonce: 'n', page: 'relay' });
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("style-src 'self' 'nonce-n'");
  });
});
