/**
 * Keeps the bundled relay running.
 *
 * R1 Its port is the same after every start, for addresses name it. When another program has the port, a new one is
 *    chosen and kept, and the state says so.
 * R2 When it dies it is started again, each time a little later; the sixth death within a minute is the last.
 * R3 `restart` begins anew, with no deaths counted.
 * R4 `stop` ends it cleanly, waits for a bounded time, and nothing starts it again.
 */
import type { BundledRelay } from '../shared/bridge';
import { type Observable, ObservableValue } from '../shared/observable';

const BACK_OFF_MS = [250, 500, 1_000, 2_000, 4_000] as const;
const DEATHS_COUNT_FOR_MS = 60_000;
const STARTS_WITHIN_MS = 30_000;
/** The relay promises to end within ten seconds, with everything written. */
const STOPS_WITHIN_MS = 12_000;
/** A port that was ours may need a moment to be free again. */
const PORT_TRIES = 6;
const PORT_TRY_EVERY_MS = 250;

/** The relay's process. It posts `{type: 'running', address}` or `{type: 'failed', reason}`. */
export interface RelayChild {
  readonly onMessage: (listener: (message: unknown) => void) => void;
  readonly onExit: (listener: (code: number) => void) => void;
  /** Asks it to flush and end. */
  askToStop(): void;
  kill(): void;
}

export interface RelayPorts {
  current: number | undefined;
  isFree(port: number): Promise<boolean>;
}

export interface RelayClock {
  now(): number;
  /** Milliseconds; returns its own end. */
  after(delay: number, action: () => void): () => void;
}

export class RelayProcess {
  readonly #launch: (port: number) => RelayChild;
  readonly #ports: RelayPorts;
  readonly #clock: RelayClock;
  readonly #state = new ObservableValue<BundledRelay>({ status: 'none' });
  /** The one that counts; messages of earlier ones are not heard any more. */
  #child: RelayChild | undefined;
  #run = 0;
  #isStopped = true;
  #deaths: number[] = [];
  #reason: string | undefined;
  #cancelWait: () => void = () => undefined;
  #whenGone: (() => void) | undefined;

  /** @param launch starts the relay's process on a port; 0 lets it pick one */
  constructor(launch: (port: number) => RelayChild, ports: RelayPorts, clock: RelayClock) {
    this.#launch = launch;
    this.#ports = ports;
    this.#clock = clock;
  }

  get state(): Observable<BundledRelay> {
    return this.#state;
  }

  start(): void {
    this.#isStopped = false;
    this.#deaths = [];
    this.#state.set({ status: 'starting' });
    void this.#begin();
  }

  /** Only does something after it gave up: a relay that runs, or is about to, is left alone. */
  restart(): void {
    const { status } = this.#state.current;
    if (status === 'failed' || status === 'none') this.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#run++;
    this.#cancelWait();
    const child = this.#child;
    if (child !== undefined) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(STOPS_WITHIN_MS, () => {
          child.kill();
          resolve();
        });
        this.#whenGone = () => {
          cancel();
          resolve();
        };
        child.askToStop();
      });
    }
    this.#state.set({ status: 'none' });
  }

  async #begin(): Promise<void> {
    const run = ++this.#run;
    const kept = this.#ports.current;
    const isOurs = kept !== undefined && (await this.#becomesFree(kept));
    if (run !== this.#run || this.#isStopped) return;
    const child = this.#launch(isOurs ? kept : 0);
    this.#child = child;
    this.#reason = undefined;
    this.#cancelWait = this.#clock.after(STARTS_WITHIN_MS, () => {
      this.#reason = 'It did not start in time; close other programs, and start it again.';
      child.kill();
    });
    child.onMessage((message) => {
      if (run === this.#run) this.#hear(message, isOurs ? undefined : kept);
    });
    child.onExit((code) => {
      if (this.#child === child) this.#mourn(code);
    });
  }

  #hear(message: unknown, takenPort: number | undefined): void {
    const { type, address, reason } = typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : {};
    if (type === 'failed' && typeof reason === 'string') this.#reason = reason;
    if (type !== 'running' || typeof address !== 'string') return;
    this.#cancelWait();
    const port = Number(new URL(address).port);
    this.#ports.current = port;
    this.#state.set(
      takenPort === undefined
        ? { status: 'running', address }
        : {
            status: 'running',
            address,
            notice: `Another program uses port ${takenPort}, so the relay of this computer has another address now. Weft goes on by itself; other programs need the new address.`,
          },
    );
  }

  #mourn(code: number): void {
    this.#child = undefined;
    this.#cancelWait();
    this.#whenGone?.();
    if (this.#isStopped) return;
    const now = this.#clock.now();
    this.#deaths = [...this.#deaths.filter((time) => now - time < DEATHS_COUNT_FOR_MS), now];
    const reason = this.#reason ?? `It ended unexpectedly (${code}); if it does so again, start Weft anew.`;
    const delay = BACK_OFF_MS[this.#deaths.length - 1];
    if (delay === undefined) {
      this.#state.set({ status: 'failed', reason });
      return;
    }
    this.#state.set({ status: 'restarting', reason });
    this.#cancelWait = this.#clock.after(delay, () => void this.#begin());
  }

  async #becomesFree(port: number): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      if (await this.#ports.isFree(port)) return true;
      if (attempt === PORT_TRIES || this.#isStopped) return false;
      await new Promise<void>((resolve) => this.#clock.after(PORT_TRY_EVERY_MS, resolve));
    }
  }
}
