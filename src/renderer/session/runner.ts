import type { Clock } from '../documents/clock';
import { type ConnectionEvent, type ConnectionState, type Effect, IDLE, type Timer } from './connection-state';
import { step } from './step';

/** What the effects of step.ts do in the world. */
export interface Hands {
  lookUp(turn: number, isKnownOneInUse: boolean): void;
  seekAdmission(turn: number): void;
  stopAsking(): void;
  connect(): void;
  admit(): void;
  startOver(because: 'role' | 'misfit'): void;
  disconnect(): void;
  sendProbe(): void;
}

/** Runs the connection: keeps its state, its timers, and carries out its effects in their order. */
export class ConnectionRunner {
  readonly #clock: Clock;
  readonly #chance: () => number;
  readonly #hands: Hands;
  readonly #onChange: () => void;
  readonly #timers = new Map<Timer, () => void>();
  readonly #queue: ConnectionEvent[] = [];
  #state: ConnectionState = IDLE;
  #isRunning = false;

  /** @param chance 0 ≤ result < 1 */
  constructor(options: { clock: Clock; chance: () => number; hands: Hands; onChange: () => void }) {
    this.#clock = options.clock;
    this.#chance = options.chance;
    this.#hands = options.hands;
    this.#onChange = options.onChange;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** An event that an effect causes waits until the effects before it are carried out. */
  dispatch(event: ConnectionEvent): void {
    this.#queue.push(event);
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const [state, effects] = step(this.#state, next);
        const changed = state !== this.#state;
        this.#state = state;
        for (const effect of effects) this.#carryOut(effect);
        if (changed) this.#onChange();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'look-up':
        this.#hands.lookUp(effect.turn, effect.isKnownOneInUse);
        return;
      case 'seek-admission':
        this.#hands.seekAdmission(effect.turn);
        return;
      case 'stop-asking':
        this.#hands.stopAsking();
        return;
      case 'connect':
        this.#hands.connect();
        return;
      case 'admit':
        this.#hands.admit();
        return;
      case 'start-over':
        this.#hands.startOver(effect.because);
        return;
      case 'disconnect':
        this.#hands.disconnect();
        return;
      case 'send-probe':
        this.#hands.sendProbe();
        return;
      case 'set-timer': {
        const { timer, turn, ms } = effect;
        this.#timers.get(timer)?.();
        const elapsed = () => this.dispatch({ type: 'elapsed', timer, turn, at: this.#clock.now(), random: this.#chance() });
        this.#timers.set(timer, this.#clock.after(ms, elapsed));
        return;
      }
      case 'clear-timers':
        for (const cancel of this.#timers.values()) cancel();
        this.#timers.clear();
        return;
    }
  }
}
