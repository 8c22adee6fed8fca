import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(resolve(import.meta.dirname, '../../src/renderer/shell/tokens.css'), 'utf8');
const light = tokensIn(/:root \{([^}]*)\}/);
const themes = { light, dark: { ...light, ...tokensIn(/:root\[data-theme="dark"\] \{([^}]*)\}/) } };

/** WCAG 2.2, 1.4.3: text of ordinary size. */
const READABLE = 4.5;
/** WCAG 2.2, 1.4.11: what shows that there is something to use. */
const SEEN = 3;
const SURFACES = ['--background', '--surface', '--surface-raised'];
const TEXTS = Object.keys(light).filter((name) => /^--(text|accent|danger|warning|success|syntax)/.test(name) && !/^--accent-/.test(name));

describe('the colours of the app', () => {
  it('are all given for light and dark', () => {
    expect(TEXTS.length).toBeGreaterThanOrEqual(16);
    for (const name of [...SURFACES, ...TEXTS]) expect(themes.dark[name], name).not.toBe(light[name]);
  });

  for (const [theme, tokens] of Object.entries(themes)) {
    it(`are readable on every surface in ${theme} (tokens R1)`, () => {
      const grounds = SURFACES.flatMap((surface) => [
        { ground: surface, color: tokens[surface] ?? '' },
        ...['--hover', '--pressed'].map((veil) => ({
          ground: `${surface} ${veil}`,
          color: veiled(tokens[surface] ?? '', tokens[veil] ?? ''),
        })),
      ]);
      const faint = TEXTS.flatMap((text) =>
        grounds.map(({ ground, color }) => ({ text, ground, contrast: contrast(tokens[text] ?? '', color) })),
      ).filter((pair) => !(pair.contrast >= READABLE));
      expect(faint).toEqual([]);
    });

    it(`are readable on the accent and under a selection in ${theme} (tokens R2)`, () => {
      expect(contrast(tokens['--accent-text'] ?? '', tokens['--accent'] ?? '')).toBeGreaterThanOrEqual(READABLE);
      const written = TEXTS.filter((name) => /^--(text|syntax)/.test(name));
      const faint = written.filter((name) => !(contrast(tokens[name] ?? '', tokens['--selection'] ?? '') >= READABLE));
      expect([written.length > 10, faint]).toEqual([true, []]);
    });

    it(`show where fields are in ${theme} (tokens R4)`, () => {
      for (const surface of SURFACES) {
        expect(contrast(tokens['--field-border'] ?? '', tokens[surface] ?? ''), surface).toBeGreaterThanOrEqual(SEEN);
      }
    });

    it(`lift what is chosen out of what it lies in, in ${theme}`, () => {
      const track = veiled(tokens['--surface-raised'] ?? '', tokens['--hover'] ?? '');
      expect(luminance(tokens['--chosen'] ?? '')).toBeGreaterThan(luminance(track));
      expect(contrast(tokens['--text'] ?? '', tokens['--chosen'] ?? '')).toBeGreaterThanOrEqual(READABLE);
    });
  }
});

function tokensIn(block: RegExp): Record<string, string> {
  const body = block.exec(css)?.[1] ?? '';
  return Object.fromEntries([...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value]));
}

/** What is seen where a translucent colour (`#rrggbbaa`) lies over another one. */
function veiled(ground: string, veil: string): string {
  const opacity = Number.parseInt(veil.slice(7, 9), 16) / 255;
  const parts = [1, 3, 5].map((at) => {
    const [above, below] = [veil, ground].map((color) => Number.parseInt(color.slice(at, at + 2), 16)) as [number, number];
    return Math.round(above * opacity + below * (1 - opacity))
      .toString(16)
      .padStart(2, '0');
  });
  return `#${parts.join('')}`;
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
