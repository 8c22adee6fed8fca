/** The relay's log: on stderr, for stdout belongs to the address. Lines of JSON; readable ones on a terminal. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './config';

const STDERR = 2;

/** Written at once, without a worker: the last line before an end is the one that matters. */
export async function openLog(level: LogLevel, isTerminal: boolean): Promise<Logger> {
  const stream = isTerminal ? await openReadable() : destination({ dest: STDERR, sync: true });
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, stream);
}

/** Loaded for a terminal alone: a relay that runs as a service need not carry it. */
async function openReadable(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: STDERR, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' });
}
