/** What the command line asks for. */
import { parseArgs } from 'node:util';
import type { Builds, ContenderId } from './contenders/contender.ts';
import { CONTENDERS, OUR_RELAY } from './contenders/contenders.ts';
import type { Scenario, Sizes } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly contenders: readonly ContenderId[];
  readonly runs: number;
  readonly sizes: Sizes;
  readonly seed: number;
  readonly builds: Builds;
  /** Where Markdown, JSON and charts go; nowhere when it is missing. */
  readonly out: string | undefined;
  /** Where CPU profiles of the relays go. */
  readonly profileFolder: string | undefined;
}

export const HELP = `Measures relays against each other.

  npm run bench -- [flags]

  --scenarios <names>    ${SCENARIOS.map(({ id }) => id).join(', ')}; beginnings of names will do
  --contenders <names>   ${CONTENDERS.map(({ id }) => id).join(', ')}
  --runs <number>        of each, alternating; medians are told (3)
  --seconds <number>     measured in each run (10)
  --warm-up <number>     seconds before that (3)
  --scale <number>       part of the full sizes: 0.2 is a fifth of the people, documents and edits (1)
  --seed <number>        of who types when (1)
  --ours <main.js>       a build of ours that is not this tree's
  --before <main.js>     one more build of ours beside it
  --out <folder>         writes results.md, results.json and charts there
  --profile <folder>     writes a CPU profile of each relay there; figures are then of no use
`;

/** @throws Error with one sentence for a person. */
export function readOptions(words: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      scenarios: { type: 'string' },
      contenders: { type: 'string' },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '10' },
      'warm-up': { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      ours: { type: 'string' },
      before: { type: 'string' },
      out: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    scenarios: choose(values.scenarios, SCENARIOS, ({ id }) => id),
    contenders: choose(values.contenders, CONTENDERS, ({ id }) => id).map(({ id }) => id),
    runs: positive('runs', values.runs),
    sizes: {
      scale: positive('scale', values.scale),
      measureMs: 1000 * positive('seconds', values.seconds),
      warmUpMs: 1000 * positive('warm-up', values['warm-up']),
    },
    seed: positive('seed', values.seed),
    builds: { ours: values.ours ?? OUR_RELAY, before: values.before },
    out: values.out,
    profileFolder: values.profile,
  };
}

function choose<Thing>(names: string | undefined, all: readonly Thing[], nameOf: (thing: Thing) => string): readonly Thing[] {
  if (names === undefined) return all;
  const wanted = names.split(',');
  for (const name of wanted) {
    if (!all.some((thing) => nameOf(thing).startsWith(name)))
      throw new Error(`Nothing is called ${name}; there are ${all.map(nameOf).join(', ')}.`);
  }
  return all.filter((thing) => wanted.some((name) => nameOf(thing).startsWith(name)));
}

function positive(flag: string, word: string): number {
  const value = Number(word);
  if (!(value > 0)) throw new Error(`--${flag} wants a number above 0.`);
  return value;
}
