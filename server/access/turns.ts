/** Lets work on one thing wait for the work on it that was asked for before. */
export class Turns<Key> {
  readonly #last = new Map<Key, Promise<unknown>>();

  /** Settles as the work does. */
  take<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    this.#last.set(key, result);
    const leave = (): void => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(leave, leave);
    return result;
  }
}
