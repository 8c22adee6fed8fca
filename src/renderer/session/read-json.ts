/** More than any answer of a relay about itself or about who may get in; whoever sends more is no relay. */
const LARGEST_ANSWER = 64 * 1024;

/** The body of an answer from somebody unknown: it may be endless, or anything at all. `undefined` when it is no JSON. */
export async function readJson(response: Response): Promise<unknown> {
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
      if (length > LARGEST_ANSWER) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // Cut, not UTF-8, or not JSON.
    return undefined;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
