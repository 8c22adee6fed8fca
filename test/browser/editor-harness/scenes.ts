interface Scene {
  readonly title: string;
  readonly text: string;
  readonly marks: readonly { readonly name: string; readonly from: string; readonly to?: string }[];
}

export const PROSE_SCENE: Scene = {
  title: 'Harbour walk.md',
  text: `# A walk along the harbour

We meet at the **old crane** at nine. From there it is twenty minutes to the lighthouse, longer if the ferry is in and the *good* bakery still has rolls.

## What to bring

- Something warm: the wind comes straight off the water
- A thermos, and cups for everybody
- The [map](https://example.org/map) that Noor drew last year

> The tide turns at half past ten. Whoever wants to see the seals should be at the rocks before that.

Then back through the gardens. \`tide --at harbour\` says low water at four, so there is time for the long way round, past the boatyard and the yellow house.
`,
  marks: [
    { name: 'Noor', from: 'old crane', to: ' at nine' },
    { name: 'Ada Lovelace', from: 'thermos' },
    { name: 'Quiet Heron', from: 'The tide turns', to: ' Whoever wants' },
    { name: 'Mateo', from: 'gardens' },
  ],
};

export const CODE_SCENE: Scene = {
  title: 'tides.ts',
  text: `import { readFile } from 'node:fs/promises';

/** Height of the water in metres, by the hour. */
export interface Tide {
  readonly at: Date;
  readonly height: number;
}

const LOW_WATER = 0.4;

export async function lowTides(path: string): Promise<Tide[]> {
  const lines = (await readFile(path, 'utf8')).split('\\n');
  const tides: Tide[] = [];
  for (const line of lines) {
    const [time, height] = line.split(';');
    if (time === undefined || height === undefined) continue;
    tides.push({ at: new Date(time), height: Number(height) });
  }
  // The harbour master counts a tide as low below forty centimetres.
  return tides.filter((tide) => tide.height < LOW_WATER);
}
`,
  marks: [
    { name: 'Noor', from: 'readFile } from' },
    { name: 'Ada Lovelace', from: 'LOW_WATER = 0.4', to: ' = 0.4' },
    { name: 'Quiet Heron', from: 'const [time', to: 'tides.push' },
    { name: 'Mateo', from: 'harbour master' },
  ],
};
