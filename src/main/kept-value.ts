/**
 * A small value that outlives the app, as JSON in the user-data folder: settings, window places, the relay's port.
 *
 * R1 Reading never fails: a missing, broken or older file gives what `read` makes of it.
 * R2 Changes are written one after the other, whole or not at all; the last one wins.
 */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from './atomic-file';

export class KeptValue<T> {
  readonly #path: string;
  readonly #complain: (sentence: string) => void;
  #current: T;
  #waiting = false;
  #writing: Promise<void> = Promise.resolve();

  /** @param read makes a value of whatever was stored; `undefined` when nothing was */
  constructor(path: string, read: (stored: unknown) => T, complain: (sentence: string) => void) {
    this.#path = path;
    this.#complain = complain;
    this.#current = read(storedIn(path, complain));
  }

  get current(): T {
    return this.#current;
  }

  set(value: T): void {
    this.#current = value;
    if (this.#waiting) return;
    this.#waiting = true;
    this.#writing = this.#writing.then(() => this.#write());
  }

  /** Everything that was set until now is on disk, or was complained about. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    this.#waiting = false;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFileAtomically(this.#path, `${JSON.stringify(this.#current, undefined, 2)}\n`);
    } catch (error) {
      this.#complain(`${this.#path} cannot be written: ${String(error)}`);
    }
  }
}

function storedIn(path: string, complain: (sentence: string) => void): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) complain(`${path} cannot be read: ${String(error)}`);
    return undefined;
  }
}
