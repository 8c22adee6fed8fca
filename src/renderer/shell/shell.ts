/**
 * The state of one window: which document is open, who I am, which relay is the default; and the few things that
 * change it. Views read its signals and call its methods.
 *
 * R1  Text that is nowhere but in this window is left only by a person who was asked.
 * R2  A relay that this device does not know is asked about before an address from elsewhere leads there.
 * R3  A link to the document that is open already opens it anew when it may let more: the session decides what is stronger.
 * R4  Documents follow the relay of this computer to another port, open ones too, and its addresses from before lead to them.
 */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BundledRelay, LinkFault } from '../../shared/bridge';
import type { Observable } from '../../shared/observable';
import { browserAddress, type DocumentAddress, parseAddress } from '../../shared/protocol/links';
import { newDocumentId } from '../../shared/protocol/routes';
import type { Settings } from '../../shared/settings';
import type { EditorHandle } from '../editor/editor';
import type { TextKind } from '../editor/language-of-title';
import type { Me } from '../presence/me';
import type { FirstContent } from '../session/first-content';
import type { Dialog } from './dialog';
import { isInThisWindowOnly } from './leave-dialog';
import { forgetLineEnding } from './line-endings';
import { type MovedRelay, RelayMoves } from './moved-relay';
import { MyLooks } from './my-looks';
import { OpenPlace, type Place } from './open-place';
import { addressInPage, isSameDocument, pagePathFor } from './page-address';
import type { ShellParts } from './parts';
import { Relays } from './relays';
import { bringsMore, hideSecret } from './secret-in-page';

export interface ShellStart {
  readonly settings: Settings;
  readonly bundledRelay: BundledRelay;
  readonly madeUpName: string;
}

const NOTE_SHOWN_MS = 4_000;

export class Shell {
  readonly parts: ShellParts;
  readonly settings: Signal<Settings>;
  readonly relays: Relays;
  readonly dialog = signal<Dialog | undefined>(undefined);
  readonly editor = signal<EditorHandle | undefined>(undefined);
  /** What the title's extension says about the text; `name` is for people, empty for plain text. */
  readonly language = signal<{ readonly kind: TextKind; readonly name: string }>({ kind: 'prose', name: '' });
  /** A short confirmation; gone after a few seconds. */
  readonly note = signal('');
  /** In a narrow window the list of documents lies over the text, and is closed at first. */
  readonly drawer = signal(false);
  readonly madeUpName: string;
  readonly #looks: MyLooks;
  readonly #open: OpenPlace;
  readonly #relayMoves: RelayMoves;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ShellParts, { settings, bundledRelay, madeUpName }: ShellStart) {
    this.parts = parts;
    this.#relayMoves = new RelayMoves(parts);
    this.#open = new OpenPlace(parts, {
      onOpened: (session) => this.#relayMoves.bringAlong(session),
      watchPeople: (people) => this.#looks.watch(people),
    });
    this.settings = signal(settings);
    this.relays = new Relays({ pageRelay: parts.pageRelay, settings: this.settings, bundledRelay });
    this.madeUpName = madeUpName;
    this.#looks = new MyLooks(this.settings, madeUpName);
  }

  get me(): Observable<Me> {
    return this.#looks.me;
  }

  /** What fills the window. */
  get place(): ReadonlySignal<Place> {
    return this.#open.current;
  }

  get bundledRelay(): ReadonlySignal<BundledRelay> {
    return this.relays.bundled;
  }

  /** The relay that new documents go to, and that bare ids are looked up at; `undefined` until there is one. */
  get defaultRelay(): ReadonlySignal<string | undefined> {
    return this.relays.forNewDocuments;
  }

  hearSettings(settings: Settings): void {
    this.settings.value = settings;
    this.#looks.look();
  }

  hearBundledRelay(relay: BundledRelay): void {
    this.relays.hear(relay);
    if (relay.status !== 'running') return;
    const place = this.place.peek();
    // It is back: no reason to wait out a pause.
    if (place.type === 'document' && place.session.address.relay === relay.address) place.session.retry();
  }

  /** The bundled relay was found where it says that it runs (R4). */
  moveAlong(moved: MovedRelay): void {
    // It may have moved on since.
    if (moved.relay !== this.relays.bundledAddress.peek()) return;
    this.#relayMoves.hear(moved);
    const place = this.place.peek();
    if (place.type === 'document') this.#relayMoves.bringAlong(place.session);
  }

  isOpen(address: DocumentAddress): boolean {
    const open = this.#open.address;
    return open !== undefined && isSameDocument(open, address);
  }

  async changeSettings(change: Partial<Settings>): Promise<void> {
    this.hearSettings({ ...this.settings.peek(), ...change });
    this.hearSettings(await this.parts.bridge.changeSettings(change));
  }

  /** An address that came from outside, by a click on a link. */
  async hearAddress(text: string): Promise<void> {
    const address = parseAddress(text);
    if (address !== undefined) await this.visit(address);
  }

  /** A link that was clicked is none. */
  hearFault(fault: LinkFault): void {
    this.#ask({ type: 'link-refused', fault });
  }

  /** An address that was clicked, pasted or dropped (R2). */
  async visit(given: DocumentAddress): Promise<void> {
    const address = this.#relayMoves.addressNow(given);
    const isElsewhere = pagePathFor(address, this.parts.pageRelay) === undefined;
    if (isElsewhere || this.#isKnown(address.relay)) await this.open(address);
    else this.#ask({ type: 'strange-relay', address });
  }

  /** Opens what the page's own address names: at the start, and when a person goes back. */
  async openPage(page: URL): Promise<void> {
    const place = this.place.peek();
    if (!(await this.#mayLeave())) {
      // The browser has gone back already.
      if (place.type === 'document') history.pushState(null, '', pagePathFor(place.session.address, this.parts.pageRelay));
      return;
    }
    const address = addressInPage(page, this.parts.pageRelay);
    await (address === undefined ? this.#open.goHome() : this.#show(this.#relayMoves.addressNow(address)));
  }

  async newDocument(first?: FirstContent): Promise<void> {
    const relay = this.defaultRelay.peek();
    if (relay === undefined) return;
    const document = newDocumentId((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
    await this.open({ relay, document, secret: '' }, first ?? { title: '', text: '' });
  }

  async open(given: DocumentAddress, first?: FirstContent): Promise<void> {
    const address = this.#relayMoves.addressNow(given);
    const path = pagePathFor(address, this.parts.pageRelay);
    if (this.#isShown(address)) return this.#comeAgain(address);
    if (!(await this.#mayLeave())) return;
    if (path === undefined) {
      // A page from a relay talks to that relay alone: another relay's document opens on its own page.
      await this.#open.leave();
      location.assign(browserAddress(address));
      return;
    }
    if (`${location.pathname}${location.search}${location.hash}` !== path) history.pushState(null, '', path);
    await this.#show(address, first);
  }

  /** Whether it went there: a person who was asked may stay. */
  async goHome(): Promise<boolean> {
    if (!(await this.#mayLeave())) return false;
    history.pushState(null, '', '/');
    await this.#open.goHome();
    return true;
  }

  async forget(address: DocumentAddress): Promise<void> {
    if (this.isOpen(address) && !(await this.goHome())) return;
    forgetLineEnding(address);
    await this.parts.recent.forget(address);
  }

  /** Looks whether the connection is alive: after waking, a socket can be dead and not know it. */
  probe(): void {
    const place = this.place.peek();
    if (place.type === 'document') place.session.probe();
  }

  /** R1 */
  get wouldLoseText(): boolean {
    const place = this.place.peek();
    return place.type === 'document' && isInThisWindowOnly(place.session.status.current);
  }

  /** The page is going: writing begins before this returns. */
  leaveInHaste(): void {
    void this.#open.leave();
  }

  say(note: string): void {
    this.note.value = note;
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => {
      this.note.value = '';
    }, NOTE_SHOWN_MS);
  }

  async #show(address: DocumentAddress, first?: FirstContent): Promise<void> {
    this.drawer.value = false;
    const place = this.place.peek();
    if (!this.#isShown(address)) await this.#open.show(address, first);
    // The browser's own address field was used: what it says is no news, but there again.
    else if (place.type === 'document') hideSecret(place.session, this.parts.pageRelay)();
  }

  /** R2 */
  #isKnown(relay: string): boolean {
    const { bundledAddress, forNewDocuments } = this.relays;
    const used = [...this.parts.recent.list.current.map(({ address }) => address.relay), this.#open.address?.relay];
    return [...used, forNewDocuments.peek(), bundledAddress.peek()].includes(relay);
  }

  /** With all that this address can give (R3). */
  #isShown(address: DocumentAddress): boolean {
    const place = this.place.peek();
    return place.type === 'document' && isSameDocument(place.session.address, address) && !bringsMore(place.session, address.secret);
  }

  /** To what is open already. Somebody who was refused may have been let in since. */
  #comeAgain({ secret }: DocumentAddress): void {
    const place = this.place.peek();
    if (place.type !== 'document' || secret === '') return;
    if (place.session.status.current.connection.state === 'refused') place.session.retry();
    else this.say('This document is open already.');
  }

  /** A question in place of another one, which is answered by what loses nothing. */
  #ask(dialog: Dialog): void {
    const before = this.dialog.peek();
    this.dialog.value = dialog;
    if (before?.type === 'leave') before.answer(false);
  }

  async #mayLeave(): Promise<boolean> {
    if (!this.wouldLoseText) return true;
    return await new Promise((answer) => this.#ask({ type: 'leave', answer }));
  }
}
