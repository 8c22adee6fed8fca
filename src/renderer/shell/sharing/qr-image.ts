/** A QR code (ISO/IEC 18004) as one SVG path (pure). */

/** What of a code is drawn: `size` modules in a row, dark ones are 1, row by row. */
export interface QrModules {
  readonly size: number;
  readonly data: ArrayLike<number>;
}

export interface QrImage {
  /** Modules in a row, with the quiet zone. */
  readonly size: number;
  /** All dark modules. */
  readonly path: string;
}

/** Light modules around it: cameras look for them (section 9.1). */
export const QUIET_ZONE = 4;

export function qrImage({ size, data }: QrModules): QrImage {
  const runs: string[] = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; ) {
      const begin = x;
      while (x < size && data[y * size + x] === 1) x++;
      if (x > begin) runs.push(`M${begin + QUIET_ZONE} ${y + QUIET_ZONE}h${x - begin}v1h-${x - begin}z`);
      else x++;
    }
  }
  return { size: size + 2 * QUIET_ZONE, path: runs.join('') };
}

/** A whole number of pixels to a module, so that every edge is sharp; about `wanted` pixels in all. */
export function sharpWidth({ size }: QrImage, wanted: number): number {
  return size * Math.max(2, Math.floor(wanted / size));
}
