type Fields = Readonly<Record<string, unknown>>;

/** What a relay says in JSON, if it is what all that it says is: an object. */
export function parseObject(json: string): Fields | undefined {
  try {
    return objectIn(JSON.parse(json));
  } catch {
    return undefined;
  }
}

export function objectIn(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
