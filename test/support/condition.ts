/** The longer it was waited, the less an earlier look would matter: asking a page costs as much as what it works on. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 20;

/** Waits for a condition instead of a time: looks again every few milliseconds, and says what it waited for in vain. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; !(await holds()); pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    if (performance.now() > endsAt) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
