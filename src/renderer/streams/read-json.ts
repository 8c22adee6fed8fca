/** More than any short answer of a relay, about itself, who may get in, or why not; whoever sends more is no relay. */
const LARGEST_ANSWER = 64 * 1024;

/**
 * The body of an answer from somebody unknown: it may be endless, or anything at all. `undefined` when it is no JSON.
 *
 * @param most bytes
 */
export async function readJson(response: Response, most = LARGEST_ANSWER): Promise<unknown> {
  const reader = response.body?.getReader();
  if (reader === undefined) return undefined;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return JSON.parse(text + decoder.decode());
      length += value.length;
      if (length > most) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // Cut, not UTF-8, or not JSON.
    return undefined;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
