/** Recorded histories ready to send, made when first wanted and kept for the next run. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RecordedHistory } from './recorded-history.ts';

const TOOL = fileURLToPath(new URL('./history-tool.ts', import.meta.url));
/** Beside the project; see its licence there. Where it is missing, a seeded writer stands in, and the result says so. */
const TRACE = resolve(import.meta.dirname, '../../../../shared/traces/automerge-paper.json.gz');
const CACHE = join(tmpdir(), 'relay-bench-histories');

const run = promisify(execFile);

export async function recordedHistory(edits: number): Promise<RecordedHistory> {
  const trace = existsSync(TRACE) ? [TRACE] : [];
  const folder = join(CACHE, `${trace.length === 0 ? 'stand-in' : 'automerge-paper'}-${edits}`);
  const index = join(folder, 'index.json');
  if (!existsSync(index)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(index, await tool('make', folder, String(edits), ...trace));
  }
  return JSON.parse(readFileSync(index, 'utf8')) as RecordedHistory;
}

/** The texts (as SHA-256) that a receiver and a joiner end with. */
export async function readTexts(receivedFile: string, replyFile: string): Promise<{ readonly received: string; readonly reply: string }> {
  return JSON.parse(await tool('verify', receivedFile, replyFile)) as { received: string; reply: string };
}

async function tool(...words: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', TOOL, ...words], { maxBuffer: 2 ** 24 });
  return stdout;
}
