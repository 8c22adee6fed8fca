/**
 * People who write together honestly, in one process: what stock Yjs clients send a relay, with offline edits that are
 * merged later, undo and redo, garbage collection on and off, and text beyond the basic plane.
 */
import * as Y from 'yjs';
import { compactDocument } from '../../server/rooms/history/compaction';
import { HistoryLog } from '../../server/rooms/history/history-log';
import { DEFAULT_LIMITS } from '../../server/rooms/limits';
import { emptyKnowledge, encodeStateVector, learn } from '../../server/rooms/updates/knowledge';
import { checkUpdate, type UpdateRules, type Verdict } from '../../server/rooms/updates/update-check';
import { below, pick } from './random';

export const TEXT_RULES: UpdateRules = { documents: 'text', limits: DEFAULT_LIMITS };
export const ANY_RULES: UpdateRules = { documents: 'any', limits: DEFAULT_LIMITS };

const CHARACTERS = ['a', 'b', ' ', '\n', 'é', '漢', '\ufeff', '\ufffd', '😀', '👩‍👧', 'word '];

/** What the relay knows and keeps of one document. */
export class RelayDocument {
  readonly knowledge = emptyKnowledge();
  readonly history = new HistoryLog();
  readonly verdicts: Verdict['type'][] = [];

  take(update: Uint8Array): Verdict {
    const verdict = checkUpdate(update, this.knowledge, TEXT_RULES);
    this.verdicts.push(verdict.type);
    if (verdict.type === 'accepted') {
      learn(this.knowledge, verdict);
      this.history.append(verdict.update);
    }
    return verdict;
  }

  compact(): void {
    if (this.history.tailCount === 0) return;
    const { upTo, ...input } = this.history.compactionInput(this.knowledge);
    const result = compactDocument({ ...input, documents: 'text' });
    if (!result.ok) throw new Error(result.reason);
    this.history.replaceUpTo(upTo, result.snapshot);
  }
}

class Person {
  readonly doc: Y.Doc;
  readonly inbox: Uint8Array[] = [];
  readonly undo: Y.UndoManager;
  isOnline = true;

  constructor(client: number, gc: boolean, send: (update: Uint8Array) => void) {
    this.doc = new Y.Doc({ gc });
    this.doc.clientID = client;
    this.undo = new Y.UndoManager(this.doc.getText('content'), { captureTimeout: 0 });
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'relay' && this.isOnline) send(update);
    });
  }
}

export interface Session {
  readonly relay: RelayDocument;
  readonly docs: readonly Y.Doc[];
  /** Everything that somebody sent, with what the relay said. */
  readonly sent: readonly { readonly update: Uint8Array; readonly verdict: Verdict }[];
}

/** Ends with everybody online and everything delivered. */
export function playSession(random: () => number, steps = 80): Session {
  const relay = new RelayDocument();
  const sent: { update: Uint8Array; verdict: Verdict }[] = [];
  const people: Person[] = [];
  const receive = (from: Person, update: Uint8Array): void => {
    const verdict = relay.take(update);
    sent.push({ update, verdict });
    if (verdict.type !== 'accepted') return;
    for (const person of people) if (person !== from && person.isOnline) person.inbox.push(verdict.update);
  };
  for (let count = 2 + below(random, 3); count > 0; count--) {
    const person: Person = new Person(1 + below(random, 2 ** 32 - 1), random() < 0.5, (update) => receive(person, update));
    people.push(person);
  }
  const reconnect = (person: Person): void => {
    person.isOnline = true;
    Y.applyUpdate(person.doc, relay.history.answer(Y.encodeStateVector(person.doc), relay.knowledge), 'relay');
    receive(person, Y.encodeStateAsUpdate(person.doc, encodeStateVector(relay.knowledge.clocks)));
  };
  for (let step = 0; step < steps; step++) {
    const person = pick(random, people);
    const chance = random();
    if (chance < 0.75) edit(person, random);
    else if (chance < 0.9) deliver(person, below(random, person.inbox.length + 1));
    else if (chance < 0.93) relay.compact();
    else if (person.isOnline) {
      person.isOnline = false;
      person.inbox.length = 0;
    } else reconnect(person);
  }
  for (const person of people) if (!person.isOnline) reconnect(person);
  for (const person of people) deliver(person, person.inbox.length);
  return { relay, docs: people.map(({ doc }) => doc), sent };
}

/** Deleted ranges of a document as Yjs has them, client by client. */
export function deletedIn(doc: Y.Doc): { client: number; ranges: number[] }[] {
  return [...Y.snapshot(doc).ds.clients].map(([client, items]) => ({
    client,
    ranges: items.flatMap(({ clock, len }) => [clock, clock + len]),
  }));
}

function deliver(person: Person, count: number): void {
  for (const update of person.inbox.splice(0, count)) Y.applyUpdate(person.doc, update, 'relay');
}

function edit({ doc, undo }: Person, random: () => number): void {
  const text = doc.getText(random() < 0.9 ? 'content' : 'title');
  const chance = random();
  if (chance < 0.1) undo.undo();
  else if (chance < 0.15) undo.redo();
  else if (chance < 0.4 && text.length > 0) {
    const from = boundary(text, below(random, text.length));
    const to = boundary(text, Math.min(text.length, from + 1 + below(random, 6)));
    if (to > from) text.delete(from, to - from);
  } else if (chance < 0.45) {
    doc.transact(() => {
      for (let count = 1 + below(random, 3); count > 0; count--)
        text.insert(boundary(text, below(random, text.length + 1)), pick(random, CHARACTERS));
    });
  } else text.insert(boundary(text, below(random, text.length + 1)), pick(random, CHARACTERS));
}

/** No edit splits a surrogate pair; the editor sees to that. */
function boundary(text: Y.Text, at: number): number {
  const unit = text.toString().charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at;
}
