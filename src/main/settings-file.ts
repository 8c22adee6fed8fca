/** Settings in the user-data folder: read at any age, changed by whichever window, told to all. */
import { join } from 'node:path';
import { type Observable, ObservableValue } from '../shared/observable';
import { readSettings, type Settings } from '../shared/settings';
import { KeptValue } from './kept-value';

export class SettingsFile {
  readonly #kept: KeptValue<Settings>;
  readonly #settings: ObservableValue<Settings>;

  constructor(userData: string, complain: (sentence: string) => void) {
    this.#kept = new KeptValue(join(userData, 'settings.json'), readSettings, complain);
    this.#settings = new ObservableValue(this.#kept.current);
  }

  get settings(): Observable<Settings> {
    return this.#settings;
  }

  /** Merges; what is not a right setting is left as it would be read. */
  change(change: Partial<Settings>): Settings {
    const settings = readSettings({ ...this.#settings.current, ...change });
    this.#kept.set(settings);
    this.#settings.set(settings);
    return settings;
  }

  written(): Promise<void> {
    return this.#kept.written();
  }
}
