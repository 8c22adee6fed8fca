import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(resolve(import.meta.dirname, '../../src/renderer/shell/tokens.css'), 'utf8');
const light = tokensIn(/:root \{([^}]*)\}/);
const themes = { light, dark: { ...light, ...tokensIn(/:root\[data-theme="dark"\] \{([^}]*)\}/) } };

/** WCAG 2.2, 1.4.3: text of ordinary size. */
const READABLE = 4.5;
const SURFACES = ['--background', '--surface', '--surface-raised'];
const TEXTS = Object.keys(light).filter((name) => /^--(text|accent|danger|warning|success|syntax)/.test(name) && !/^--accent-/.test(name));

describe('the colours of the app', () => {
  it('are all given for light and dark', () => {
    expect(TEXTS.length).toBeGreaterThanOrEqual(16);
    for (const name of [...SURFACES, ...TEXTS]) expect(themes.dark[name], name).not.toBe(light[name]);
  });

  for (const [theme, tokens] of Object.entries(themes)) {
    it(`are readable on every surface in ${theme} (tokens R1)`, () => {
      const faint = TEXTS.flatMap((text) =>
        SURFACES.map((surface) => ({ text, surface, contrast: contrast(tokens[text] ?? '', tokens[surface] ?? '') })),
      ).filter((pair) => !(pair.contrast >= READABLE));
      expect(faint).toEqual([]);
    });

    it(`are readable on the accent and under a selection in ${theme} (tokens R2)`, () => {
      expect(contrast(tokens['--accent-text'] ?? '', tokens['--accent'] ?? '')).toBeGreaterThanOrEqual(READABLE);
      expect(contrast(tokens['--text'] ?? '', tokens['--selection'] ?? '')).toBeGreaterThanOrEqual(READABLE);
    });
  }
});

function tokensIn(block: RegExp): Record<string, string> {
  const body = block.exec(css)?.[1] ?? '';
  return Object.fromEntries([...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value]));
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  if (!/^#[0-9a-f]{6}$/.test(hex)) return Number.NaN;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
