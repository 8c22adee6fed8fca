/** Whether two pieces of plain data say the same. By value, without a word of JSON: asked several times for each key. */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => key in other && isSameValue((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]))
  );
}
