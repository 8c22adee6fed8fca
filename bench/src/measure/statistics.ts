/** Numbers about many numbers. */

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that so many percent of all do not exceed; NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  if (percent === 50 && sorted.length % 2 === 0) {
    const middle = sorted.length / 2;
    return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  }
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))] as number;
}

/** How far runs lie apart: half the distance between the extremes, as a part of the median. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return middle === 0 || values.length < 2 ? 0 : (Math.max(...values) - Math.min(...values)) / 2 / middle;
}

/** Counts delays in steps of a tenth of a millisecond: millions of them in a fixed place. */
export class DelayHistogram {
  readonly #counts = new Uint32Array(600_000);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(ms: number): void {
    const step = Math.min(this.#counts.length - 1, Math.max(0, Math.round(ms * 10)));
    this.#counts[step] = (this.#counts[step] as number) + 1;
    this.#total++;
  }

  /** Milliseconds; NaN when nothing was counted. */
  percentile(percent: number): number {
    const wanted = Math.ceil((percent / 100) * this.#total);
    let seen = 0;
    for (const [step, count] of this.#counts.entries()) {
      seen += count;
      if (count > 0 && seen >= wanted) return step / 10;
    }
    return Number.NaN;
  }
}
