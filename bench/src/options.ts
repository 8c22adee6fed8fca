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
  /** Whether the figures of docs/performance.md are written anew. */
  readonly isForDocs: boolean;
  /** Where CPU profiles of the relays go. */
  readonly profileFolder: string | undefined;
}

const FULL = { runs: '3', seconds: '10', 'warm-up': '3', scale: '1' };
const QUICK = { runs: '1', seconds: '2', 'warm-up': '1', scale: '0.1' };

export const HELP = `Measures relays, and the editor, against each other.

  npm run bench -- [flags]

  --scenarios <names>    ${SCENARIOS.map(({ id }) => id).join(', ')}; beginnings of names will do
  --contenders <names>   ${CONTENDERS.map(({ id }) => id).join(', ')}
  --quick                a tenth of everything, once, in minutes: --scale ${QUICK.scale} --runs ${QUICK.runs} --seconds ${QUICK.seconds} --warm-up ${QUICK['warm-up']}
  --runs <number>        of each, alternating; medians are told (${FULL.runs})
  --seconds <number>     measured in each run (${FULL.seconds})
  --warm-up <number>     seconds before that (${FULL['warm-up']})
  --scale <number>       part of the full sizes: 0.2 is a fifth of the people, documents and edits (${FULL.scale})
  --seed <number>        of who types when (1)
  --ours <main.js>       a build of ours that is not this tree's
  --before <main.js>     one more build of ours beside it
  --out <folder>         writes results.md, results.json and charts there
  --docs                 writes the figures and charts of docs/performance.md; scenarios that are not run keep theirs
  --profile <folder>     writes a CPU profile of each relay there; figures are then of no use
`;

/** @throws Error with one sentence for a person. */
export function readOptions(words: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      scenarios: { type: 'string' },
      contenders: { type: 'string' },
      quick: { type: 'boolean', default: false },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      scale: { type: 'string' },
      seed: { type: 'string', default: '1' },
      ours: { type: 'string' },
      before: { type: 'string' },
      out: { type: 'string' },
      docs: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const defaults = values.quick ? QUICK : FULL;
  const number = (flag: keyof typeof FULL) => positive(flag, values[flag] ?? defaults[flag]);
  return {
    scenarios: choose(values.scenarios, SCENARIOS, ({ id }) => id),
    contenders: choose(values.contenders, CONTENDERS, ({ id }) => id).map(({ id }) => id),
    runs: number('runs'),
    sizes: { scale: number('scale'), measureMs: 1000 * number('seconds'), warmUpMs: 1000 * number('warm-up') },
    seed: positive('seed', values.seed),
    builds: { ours: values.ours ?? OUR_RELAY, before: values.before },
    out: values.out,
    isForDocs: values.docs,
    profileFolder: values.profile,
  };
}

function choose<Thing>(names: string | undefined, all: readonly Thing[], nameOf: (thing: Thing) => string): readonly Thing[] {
  if (names === undefined) return all;
  const wanted = names.split(',');
  const isMeant = (name: string, thing: Thing) => {
    // A whole name means itself alone: `ours` is not `ours-before` too.
    const whole = all.find((each) => nameOf(each) === name);
    return whole === undefined ? nameOf(thing).startsWith(name) : whole === thing;
  };
  for (const name of wanted) {
    if (!all.some((thing) => isMeant(name, thing))) throw new Error(`Nothing is called ${name}; there are ${all.map(nameOf).join(', ')}.`);
  }
  return all.filter((thing) => wanted.some((name) => isMeant(name, thing)));
}

function positive(flag: string, word: string): number {
  const value = Number(word);
  if (!(value > 0)) throw new Error(`--${flag} wants a number above 0.`);
  return value;
}
