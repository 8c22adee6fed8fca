/**
 * The twelve colours in which people are shown, as data: nothing that came over the wire ever becomes a style.
 *
 * R1  Whatever colour a stranger's client sends, they are drawn in the nearest of the twelve (which pass AA in both themes).
 * R2  The second six are dashed: within six, colours differ under each common colour blindness; across, by the dashes.
 */

/** Values for light and dark are in person-colors.css, under the names below. */
export interface PersonColor {
  readonly index: number;
  /** What travels on the wire: `#rrggbb`, the value in light. */
  readonly hex: string;
  /** Caret and flag. */
  readonly stroke: `--person-${number}`;
  /** Selection, behind the text. */
  readonly soft: `--person-${number}-soft`;
  /** Text on the flag. */
  readonly on: `--person-${number}-on`;
  readonly dashed: boolean;
}

const HEXES = [
  '#1e3cbd',
  '#a70239',
  '#125400',
  '#5f2f67',
  '#9c6012',
  '#027987',
  '#581fb3',
  '#64731c',
  '#bb3585',
  '#0b71b2',
  '#752205',
  '#016646',
] as const;

export const PERSON_COLOR_LIST: readonly PersonColor[] = HEXES.map((hex, index) => ({
  index,
  hex,
  stroke: `--person-${index}`,
  soft: `--person-${index}-soft`,
  on: `--person-${index}-on`,
  dashed: index >= HEXES.length / 2,
}));

/** As people call them, in the order of the list; those that light and dark show differently by what both are. */
const NAMES = ['Blue', 'Red', 'Green', 'Plum', 'Amber', 'Teal', 'Violet', 'Olive', 'Pink', 'Sky blue', 'Brown', 'Sea green'] as const;

/** For whoever does not see it, or not as others do. */
export function colorName({ index, dashed }: PersonColor): string {
  return `${NAMES[index]}${dashed ? ', dashed' : ''}`;
}

/** Any index: it is counted around. */
export function personColor(index: number): PersonColor {
  const count = PERSON_COLOR_LIST.length;
  return PERSON_COLOR_LIST[((index % count) + count) % count] as PersonColor;
}

/** The same colour for the same name, on every device (FNV-1a). */
export function pickColor(name: string): PersonColor {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return personColor(hash >>> 8);
}

/** The person colour that looks most like `hex` (`#rrggbb`); a grey or anything else that is not a colour counts as one too. */
export function nearestColor(hex: string): PersonColor {
  const wanted = toOklab(hex);
  let nearest = personColor(0);
  let shortest = Number.POSITIVE_INFINITY;
  for (const color of PERSON_COLOR_LIST) {
    const distance = distanceBetween(wanted, toOklab(color.hex));
    if (distance < shortest) [nearest, shortest] = [color, distance];
  }
  return nearest;
}

type Lab = readonly [lightness: number, a: number, b: number];

/** Lightness counts half: strangers' palettes are bright, ours is dark enough to read. */
function distanceBetween(one: Lab, other: Lab): number {
  return Math.hypot((one[0] - other[0]) / 2, one[1] - other[1], one[2] - other[2]);
}

/** https://bottosson.github.io/posts/oklab/ */
function toOklab(hex: string): Lab {
  const [red, green, blue] = [1, 3, 5].map((at) => toLinear(Number.parseInt(hex.slice(at, at + 2), 16) / 255)) as [number, number, number];
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const middle = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
  ];
}

function toLinear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
