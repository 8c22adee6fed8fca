/** The bundled relay of this app: its program, its data and its port below the user-data folder. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { UtilityProcess, utilityProcess } from 'electron';
import { KeptValue } from './kept-value';
import { type RelayChild, RelayProcess } from './relay-process';

const LOOPBACK = '127.0.0.1';

export interface BundledRelayPlace {
  /** The built relay, `out/server/main.js`. */
  readonly program: string;
  readonly userData: string;
  readonly fork: typeof utilityProcess.fork;
  readonly complain: (sentence: string) => void;
}

export function bundledRelay({ program, userData, fork, complain }: BundledRelayPlace): RelayProcess {
  const kept = new KeptValue(join(userData, 'relay-port.json'), readPort, complain);
  const launch = (port: number): RelayChild =>
    relayChild(
      // Flags win over the environment: whatever is set there, this relay is for this machine alone.
      fork(program, ['--host', LOOPBACK, '--port', String(port), '--access', 'links', '--data', join(userData, 'relay'), '--log', 'warn'], {
        serviceName: 'Weft relay',
        stdio: 'inherit',
      }),
    );
  const ports = {
    get current() {
      return kept.current;
    },
    set current(port: number | undefined) {
      if (port !== kept.current) kept.set(port);
    },
    isFree: isPortFree,
  };
  return new RelayProcess(launch, ports, {
    now: () => performance.now(),
    after(delay, action) {
      const timer = setTimeout(action, delay);
      return () => clearTimeout(timer);
    },
  });
}

function relayChild(child: UtilityProcess): RelayChild {
  return {
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', listener),
    askToStop: () => child.postMessage({ type: 'stop' }),
    kill: () => void child.kill(),
  };
}

function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: LOOPBACK, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

function readPort(stored: unknown): number | undefined {
  return typeof stored === 'number' && Number.isInteger(stored) && stored > 0 && stored < 65_536 ? stored : undefined;
}
