/**
 * Takes files out of a zip archive without needing `unzip` on the machine.
 * Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end). No zip64.
 */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;
const SYMBOLIC_LINK = 0o120000;

/** @typedef {{ readonly name: string, readonly method: number, readonly size: number, readonly offset: number, readonly mode: number }} Entry */

/**
 * @param {string} archive
 * @param {string} into
 * @param {(name: string) => string | undefined} nameFor where an entry goes, relative to `into`; `undefined` leaves it out
 */
export async function unzip(archive, into, nameFor) {
  const file = openSync(archive, 'r');
  try {
    for (const entry of readDirectory(file)) {
      const name = nameFor(entry.name);
      if (name === undefined || name === '' || entry.name.endsWith('/')) continue;
      const target = resolve(into, name);
      if (!target.startsWith(resolve(into) + sep)) throw new Error(`The archive wants to write outside its folder: ${entry.name}`);
      mkdirSync(dirname(target), { recursive: true });
      await extract(archive, file, entry, target);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * @param {string} archive
 * @param {number} file
 * @param {Entry} entry
 * @param {string} target
 */
async function extract(archive, file, entry, target) {
  const header = readAt(file, entry.offset, 30);
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if ((entry.mode & 0o170000) === SYMBOLIC_LINK) {
    symlinkSync(readAt(file, start, entry.size).toString('utf8'), target);
    return;
  }
  if (entry.size === 0) {
    writeFileSync(target, '', { mode: entry.mode & 0o777 });
    return;
  }
  const packed = createReadStream(archive, { start, end: start + entry.size - 1 });
  const output = createWriteStream(target, { mode: entry.mode & 0o777 || 0o644 });
  if (entry.method === STORED) await pipeline(packed, output);
  else if (entry.method === DEFLATED) await pipeline(packed, createInflateRaw(), output);
  else throw new Error(`${entry.name} is packed in a way this reader does not know (${entry.method}).`);
}

/**
 * @param {number} file
 * @returns {Entry[]}
 */
function readDirectory(file) {
  const { size } = fstatSync(file);
  const tail = readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('This is not a zip archive.');
  const directory = readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  /** @type {Entry[]} */
  const entries = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      size: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
      mode: directory.readUInt16LE(at + 40),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/**
 * @param {number} file
 * @param {number} position
 * @param {number} length
 */
function readAt(file, position, length) {
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, position) !== length) throw new Error('The zip archive ends too early.');
  return bytes;
}
