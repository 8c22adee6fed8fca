/**
 * `weft-relay repair`: saves what can be read of a damaged data folder into a new one, and says what was lost.
 *
 * R1  Ends with 0 when everything was kept, with 1 when something was lost or may be, with 2 when it could do nothing.
 * R2  What it found is on stdout, while it works how far it is on stderr.
 */
import type { Clock, Log } from './rooms/ports';
import { type Loss, type Repaired, repair } from './storage/repair';

export interface RepairCommand {
  /** Folders, as written. */
  readonly data: string;
  readonly to: string | undefined;
}

export interface RepairOutput {
  readonly say: (line: string) => void;
  readonly sayProgress: (line: string) => void;
}

/** Between two lines about how far it is. */
const PROGRESS_MS = 1_000;

/** @returns the exit code (R1). @throws {StartError} */
export async function runRepairCommand(
  { data, to }: RepairCommand,
  { say, sayProgress }: RepairOutput,
  clock: Pick<Clock, 'now'>,
): Promise<number> {
  let saidAt = Number.NEGATIVE_INFINITY;
  const onProgress = (words: string): void => {
    if (clock.now() - saidAt < PROGRESS_MS) return;
    saidAt = clock.now();
    sayProgress(`${words} …`);
  };
  const repaired = await repair({ from: data, to, log: SILENT, onProgress });
  for (const line of wordsFor(repaired)) say(line);
  return repaired.damage.length + repaired.losses.length === 0 ? 0 : 1;
}

/** A store that was just made has nothing to say. */
const ignore = (): void => undefined;
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function* wordsFor({ from, to, documents, damage, losses }: Repaired): Iterable<string> {
  const gone = losses.filter(({ isGone }) => isGone);
  const whole = documents - losses.length;
  yield `${counted(documents, 'document')} found: ${whole} whole, ${losses.length - gone.length} in part, ${gone.length} with nothing left of the text.`;
  for (const loss of losses) yield lineFor(loss);
  if (damage.length > 0) {
    yield 'Damaged files:';
    for (const { file, what } of damage) yield `  ${file} ${what}`;
    yield 'What else was written there is not known: documents, the newest edits of those that look whole, links and their ends.';
    yield 'Look through the links of documents that matter, and end again what should have an end.';
  }
  yield `Start the relay with --data "${to}". Keep ${from} until nobody misses anything: it is as it was.`;
  if (losses.length > 0) yield 'Whoever has a document open, or a copy on their device, brings back what the relay lost when they connect.';
}

function lineFor({ document, isGone, lost }: Loss): string {
  return `  ${document}: ${isGone ? 'nothing of its text could be kept; ' : ''}lost ${lost.join(', ')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
