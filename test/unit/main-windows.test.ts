import type { MenuItemConstructorOptions } from 'electron';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DOCUMENT_COMMANDS, menuTemplate } from '../../src/main/menu';
import { DEFAULT_PLACE, readWindowPlaces, visiblePlace, type WindowPlace } from '../../src/main/window-place';

const LAPTOP = { x: 0, y: 25, width: 1440, height: 875 };
const SECOND = { x: 1440, y: 0, width: 1920, height: 1080 };

function at(x: number, y: number, width = 1000, height = 700): WindowPlace {
  return { position: { x, y }, width, height, maximized: false };
}

describe('places of windows', () => {
  test('R1 a place on a display that is there stays', () => {
    expect(visiblePlace(at(100, 100), [LAPTOP], [])).toEqual(at(100, 100));
    expect(visiblePlace(at(1600, 50), [LAPTOP, SECOND], [])).toEqual(at(1600, 50));
    expect(visiblePlace(DEFAULT_PLACE, [LAPTOP], [])).toEqual(DEFAULT_PLACE);
  });

  test.each([
    ['on a display that was taken away', at(1600, 50)],
    ['above every display', at(100, -300)],
    ['below', at(100, 890)],
    ['left of it by all but a few pixels', at(-950, 100)],
  ])('R1 a place %s is left to the system', (_where, place) => {
    expect(visiblePlace(place, [LAPTOP], []).position).toBeUndefined();
  });

  test('R1 a window is not larger than its display', () => {
    expect(visiblePlace(at(10, 30, 5000, 5000), [LAPTOP], [])).toMatchObject({ width: 1440, height: 875 });
  });

  test('a second window does not hide the first', () => {
    expect(visiblePlace(at(100, 100), [LAPTOP], [{ x: 100, y: 100, width: 1000, height: 700 }]).position).toEqual({ x: 128, y: 128 });
  });

  test('R2 anything that is stored gives places', () => {
    fc.assert(
      fc.property(fc.anything(), (stored) => {
        const { latest } = readWindowPlaces(stored);
        expect(latest.width).toBeGreaterThanOrEqual(480);
      }),
    );
    const places = { latest: at(1, 2) };
    expect(readWindowPlaces(JSON.parse(JSON.stringify(places)))).toEqual(places);
  });

  test('no document is remembered with a place, also none of an earlier version', () => {
    const read = readWindowPlaces({ latest: at(1, 2), byDocument: { 'http://a/d/x#a-secret': at(3, 4) } });
    expect(read).toEqual({ latest: at(1, 2) });
  });
});

describe('the menu', () => {
  function items(
    platform: NodeJS.Platform,
    isDevelopment = false,
  ): { all: MenuItemConstructorOptions[]; sent: string[]; labels: (string | undefined)[] } {
    const sent: string[] = [];
    const template = menuTemplate({
      platform,
      appName: 'Weft',
      isDevelopment,
      send: (command) => void sent.push(command),
      openWindow: () => void sent.push('window'),
    });
    const all = template.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    return { all, sent, labels: template.map(({ label }) => label) };
  }

  test('macOS has its app menu with the settings and the end; others have them under File', () => {
    expect(items('darwin').labels[0]).toBe('Weft');
    expect(items('linux').labels[0]).toBe('&File');
    for (const platform of ['darwin', 'linux', 'win32'] as const) {
      const { all } = items(platform);
      expect(all.filter(({ role }) => role === 'quit')).toHaveLength(1);
      expect(all.filter(({ id }) => id === 'settings')).toHaveLength(1);
    }
  });

  test.each(['darwin', 'linux', 'win32'] as const)('on %s no two items have one accelerator, and every command is sent', (platform) => {
    const { all, sent } = items(platform);
    const accelerators = all.map(({ accelerator }) => accelerator).filter((key) => key !== undefined);
    expect(new Set(accelerators).size).toBe(accelerators.length);
    for (const { click } of all) if (click !== undefined) (click as () => void)();
    expect(new Set(sent)).toEqual(
      new Set([
        'new-document',
        'window',
        'open-address',
        'open-file',
        'save-copy',
        'share',
        'find',
        'undo',
        'redo',
        'toggle-sidebar',
        'toggle-wrap',
        'larger-text',
        'smaller-text',
        'settings',
      ]),
    );
    for (const id of DOCUMENT_COMMANDS) expect(all.some((item) => item.id === id)).toBe(true);
  });

  test('the developer tools are in development only', () => {
    expect(items('linux').all.some(({ role }) => role === 'toggleDevTools' || role === 'reload')).toBe(false);
    expect(items('linux', true).all.some(({ role }) => role === 'toggleDevTools')).toBe(true);
  });
});
