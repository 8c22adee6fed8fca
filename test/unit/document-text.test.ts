import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, exportText, importText } from '../../src/renderer/documents/import-text';
import { extensionOf, fileNameFor, shownTitle } from '../../src/renderer/documents/title';

describe('importing a file', () => {
  it('R1 leaves \\n alone as the line ending', () => {
    expect(importText('\ufeffa\r\nb\r\nc')).toEqual({ text: 'a\nb\nc', lineEnding: '\r\n' });
    expect(importText('a\rb')).toEqual({ text: 'a\nb', lineEnding: '\r' });
    expect(importText('a')).toEqual({ text: 'a', lineEnding: '\n' });
  });

  it('R2 leaves no half of a surrogate pair, and keeps whole ones', () => {
    expect(cleanText('a\ud83dz \ude00 😀')).toBe('a\ufffdz \ufffd 😀');
    void fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('\ud83d', '\ude00', '\r', '\r\n', ''), (text, half) => {
        const clean = cleanText(text.slice(1) + half + text);
        expect(new TextDecoder().decode(new TextEncoder().encode(`.${clean}`))).toBe(`.${clean}`);
        expect(clean).not.toContain('\r');
      }),
    );
  });

  it('R3 gives the line endings back', () => {
    for (const file of ['a\r\nb\r\n', 'a\rb', 'a\nb\n', '']) {
      const { text, lineEnding } = importText(file);
      expect(exportText(text, lineEnding)).toBe(file);
    }
  });
});

describe('a title', () => {
  it('is shown as one line, and as Untitled when it is empty', () => {
    expect(shownTitle(' \n ')).toBe('Untitled');
    expect(shownTitle('a\nb\u0000c')).toBe('a b c');
  });

  it('has the extension behind its last dot', () => {
    expect(['notes.MD', 'a.tar.gz', '.gitignore', 'plain', 'odd.'].map(extensionOf)).toEqual(['md', 'gz', '', '', '']);
  });

  it('makes a file name that every system takes', () => {
    expect(fileNameFor('')).toBe('Untitled.txt');
    expect(fileNameFor('notes.md')).toBe('notes.md');
    expect(fileNameFor('../../etc/passwd')).not.toMatch(/[/\\]|^\./);
    expect(fileNameFor('CON.txt')).toBe('CON-.txt');
    expect(fileNameFor('x'.repeat(300)).length).toBeLessThan(80);
  });
});
