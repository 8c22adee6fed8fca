/** The generator as the measuring process sees it: a child, so that neither relay nor bookkeeping shares its thread. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Command, Results } from './commands.ts';

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));

export class GeneratorProcess {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(PROGRAM, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  }

  async ask<Kind extends Command['type']>(command: Extract<Command, { type: Kind }>): Promise<Results[Kind]> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const onExit = () => reject(new Error('the generator ended'));
      this.#child.once('exit', onExit);
      this.#child.once('message', (message) => {
        this.#child.off('exit', onExit);
        resolve(message as Answer);
      });
      this.#child.send(command);
    });
    if (!answer.ok) throw new Error(answer.error);
    return answer.result as Results[Kind];
  }

  end(): void {
    this.#child.kill();
  }
}
