import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { smallStorage } from '../../src/renderer/shell/small-storage';

afterEach(() => vi.unstubAllGlobals());

const denied = () => {
  throw new DOMException('Access is denied for this document.', 'SecurityError');
};

describe('what a window remembers beside its documents', () => {
  it('R1 is remembered in the page where a browser denies storage, even to look at it', () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
    Object.defineProperty(globalThis, 'localStorage', { get: denied, configurable: true });
    try {
      expect(smallStorage.getItem('theme')).toBeNull();
      smallStorage.setItem('theme', 'dark');
      expect(smallStorage.getItem('theme')).toBe('dark');
      smallStorage.removeItem('theme');
      expect(smallStorage.getItem('theme')).toBeNull();
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, 'localStorage');
      else Object.defineProperty(globalThis, 'localStorage', before);
    }
  });

  it('R1 is remembered where there is no room, and read from the disk again once there is', () => {
    const disk = new Map([['theme', 'light']]);
    let isFull = true;
    vi.stubGlobal('localStorage', {
      getItem: (name: string) => disk.get(name) ?? null,
      setItem: (name: string, value: string) => (isFull ? denied() : disk.set(name, value)),
      removeItem: (name: string) => disk.delete(name),
    });
    smallStorage.setItem('theme', 'dark');
    expect([smallStorage.getItem('theme'), disk.get('theme')]).toEqual(['dark', 'light']);
    isFull = false;
    smallStorage.setItem('theme', 'dark');
    disk.set('theme', 'system');
    expect(smallStorage.getItem('theme')).toBe('system');
  });

  it('R1 is all that touches localStorage', () => {
    const files = readdirSync('src/renderer', { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
    const touching = files.filter((name) => withoutComments(readFileSync(join('src/renderer', name), 'utf8')).includes('localStorage'));
    expect(touching).toEqual([join('shell', 'small-storage.ts')]);
  });
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, '');
}
