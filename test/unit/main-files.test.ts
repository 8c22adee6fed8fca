import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BaseWindow } from 'electron';
import { describe, expect, test } from 'vitest';
import { writeFileAtomically } from '../../src/main/atomic-file';
import { LARGEST_TEXT_FILE, openTextFile, plainFileName, readTextFile, saveTextFile } from '../../src/main/document-files';
import { KeptValue } from '../../src/main/kept-value';
import { SettingsFile } from '../../src/main/settings-file';
import { DEFAULT_SETTINGS } from '../../src/shared/settings';
import { folderForTest } from '../support/folder-for-test';

const window = {} as BaseWindow;

function fileOf(bytes: string | Uint8Array, name = 'a.md'): string {
  const path = join(folderForTest(), name);
  writeFileSync(path, bytes);
  return path;
}

describe('opening a text file', () => {
  test.each([
    ['a\nb', 'a\nb', '\n'],
    ['a\r\nb\r\n', 'a\nb\n', '\r\n'],
    ['a\rb', 'a\nb', '\r'],
    ['a\r\nb\nc\n', 'a\nb\nc\n', '\n'],
    ['a\r\nb\r\nc\n', 'a\nb\nc\n', '\r\n'],
    ['', '', '\n'],
    ['\ufeffa', 'a', '\n'],
    ['grüße 👩‍👩‍👧', 'grüße 👩‍👩‍👧', '\n'],
  ])('R3 %j becomes %j, with %j remembered', async (stored, text, lineEnding) => {
    expect(await readTextFile(fileOf(stored))).toEqual({ name: 'a.md', text, lineEnding });
  });

  test.each([
    ['bytes that are no UTF-8', new Uint8Array([0x61, 0xff, 0x62]), '“a.md” is no text in UTF-8: save it as UTF-8 first.'],
    ['a zero byte', 'a\0b', '“a.md” is no text file: choose another one.'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0]), '“a.md” is written in UTF-16: save it as UTF-8 first.'],
    ['more than a document may have', 'x'.repeat(LARGEST_TEXT_FILE + 1), '“a.md” was not opened: it is larger than 10 MiB.'],
  ])('R2 %s is refused in one sentence', async (_what, bytes, sentence) => {
    await expect(readTextFile(fileOf(bytes))).rejects.toThrow(new Error(sentence));
  });

  test('R2 what is no file, or gone, is refused in one sentence', async () => {
    const folder = folderForTest();
    mkdirSync(join(folder, 'sub'));
    await expect(readTextFile(join(folder, 'sub'))).rejects.toThrow(new Error('“sub” was not opened: it is no file.'));
    await expect(readTextFile(join(folder, 'gone'))).rejects.toThrow(new Error('“gone” was not opened: it is not there.'));
  });

  test('a person who changes their mind opens nothing', async () => {
    const dialog = { showOpenDialog: async () => ({ canceled: true, filePaths: [] }) };
    expect(await openTextFile(dialog, window)).toBeUndefined();
  });
});

describe('saving a copy', () => {
  const save = (filePath: string, text: string, lineEnding: '\n' | '\r\n' = '\n'): Promise<string | undefined> =>
    saveTextFile({ showSaveDialog: async () => ({ canceled: filePath === '', filePath }) }, window, {
      file: { name: 'a.md', text, lineEnding },
      folder: '/',
    });

  test('R3 line ends are what the file had', async () => {
    const path = fileOf('old');
    expect(await save(path, 'a\nb\n', '\r\n')).toBe('a.md');
    expect(readFileSync(path, 'utf8')).toBe('a\r\nb\r\n');
  });

  test('R4 the mode of a file stays, and nothing else is left in its folder', async () => {
    const path = fileOf('old');
    chmodSync(path, 0o640);
    await save(path, 'new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(path, '..'))).toEqual(['a.md']);
  });

  test('R4 what cannot be written leaves nothing behind, and one sentence', async () => {
    const folder = folderForTest();
    mkdirSync(join(folder, 'a.md'));
    await expect(save(join(folder, 'a.md'), 'x')).rejects.toThrow(/^“a\.md” was not written: a folder has that name\.$/);
    expect(readdirSync(folder)).toEqual(['a.md']);
    await expect(save(join(folder, 'no/b.md'), 'x')).rejects.toThrow(/^“b\.md” was not written: it is not there\.$/);
  });

  test('R4 a link is replaced, and what it pointed to stays', async () => {
    const target = fileOf('elsewhere');
    const link = join(folderForTest(), 'a.md');
    symlinkSync(target, link);
    await save(link, 'new');
    expect([lstatSync(link).isSymbolicLink(), readFileSync(link, 'utf8'), readFileSync(target, 'utf8')]).toEqual([
      false,
      'new',
      'elsewhere',
    ]);
  });

  test('a person who changes their mind writes nothing', async () => {
    expect(await save('', 'x')).toBeUndefined();
  });

  test('R1 a title is only ever a name', () => {
    expect(plainFileName('../../etc/passwd')).toBe('-..-etc-passwd');
    expect(plainFileName('a\0b:c?.md')).toBe('a-b-c-.md');
    expect(plainFileName('  ')).toBe('Untitled.txt');
    expect(plainFileName('notes.md')).toBe('notes.md');
  });
});

describe('what the app keeps', () => {
  const complaints: string[] = [];
  const complain = (sentence: string): void => void complaints.push(sentence);

  test('settings are there after a restart, and are told at once', async () => {
    const folder = join(folderForTest(), 'not yet there');
    const file = new SettingsFile(folder, complain);
    const heard: string[] = [];
    file.settings.subscribe(({ name }) => void heard.push(name));
    file.change({ name: 'Ada' });
    expect(file.change({ theme: 'dark' })).toEqual({ ...DEFAULT_SETTINGS, name: 'Ada', theme: 'dark' });
    await file.written();
    expect(heard).toEqual(['Ada', 'Ada']);
    expect(new SettingsFile(folder, complain).settings.current).toEqual({ ...DEFAULT_SETTINGS, name: 'Ada', theme: 'dark' });
    expect(statSync(join(folder, 'settings.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  test.each(['', '{', 'null', '[]', '{"theme":7,"fontSize":9000,"from":"2031"}'])(
    'settings stored as %j are read as defaults',
    (stored) => {
      const folder = folderForTest();
      writeFileSync(join(folder, 'settings.json'), stored);
      expect(new SettingsFile(folder, complain).settings.current).toEqual(DEFAULT_SETTINGS);
    },
  );

  test('R2 of many changes the last one is on disk', async () => {
    const path = join(folderForTest(), 'value.json');
    const value = new KeptValue(path, (stored) => (typeof stored === 'number' ? stored : 0), complain);
    for (let n = 1; n <= 50; n++) value.set(n);
    await value.written();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toBe(50);
  });

  test('a folder that cannot be written is complained about, and the value still holds', async () => {
    const inTheWay = fileOf('a file, no folder');
    const value = new KeptValue(join(inTheWay, 'value.json'), () => 0, complain);
    complaints.length = 0;
    value.set(1);
    await value.written();
    expect([value.current, complaints.length]).toEqual([1, 1]);
  });

  test('a write that fails in the middle leaves the old file', async () => {
    const path = fileOf('old');
    await expect(writeFileAtomically(path, undefined as unknown as string)).rejects.toThrow();
    expect([readFileSync(path, 'utf8'), existsSync(path), readdirSync(join(path, '..'))]).toEqual(['old', true, ['a.md']]);
  });
});
