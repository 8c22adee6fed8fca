/** What a process and all its children cost, from the operating system's own accounting (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** CPU time up to now, of two sources: see {@link cpuMsBetween}. */
export interface CpuReading {
  /** Of the threads that live, in nanoseconds of the scheduler. */
  readonly threadsMs: number;
  /** Of all threads and child processes there ever were, in ticks of 10 ms. */
  readonly processMs: number;
}

export function readCpu(pid: number): CpuReading {
  let threadsMs = 0;
  let processMs = 0;
  for (const each of treeOf(pid)) {
    processMs += ticksOf(each) * TICK_MS;
    for (const thread of foldersIn(`/proc/${each}/task`)) {
      threadsMs += Number(read(`/proc/${each}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0) / 1e6;
    }
  }
  return { threadsMs, processMs };
}

/** Exact, also when threads or children ended meanwhile: they take their nanoseconds with them, but not their ticks. */
export function cpuMsBetween(before: CpuReading, after: CpuReading): number {
  return Math.max(after.threadsMs - before.threadsMs, after.processMs - before.processMs - TICK_MS);
}

/** Memory that is in use right now. Bytes. */
export function residentBytes(pid: number): number {
  let kilobytes = 0;
  for (const each of treeOf(pid)) kilobytes += Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${each}/status`) ?? '')?.[1] ?? 0);
  return kilobytes * 1024;
}

function treeOf(pid: number): number[] {
  const children = foldersIn(`/proc/${pid}/task`).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

/** User and system time, with that of children that ended; the name in the second field may hold spaces. */
function ticksOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return 0;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field]), 0);
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
