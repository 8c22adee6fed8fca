export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks every few milliseconds; false when the time was up. */
export async function until(holds: () => boolean | Promise<boolean>, mostMs: number): Promise<boolean> {
  const end = performance.now() + mostMs;
  while (!(await holds())) {
    if (performance.now() > end) return false;
    await sleep(5);
  }
  return true;
}
