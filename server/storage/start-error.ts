/** Why the relay does not start, in one sentence that says what to do. Printed as it is: no stack, no prefix. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
