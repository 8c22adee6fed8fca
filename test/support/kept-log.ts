import type { Log } from '../../server/rooms/ports';
import { keepLine } from './log-folder';

interface KeptLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps what was said, for tests of what is said. */
export class KeptLog implements Log {
  readonly lines: KeptLine[] = [];

  debug(fields: object, message: string): void {
    this.#keep({ level: 'debug', fields, message });
  }

  info(fields: object, message: string): void {
    this.#keep({ level: 'info', fields, message });
  }

  warn(fields: object, message: string): void {
    this.#keep({ level: 'warn', fields, message });
  }

  error(fields: object, message: string): void {
    this.#keep({ level: 'error', fields, message });
  }

  #keep(line: KeptLine): void {
    this.lines.push(line);
    keepLine(line);
  }
}
