/**
 * The words of a command line and of the environment, before anybody asks what they mean. Pure.
 *
 * R1  Variables with our prefix that nobody meant for us are left alone (Kubernetes makes WEFT_RELAY_SERVICE_HOST for a
 *     service of that name); one that is nearly ours is a problem.
 */
import { parseArgs } from 'node:util';
import { SETTINGS, type Setting } from './config-table';
import { WrongWord } from './config-values';
import { nearestWord } from './spelling';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What was said, by flag; knows where each word came from, so that a problem names it. */
export class Words {
  readonly #env: Environment;
  readonly #problems: string[];
  readonly #flags = new Map<string, string[]>();

  constructor(env: Environment, problems: string[]) {
    this.#env = env;
    this.#problems = problems;
  }

  readFlags(argv: readonly string[], settings: readonly Setting[]): void {
    const options = Object.fromEntries(
      settings.map(({ flag, takes }) => [flag, { type: takes === 'switch' ? ('boolean' as const) : ('string' as const) }]),
    );
    const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
    let afterUnknown = -1;
    for (const token of tokens) {
      if (token.kind === 'option') {
        const setting = settings.find(({ flag }) => flag === token.name);
        if (setting === undefined || !token.rawName.startsWith('--')) {
          this.#problems.push(unknownFlag(token.rawName, settings));
          afterUnknown = token.index + 1;
        } else this.#takeFlag(setting, token.value, token.inlineValue);
      } else if (token.kind === 'positional' && token.index !== afterUnknown) {
        this.#problems.push(`"${token.value}" is not a flag; flags start with two dashes, see --help.`);
      }
    }
  }

  findMisspeltVariables(): void {
    const known = SETTINGS.flatMap(({ environment }) => environment ?? []).map(withoutPrefix);
    for (const name of Object.keys(this.#env).filter((each) => each.startsWith(PREFIX))) {
      const rest = withoutPrefix(name);
      const meant = known.includes(rest) ? undefined : nearestWord(rest, known);
      if (meant !== undefined) this.#problems.push(`There is no variable ${name}; did you mean ${PREFIX}${meant}?`);
    }
  }

  complain(problem: string): void {
    this.#problems.push(problem);
  }

  has({ flag }: Setting): boolean {
    return this.#flags.has(flag);
  }

  /** The last one counts. */
  one<Value, Fallback>(setting: Setting, read: (word: string) => Value, fallback: Fallback): Value | Fallback {
    const flagged = this.#flags.get(setting.flag)?.at(-1);
    const word = flagged ?? this.#variable(setting);
    if (word === undefined) return fallback;
    return this.#read(setting, flagged !== undefined, word, read) ?? fallback;
  }

  all<Value>(setting: Setting, read: (word: string) => Value): Value[] {
    const flagged = this.#flags.get(setting.flag);
    const variable = this.#variable(setting);
    const written = flagged ?? (variable === undefined ? [] : [variable]);
    const words = written.flatMap((each) => each.split(/[\s,]+/));
    return words.flatMap((word) => this.#read(setting, flagged !== undefined, word, read) ?? []);
  }

  #takeFlag({ flag, takes }: Setting, value: string | undefined, isInline: boolean | undefined): void {
    if (takes === 'switch' && value !== undefined) this.#problems.push(`--${flag} takes no value.`);
    else if (takes !== 'switch' && (value === undefined || (!isInline && value.startsWith('--')))) {
      this.#problems.push(`--${flag} needs a value, see --help.`);
    } else this.#flags.set(flag, [...(this.#flags.get(flag) ?? []), value ?? '1']);
  }

  #variable({ environment }: Setting): string | undefined {
    const word = environment === undefined ? undefined : this.#env[environment];
    return word === '' ? undefined : word;
  }

  #read<Value>(setting: Setting, isFlag: boolean, word: string, read: (word: string) => Value): Value | undefined {
    try {
      return read(word);
    } catch (error) {
      if (!(error instanceof WrongWord)) throw error;
      this.#problems.push(`${isFlag ? `--${setting.flag}` : setting.environment} ${error.message}, not "${word}".`);
      return undefined;
    }
  }
}

const PREFIX = 'WEFT_RELAY_';

function withoutPrefix(name: string): string {
  return name.slice(PREFIX.length);
}

function unknownFlag(written: string, settings: readonly Setting[]): string {
  const meant = nearestWord(
    written.replace(/^-+/, ''),
    settings.map(({ flag }) => flag),
  );
  return `There is no flag ${written}; ${meant === undefined ? 'see --help' : `did you mean --${meant}?`}`.replace(/([^?])$/, '$1.');
}
