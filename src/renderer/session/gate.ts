/**
 * Holds back what a socket reports until it is known which relay is at its other end, so that opening it and asking
 * who is there take place at the same time, and yet nothing is taken from or given to a stranger.
 */
export class Gate {
  #held: (() => void)[] | undefined = [];

  /** Now, or, in order, when the gate opens. */
  pass(action: () => void): void {
    if (this.#held === undefined) action();
    else this.#held.push(action);
  }

  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const action of held) action();
  }

  /** Forgets what it holds: that was for a socket before. */
  shut(): void {
    this.#held = [];
  }
}
