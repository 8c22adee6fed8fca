/** What the store writer writes under a number: tells document, number and length, so that a reader can check each byte. */
export function writtenUpdate(document: string, number: number, bytes: number): Uint8Array {
  const start = `${document} ${number} `;
  return new Uint8Array(Buffer.from(start.padEnd(bytes, String(number % 10))));
}
