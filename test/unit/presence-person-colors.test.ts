import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nearestColor, PERSON_COLOR_LIST, personColor, pickColor } from '../../src/renderer/presence/person-colors';
import { PERSON_COLORS } from '../../src/shared/settings';

const renderer = resolve(import.meta.dirname, '../../src/renderer');
const tokens = resolve(renderer, 'shell/tokens.css');
const css =
  readFileSync(resolve(renderer, 'presence/person-colors.css'), 'utf8') + (existsSync(tokens) ? readFileSync(tokens, 'utf8') : '');

type Rgb = readonly [number, number, number];

/** The custom properties of a theme: those of dark lie over those of light. */
function readTheme(theme: 'light' | 'dark'): Map<string, string> {
  const values = new Map<string, string>([
    ['--background', theme === 'light' ? '#ffffff' : '#1e1e1e'],
    ['--text', theme === 'light' ? '#222222' : '#eeeeee'],
  ]);
  for (const [, selector = '', body = ''] of css.matchAll(/([^{}]*)\{([^{}]*)\}/g)) {
    const isDark = selector.includes('data-theme="dark"');
    if (!isDark && !selector.includes(':root')) continue;
    if (isDark && theme === 'light') continue;
    for (const [, name = '', value = ''] of body.matchAll(/(--[\w-]+):\s*(#[0-9a-f]+);/gi)) values.set(name, value);
  }
  return values;
}

function over(color: string, background: Rgb): Rgb {
  const alpha = color.length > 7 ? Number.parseInt(color.slice(7, 9), 16) / 255 : 1;
  return toRgb(color).map((part, index) => part * alpha + (background[index] ?? 0) * (1 - alpha)) as unknown as Rgb;
}

function toRgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb;
}

function linear(color: Rgb): Rgb {
  return color.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as unknown as Rgb;
}

/** WCAG 2.2, relative luminance. */
function contrast(one: Rgb, other: Rgb): number {
  const [dark = 0, light = 0] = [one, other]
    .map((color) => linear(color))
    .map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue)
    .sort((first, second) => first - second);
  return (light + 0.05) / (dark + 0.05);
}

/** Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHT: Record<string, readonly Rgb[]> = {
  'full colour sight': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(color: Rgb, sight: readonly Rgb[]): Rgb {
  const parts = linear(color);
  return sight.map((row) => Math.min(1, Math.max(0, row[0] * parts[0] + row[1] * parts[1] + row[2] * parts[2]))) as unknown as Rgb;
}

function oklab([red, green, blue]: Rgb): Rgb {
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const middle = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
  ];
}

describe.each(['light', 'dark'] as const)('person colours in %s', (theme) => {
  const values = readTheme(theme);
  const value = (name: string) => {
    const found = values.get(name);
    if (found === undefined) throw new Error(`${name} has no value in ${theme}`);
    return found;
  };
  const background = toRgb(value('--background'));

  it.each(PERSON_COLOR_LIST.map(({ index }) => index))('%i reads on the page, on its flag, and under text (AA)', (index) => {
    const { stroke, soft, on } = personColor(index);
    expect(contrast(toRgb(value(stroke)), background)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(toRgb(value(on)), toRgb(value(stroke)))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(toRgb(value('--text')), over(value(soft), background))).toBeGreaterThanOrEqual(7);
  });

  it.each(Object.entries(SIGHT))('differ within each six under %s (R2)', (_name, sight) => {
    const labs = PERSON_COLOR_LIST.map(({ stroke }) => oklab(seen(toRgb(value(stroke)), sight)));
    for (const [index, one] of labs.entries()) {
      for (let other = index + 1; other < labs.length; other++) {
        if (personColor(index).dashed !== personColor(other).dashed) continue;
        const lab = labs[other] ?? one;
        // 0.02 in Oklab is about what one can just tell apart side by side.
        expect(Math.hypot(one[0] - lab[0], one[1] - lab[1], one[2] - lab[2]), `${index} and ${other}`).toBeGreaterThan(0.07);
      }
    }
  });
});

describe('person colours', () => {
  it('are as many as the settings know, and light in the css is what travels', () => {
    expect(PERSON_COLOR_LIST).toHaveLength(PERSON_COLORS);
    const light = readTheme('light');
    for (const { stroke, hex } of PERSON_COLOR_LIST) expect(light.get(stroke)).toBe(hex);
  });

  it('map any hex to one of them, and their own to themselves (R1)', () => {
    for (const color of PERSON_COLOR_LIST) expect(nearestColor(color.hex)).toBe(color);
    expect(nearestColor('#ff0000').index).toBe(1);
    expect(PERSON_COLOR_LIST).toContain(nearestColor('#808080'));
    expect(PERSON_COLOR_LIST).toContain(nearestColor('not a colour'));
  });

  it('are picked by name, the same each time, and all get used', () => {
    expect(pickColor('Ada')).toBe(pickColor('Ada'));
    expect(new Set(Array.from({ length: 500 }, (_, index) => pickColor(`Person ${index}`).index)).size).toBe(12);
  });
});
