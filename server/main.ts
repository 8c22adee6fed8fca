#!/usr/bin/env node
/**
 * The relay's process: configuration in, relay up, signals.
 *
 * R1  stdout gets one line, the address, once the relay is up; everything else goes to stderr.
 * R2  Wrong flags end with 2, what keeps the relay from starting with 1; each problem is one sentence, never a stack.
 * R3  SIGTERM and SIGINT stop it and end with 0; a second signal ends it at once with 1.
 * R4  As a utility process it tells its parent what it prints, and stops when the parent says so or is gone.
 */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import { version } from '../package.json';
import { isLoopback } from './access/addresses';
import { type Command, parseConfig, type RelayConfig } from './config';
import { runKeyCommand } from './key-command';
import { openLog } from './log';
import { beginWithMemorySettings } from './memory-settings';
import { whereOthersFind } from './network-addresses';
import { parentOf } from './parent-process';
import { type Relay, startRelay } from './relay';
import { runRepairCommand } from './repair-command';
import { StartError } from './storage/start-error';
import { systemClock } from './system-clock';

/** `stop` promises ten seconds; a process that outlives them hangs whatever waits for its end. */
const STOP_DEADLINE_MS = 15_000;
/** A message to the parent is lost when the process ends in the same moment. */
const LAST_WORDS_MS = 200;

const parent = parentOf(process);

function main(): Promise<void> | void {
  const command = parseConfig(process.argv.slice(2), process.env);
  switch (command.type) {
    case 'help':
      process.stdout.write(command.text);
      return;
    case 'version':
      process.stdout.write(`${version}\n`);
      return;
    case 'wrong':
      return fail(command.problems, 2);
    case 'key':
      return showKey(command);
    case 'repair':
      return repairFolder(command);
    case 'run':
      beginWithMemorySettings(process, process.platform, parent !== undefined);
      return run(command.config);
  }
}

async function showKey(command: Extract<Command, { type: 'key' }>): Promise<void> {
  try {
    process.stdout.write(await runKeyCommand(command, { random: randomBytes, isTerminal: process.stdout.isTTY }));
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    fail([error.message], 1);
  }
}

async function repairFolder(command: Extract<Command, { type: 'repair' }>): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const sayProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    process.exitCode = await runRepairCommand(command, { say, sayProgress }, systemClock);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    fail([error.message], 2);
  }
}

async function run(config: RelayConfig): Promise<void> {
  const log = await openLog(config.logLevel, process.stderr.isTTY);
  endOnSurprise(log);
  let starting: Promise<Relay> | undefined;
  let isStopping = false;
  const stop = (why: string): void => {
    if (isStopping) return;
    isStopping = true;
    void stopAndExit(starting, log, why);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      stop(signal);
    });
  }
  parent?.onStop(() => stop('the parent process'));
  if (config.access === 'open' && !isLoopback(config.host)) {
    process.stderr.write(
      `The relay listens on ${config.host} with open access: whoever can reach it and knows a document's id can edit it.\n`,
    );
  }
  try {
    starting = startRelay({ config, log, version });
    const { address } = await starting;
    if (isStopping) return;
    log.info({ address, version, data: config.store === 'memory' ? undefined : config.data }, 'The relay is up');
    // A public address is what others were told already.
    const forOthers = config.publicUrl === undefined ? whereOthersFind(address, config.host, networkInterfaces()) : undefined;
    if (forOthers !== undefined) process.stderr.write(`${forOthers}\n`);
    process.stdout.write(`${address}\n`);
    parent?.post({ type: 'running', address });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    fail([error.message], 1);
  }
}

async function stopAndExit(starting: Promise<Relay> | undefined, log: Logger, why: string): Promise<void> {
  log.info({ why }, 'The relay stops');
  setTimeout(() => {
    log.error({}, 'The relay did not stop in time');
    process.exit(1);
  }, STOP_DEADLINE_MS).unref();
  try {
    const relay = await starting?.catch(() => undefined);
    await relay?.stop();
    process.exit(0);
  } catch (error) {
    log.error({ err: error }, 'The relay did not stop cleanly');
    process.exit(1);
  }
}

function fail(problems: readonly string[], exitCode: number): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  parent?.post({ type: 'failed', reason: problems.join(' ') });
  if (parent === undefined) process.exit(exitCode);
  else setTimeout(() => process.exit(exitCode), LAST_WORDS_MS);
}

/** What nobody expected leaves the relay in a state that nobody knows; what is saved is safe, and a new start finds it. */
function endOnSurprise(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, `The relay ends: ${event}`);
      process.exit(1);
    });
  }
  // Whoever read the address has closed the pipe; that is no reason to end.
  process.stdout.on('error', (error) => log.debug({ err: error }, 'stdout is closed'));
}

await main();
