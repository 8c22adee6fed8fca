import type { Signal } from '@preact/signals';
import type { Observable } from '../../shared/observable';
import { ObservableValue } from '../../shared/observable';
import type { Settings } from '../../shared/settings';
import { systemClock } from '../documents/clock';
import { watchForFreeColor } from '../presence/free-color';
import type { Me } from '../presence/me';
import type { People } from '../presence/people';
import { meFrom } from './my-identity';

/** How others see me: as the settings say, and in a colour that is free in the open document as long as I chose none. */
export class MyLooks {
  readonly #settings: Signal<Settings>;
  readonly #madeUpName: string;
  readonly #me: ObservableValue<Me>;
  #freeColor: number | undefined;

  constructor(settings: Signal<Settings>, madeUpName: string) {
    this.#settings = settings;
    this.#madeUpName = madeUpName;
    this.#me = new ObservableValue(meFrom(settings.peek(), madeUpName));
  }

  get me(): Observable<Me> {
    return this.#me;
  }

  /** The settings may say something else. */
  look(): void {
    const me = meFrom(this.#settings.peek(), this.#madeUpName, this.#freeColor);
    if (me.name !== this.#me.current.name || me.color !== this.#me.current.color) this.#me.set(me);
  }

  /** Among them, until the end that it returns. */
  watch(people: People): () => void {
    const end = watchForFreeColor(people, systemClock, (color) => {
      if (this.#settings.peek().color === undefined) this.#take(color);
    });
    return () => {
      end();
      this.#take(undefined);
    };
  }

  #take(color: number | undefined): void {
    this.#freeColor = color;
    this.look();
  }
}
