/** Numbers and strings as lib0 writes them: what updates and frames are made of. */

export function varUint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push(128 | (rest % 128));
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

export function varString(text: string): number[] {
  const bytes = Buffer.from(text);
  return [...varUint(bytes.length), ...bytes];
}

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return concatAll(parts);
}

/** However many: arguments of a call have a limit. */
export function concatAll(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

/** A length, then so many bytes. */
export function varBytes(bytes: Uint8Array): Uint8Array {
  return concat(varUint(bytes.length), bytes);
}

/** `[value, where it ends]`. */
export function readVarUint(bytes: Uint8Array, at: number): readonly [number, number] {
  let value = 0;
  let scale = 1;
  for (let position = at; position < bytes.length; position++) {
    const byte = bytes[position] as number;
    value += (byte & 127) * scale;
    if (byte < 128) return [value, position + 1];
    scale *= 128;
  }
  throw new Error('a number without an end');
}
