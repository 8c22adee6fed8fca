/** Whether the structs of an update can be put in an order in which each comes after those that it names. */

/** The structs of one client in an update: clocks `[first, end)`; below `known` the relay has them already. */
export interface Block {
  readonly client: number;
  readonly first: number;
  readonly known: number;
  readonly end: number;
}

/** The struct at clock `at` of block number `block` names `clock` of another client in the same update. */
export interface Need {
  readonly block: number;
  readonly at: number;
  readonly client: number;
  readonly clock: number;
}

/**
 * True when structs wait for each other, so that Yjs would keep them pending for ever. Each need is walked over once:
 * linear, whatever an update claims. Needs are in the order of the bytes, and each is satisfied by a block.
 */
export function waitForEachOther(blocks: readonly Block[], needs: readonly Need[]): boolean {
  const progress = blocks.map(() => 0);
  const needsOfBlock: Need[][] = blocks.map(() => []);
  for (const need of needs) needsOfBlock[need.block]?.push(need);
  const blockOfClient = new Map(blocks.map((block, index) => [block.client, index]));
  const isWaiting = blocks.map(() => false);
  /** Of a block, whose structs up to its next need are in order. */
  const reached = (block: number): number => needsOfBlock[block]?.[progress[block] as number]?.at ?? Number.POSITIVE_INFINITY;

  for (let start = 0; start < blocks.length; start++) {
    const stack = [start];
    while (stack.length > 0) {
      const block = stack[stack.length - 1] as number;
      const next = needsOfBlock[block]?.[progress[block] as number];
      const waitsFor = stack.length > 1 ? neededBy(stack[stack.length - 2] as number) : undefined;
      if (next === undefined || (waitsFor !== undefined && waitsFor < reached(block))) {
        stack.pop();
        isWaiting[block] = false;
        continue;
      }
      const other = blockOfClient.get(next.client) as number;
      if (next.clock < reached(other)) {
        progress[block] = (progress[block] as number) + 1;
        continue;
      }
      if (isWaiting[other] === true || other === block) return true;
      isWaiting[block] = true;
      stack.push(other);
    }
  }
  return false;

  function neededBy(block: number): number | undefined {
    return needsOfBlock[block]?.[progress[block] as number]?.clock;
  }
}
