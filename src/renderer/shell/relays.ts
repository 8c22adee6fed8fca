/**
 * The relays that a window knows without any document: the one that comes with the app, and the one for new documents.
 *
 * R1  That the bundled relay has another port is said until a person has read it once, in whichever window.
 * R2  In a browser new documents live at the page's relay; in the app at the one that was chosen, else at the bundled one.
 */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BundledRelay } from '../../shared/bridge';
import type { Settings } from '../../shared/settings';
import { smallStorage } from './small-storage';

const LAST_BUNDLED_RELAY = 'weft.bundled-relay';
const HEARD_RELAY_NOTICE = 'weft.heard-relay-notice';

export interface RelaysOptions {
  readonly pageRelay: string | undefined;
  readonly settings: ReadonlySignal<Settings>;
  readonly bundledRelay: BundledRelay;
}

export class Relays {
  readonly bundled: Signal<BundledRelay>;
  /** Its port had to change, until the person knows. */
  readonly notice = signal<string | undefined>(undefined);
  /** Where the bundled relay is, or was and will be again; `undefined` where there is none. */
  readonly bundledAddress: ReadonlySignal<string | undefined>;
  /** R2 */
  readonly forNewDocuments: ReadonlySignal<string | undefined>;
  /** Where the bundled relay was before it had to take another port; of this window's time, or from the one before. */
  #formerBundled: string | undefined;
  readonly #lastBundled = signal(smallStorage.getItem(LAST_BUNDLED_RELAY) ?? undefined);

  constructor({ pageRelay, settings, bundledRelay }: RelaysOptions) {
    this.bundled = signal(bundledRelay);
    this.bundledAddress = computed(() => {
      if (pageRelay !== undefined) return undefined;
      const bundled = this.bundled.value;
      // Its port is kept across restarts: documents made while it is away go to where it comes back.
      return bundled.status === 'running' ? bundled.address : this.#lastBundled.value;
    });
    this.forNewDocuments = computed(() => {
      if (pageRelay !== undefined) return pageRelay;
      const { newDocumentsAt } = settings.value;
      return newDocumentsAt === '' ? this.bundledAddress.value : newDocumentsAt;
    });
    this.hear(bundledRelay);
  }

  get formerBundled(): string | undefined {
    return this.#formerBundled;
  }

  hear(relay: BundledRelay): void {
    this.bundled.value = relay;
    if (relay.status !== 'running') return;
    this.#hearNotice(relay.notice);
    const last = this.#lastBundled.peek();
    if (last !== relay.address) this.#formerBundled = last;
    this.#lastBundled.value = relay.address;
    smallStorage.setItem(LAST_BUNDLED_RELAY, relay.address);
  }

  /** R1 */
  dismissNotice(): void {
    smallStorage.setItem(HEARD_RELAY_NOTICE, this.notice.peek() ?? '');
    this.notice.value = undefined;
  }

  #hearNotice(notice: string | undefined): void {
    if (notice === undefined) smallStorage.removeItem(HEARD_RELAY_NOTICE);
    this.notice.value = notice === smallStorage.getItem(HEARD_RELAY_NOTICE) ? undefined : notice;
  }
}
