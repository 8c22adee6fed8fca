/** A value that others may watch: what the parts of the app tell each other, without knowing each other. */
export interface Observable<T> {
  readonly current: T;
  /** Called after each change, not at once. Returns its own end. */
  subscribe(listener: (value: T) => void): () => void;
}

/** An observable whose owner may change it. */
export class ObservableValue<T> implements Observable<T> {
  #current: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(initial: T) {
    this.#current = initial;
  }

  get current(): T {
    return this.#current;
  }

  /** Tells the listeners unless it is the same value (`Object.is`). */
  set(value: T): void {
    if (Object.is(value, this.#current)) return;
    this.#current = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
