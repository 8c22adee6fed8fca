/** Says what is measured right now, and how long it will all take from here. */

export interface Step {
  readonly what: string;
  /** Expected. */
  readonly seconds: number;
}

export class Progress {
  readonly #steps: readonly Step[];
  readonly #tell: (line: string) => void;
  readonly #now: () => number;
  readonly #startedAt: number;
  #index = 0;

  constructor(steps: readonly Step[], tell: (line: string) => void, now: () => number = () => performance.now()) {
    this.#steps = steps;
    this.#tell = tell;
    this.#now = now;
    this.#startedAt = now();
  }

  /** The next step begins. */
  next(): void {
    const step = this.#steps[this.#index];
    if (step === undefined) throw new Error('there is no step left');
    this.#tell(`[${this.#index + 1}/${this.#steps.length}, ${this.#left()}] ${step.what} …`);
    this.#index++;
  }

  /** What came of the present step. */
  tell(line: string): void {
    this.#tell(`    ${line}`);
  }

  /** Steps tend to be off by the same factor: what those before took says by which. */
  #left(): string {
    const expected = (steps: readonly Step[]) => steps.reduce((sum, { seconds }) => sum + seconds, 0);
    const done = expected(this.#steps.slice(0, this.#index));
    const factor = done === 0 ? 1 : (this.#now() - this.#startedAt) / 1000 / done;
    const minutes = (factor * expected(this.#steps.slice(this.#index))) / 60;
    return minutes < 1 ? 'less than a minute left' : `about ${Math.round(minutes)} min left`;
  }
}
