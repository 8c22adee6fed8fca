/** Documents ready to send: recorded histories and written texts, made when first wanted and kept for the next run. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RecordedHistory, WrittenText } from './recorded-history.ts';

const TOOL = fileURLToPath(new URL('./history-tool.ts', import.meta.url));
/** Beside the project; see its licence there. Where it is missing, a seeded writer stands in, and the result says so. */
const TRACE = resolve(import.meta.dirname, '../../../../shared/traces/automerge-paper.json.gz');
/** Rises when the tool makes something else of the same words. */
const EDITION = 4;
const CACHE = join(tmpdir(), `relay-bench-documents-${EDITION}`);

const run = promisify(execFile);

/** For descriptions: whose writing it is. */
export function historyWords(edits: number): string {
  const count = edits.toLocaleString('en');
  return existsSync(TRACE) ? `${count} recorded edits (automerge-paper)` : `${count} edits of a seeded writer (the recording is missing)`;
}

export function recordedHistory(edits: number): Promise<RecordedHistory> {
  const trace = existsSync(TRACE) ? [TRACE] : [];
  return kept(`${trace.length === 0 ? 'stand-in' : 'automerge-paper'}-${edits}`, (folder) => tool('make', folder, String(edits), ...trace));
}

export function writtenText(characters: number): Promise<WrittenText> {
  return kept(`text-${characters}`, (folder) => tool('write', folder, String(characters)));
}

/** The texts (as SHA-256) that a receiver and a joiner end with. */
export async function readTexts(receivedFile: string, replyFile: string): Promise<{ readonly received: string; readonly reply: string }> {
  return JSON.parse(await tool('verify', receivedFile, replyFile)) as { received: string; reply: string };
}

async function kept<Made>(name: string, make: (folder: string) => Promise<string>): Promise<Made> {
  const folder = join(CACHE, name);
  const index = join(folder, 'index.json');
  if (!existsSync(index)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(index, await make(folder));
  }
  return JSON.parse(readFileSync(index, 'utf8')) as Made;
}

async function tool(...words: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', TOOL, ...words], { maxBuffer: 2 ** 24 });
  return stdout;
}
