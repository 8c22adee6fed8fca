/** Time, passed in, so that waiting can be tested without waiting. Milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Calls once, later; returns a way to call it off. */
  after(ms: number, callback: () => void): () => void;
}
