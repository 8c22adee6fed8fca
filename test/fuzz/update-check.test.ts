import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { HistoryLog } from '../../server/rooms/history/history-log';
import { encodeDeleteSet } from '../../server/rooms/updates/deleted-ranges';
import { emptyKnowledge, encodeStateVector, type Knowledge, learn } from '../../server/rooms/updates/knowledge';
import { checkUpdate, type UpdateRules } from '../../server/rooms/updates/update-check';
import { Rejected } from '../../src/shared/protocol/rejections';
import { ANY_RULES, deletedIn, playSession, TEXT_RULES } from '../support/honest-session';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';
import { readSingleTypist, readTwoTypists } from '../support/traces';

const SESSIONS = 200;
const MUTATIONS = 100_000;
const NOTHING = Uint8Array.of(0);

describe('honest writing', () => {
  const seed = seedFromEnvironment();

  it(`is never refused, and everyone ends equal, over ${SESSIONS} sessions (R4, R5, R7)`, () => {
    let updates = 0;
    for (let session = 0; session < SESSIONS; session++) {
      const { relay, docs, sent } = playSession(randomFrom(seed + session));
      updates += sent.length;
      const name = `session with WEFT_SEED=${seed + session}`;
      expect(relay.verdicts, name).not.toContain('gap');
      const joined = load(relay.history.answer(NOTHING, relay.knowledge));
      for (const doc of docs) {
        expect(doc.getText('content').toString(), name).toBe(joined.getText('content').toString());
        expect(doc.getText('title').toString(), name).toBe(joined.getText('title').toString());
        expectKnown(doc, relay.knowledge, name);
        // A stock client that comes back with everything it has: nothing of it is new, with and without its own garbage collection.
        for (const back of [Y.encodeStateAsUpdate(doc), Y.encodeStateAsUpdate(doc, encodeStateVector(relay.knowledge.clocks))])
          expect(relay.take(back).type, name).toBe('nothing-new');
      }
      expectKnown(joined, relay.knowledge, name);
    }
    expect(updates).toBeGreaterThan(SESSIONS * 20);
  }, 60_000);

  it('answers any state vector with exactly what is lacking (history-log R1)', () => {
    for (let session = 0; session < 40; session++) {
      const random = randomFrom(seed + 1_000_000 + session);
      const { relay, sent } = playSession(random, 120);
      const truth = load(relay.history.answer(NOTHING, relay.knowledge));
      const accepted = sent.flatMap(({ verdict }) => (verdict.type === 'accepted' ? [verdict.update] : []));
      for (let probe = 0; probe < 10; probe++) {
        const behind = new Y.Doc({ gc: random() < 0.5 });
        for (const update of accepted.slice(0, below(random, accepted.length + 1))) Y.applyUpdate(behind, update);
        const answer = relay.history.answer(Y.encodeStateVector(behind), relay.knowledge);
        Y.applyUpdate(behind, answer);
        expect(behind.store.pendingStructs).toBeNull();
        expect(behind.getText('content').toString()).toBe(truth.getText('content').toString());
        expectKnown(behind, relay.knowledge, `probe ${probe} of WEFT_SEED=${seed}`);
      }
    }
  }, 60_000);

  for (const name of ['automerge-paper', 'sveltecomponent'] as const) {
    it(`of one person passes as it came: ${name}`, () => {
      const trace = readSingleTypist(name);
      const knowledge = emptyKnowledge();
      const history = new HistoryLog();
      let others = 0;
      for (const update of trace.updates()) {
        const verdict = checkUpdate(update, knowledge, TEXT_RULES);
        if (verdict.type !== 'accepted' || verdict.update !== update) others++;
        else {
          learn(knowledge, verdict);
          history.append(update);
        }
      }
      expect(others).toBe(0);
      expect(load(history.answer(NOTHING, knowledge)).getText('content').toString()).toBe(trace.endContent);
    }, 60_000);
  }

  it('of two people at once passes as it came: friendsforever', () => {
    const trace = readTwoTypists();
    const knowledge = emptyKnowledge();
    const history = new HistoryLog();
    for (const { update } of trace.updates) {
      const verdict = checkUpdate(update, knowledge, TEXT_RULES);
      if (verdict.type !== 'accepted') {
        expect(update).toEqual(Uint8Array.of(0, 0));
        continue;
      }
      learn(knowledge, verdict);
      history.append(verdict.update);
    }
    expect(load(history.answer(NOTHING, knowledge)).getText('content').toString()).toBe(trace.endContent);
  });
});

describe('mutated updates', () => {
  const seed = seedFromEnvironment();

  it(`change nothing when refused, and do what they say when accepted: ${MUTATIONS} of them (R1–R7)`, () => {
    const tally = mutate(seed, MUTATIONS, textCorpus(seed), TEXT_RULES, (doc, knowledge, name) => expectKnown(doc, knowledge, name));
    process.stdout.write(`  text: ${JSON.stringify(tally)}\n`);
    expect(tally.accepted).toBeGreaterThan(MUTATIONS / 200);
    expect(tally.refused).toBeGreaterThan(MUTATIONS / 2);
    expect(tally.gap).toBeGreaterThan(MUTATIONS / 200);
  }, 60_000);

  it('of documents that may hold anything never make Yjs throw or wait (any-content R1, R2)', () => {
    const tally = mutate(seed, MUTATIONS / 5, anyCorpus(), ANY_RULES, (doc, knowledge, name) => {
      expect(Object.fromEntries(Y.snapshot(doc).sv), name).toEqual(Object.fromEntries(knowledge.clocks));
    });
    process.stdout.write(`  any: ${JSON.stringify(tally)}\n`);
    expect(tally.accepted).toBeGreaterThan(MUTATIONS / 1000);
  }, 60_000);
});

/** A state of a document, and updates that honest people sent next. */
interface Specimen {
  readonly base: Uint8Array;
  readonly knowledge: Knowledge;
  readonly next: readonly Uint8Array[];
}

function textCorpus(seed: number): Specimen[] {
  return Array.from({ length: 40 }, (_, session) => {
    const { sent } = playSession(randomFrom(seed + 2_000_000 + session), 60);
    const half = below(randomFrom(seed + session), sent.length);
    const doc = new Y.Doc({ gc: false });
    for (const { update } of sent.slice(0, half)) Y.applyUpdate(doc, update);
    return specimen(
      doc,
      [...sent.slice(Math.max(0, half - 3), half + 12).map(({ update }) => update), Y.encodeStateAsUpdate(doc)],
      TEXT_RULES,
    );
  });
}

function anyCorpus(): Specimen[] {
  const doc = new Y.Doc();
  doc.clientID = 5;
  const next: Uint8Array[] = [];
  const map = doc.getMap<unknown>('map');
  doc.getText('rich').insert(0, 'bold text', { bold: true });
  map.set('a', 1);
  doc.on('update', (update: Uint8Array) => next.push(update));
  map.set('list', new Y.Array());
  (map.get('list') as Y.Array<unknown>).push([1, 'two', null, { three: [3.5, true, 12345678901n] }, new Uint8Array([1, 2])]);
  map.set('element', new Y.XmlElement('p'));
  doc.getText('rich').format(2, 4, { color: 'red' });
  doc.getText('rich').insertEmbed(1, { image: 'x' });
  map.set('sub', new Y.Doc({ guid: 'g', autoLoad: true }));
  map.delete('list');
  doc.getXmlFragment('xml').insert(0, [new Y.XmlText('hi'), new Y.XmlElement('b')]);
  doc.getXmlFragment('xml').delete(0, 1);
  map.set('a', 2);
  const all = Y.encodeStateAsUpdate(doc);
  const empty = new Y.Doc();
  const later = new Y.Doc();
  Y.applyUpdate(later, all);
  return [specimen(empty, [all], ANY_RULES), specimen(later, [all, ...next], ANY_RULES)];
}

function specimen(doc: Y.Doc, next: readonly Uint8Array[], rules: UpdateRules): Specimen {
  const base = Y.encodeStateAsUpdate(doc);
  const knowledge = emptyKnowledge();
  const verdict = checkUpdate(base, knowledge, rules);
  if (verdict.type === 'accepted') learn(knowledge, verdict);
  return { base, knowledge, next };
}

function mutate(
  seed: number,
  count: number,
  corpus: readonly Specimen[],
  rules: UpdateRules,
  expectSame: (doc: Y.Doc, knowledge: Knowledge, name: string) => void,
): Record<'accepted' | 'gap' | 'nothing-new' | 'refused', number> {
  const random = randomFrom(seed);
  const tally = { accepted: 0, gap: 0, 'nothing-new': 0, refused: 0 };
  for (let number = 0; number < count; number++) {
    const { base, knowledge, next } = pick(random, corpus);
    const update = mutated(random, pick(random, next), pick(random, next));
    const name = `mutation ${number} of WEFT_SEED=${seed}: ${Buffer.from(update).toString('hex')} after ${Buffer.from(base).toString('hex')}`;
    const before = fingerprint(knowledge);
    try {
      const verdict = checkUpdate(update, knowledge, rules);
      tally[verdict.type]++;
      if (verdict.type === 'accepted' || verdict.type === 'nothing-new') {
        const after = copyOf(knowledge);
        const doc = load(base);
        Y.applyUpdate(doc, update);
        if (verdict.type === 'accepted') {
          learn(after, verdict);
          const passedOn = load(base);
          Y.applyUpdate(passedOn, verdict.update);
          expectSame(passedOn, after, name);
          const history = new HistoryLog({ snapshot: base, clocks: knowledge.clocks, snapshotUpTo: 1, tail: [], lastNumber: 1 });
          history.append(verdict.update);
          expectSame(load(history.answer(NOTHING, after)), after, name);
          expect(checkUpdate(verdict.update, after, rules).type, name).toBe('nothing-new');
        }
        expect([doc.store.pendingStructs, doc.store.pendingDs], name).toEqual([null, null]);
        expectSame(doc, after, name);
      }
    } catch (error) {
      if (!(error instanceof Rejected)) throw new Error(name, { cause: error });
      tally.refused++;
    }
    if (fingerprint(knowledge) !== before) throw new Error(`knowledge changed: ${name}`);
  }
  return tally;
}

function mutated(random: () => number, update: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = [...update];
  for (let changes = 1 + below(random, 3); changes > 0; changes--) {
    const at = below(random, bytes.length + 1);
    const byte = random() < 0.5 ? below(random, 256) : pick(random, [0, 1, 2, 4, 10, 0x40, 0x7f, 0x80, 0xc4, 0xff]);
    switch (below(random, 8)) {
      case 0:
        bytes[Math.min(at, bytes.length - 1)] = byte;
        break;
      case 1:
        bytes.splice(at, 0, byte);
        break;
      case 2:
        bytes.splice(at, 1 + below(random, 3));
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        bytes.splice(at, 0, ...other.slice(below(random, other.length), below(random, other.length)));
        break;
      case 5:
        bytes = [...bytes.slice(0, at), ...other.slice(at)];
        break;
      default: {
        const place = Math.min(at, bytes.length - 1);
        bytes[place] = ((bytes[place] ?? 0) + (random() < 0.5 ? 1 : 255)) % 256;
      }
    }
    if (bytes.length === 0) bytes = [0];
  }
  return Uint8Array.from(bytes);
}

function load(...updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
}

function expectKnown(doc: Y.Doc, knowledge: Knowledge, name: string): void {
  const vector = Buffer.from(encodeStateVector(knowledge.clocks)).toString('hex');
  if (Buffer.from(Y.encodeStateVector(doc)).toString('hex') !== vector)
    expect(Y.encodeStateVector(doc), name).toEqual(encodeStateVector(knowledge.clocks));
  const deleted = encodeDeleteSet(deletedIn(doc));
  if (Buffer.compare(deleted, knowledge.deleted.encode()) !== 0) expect(deleted, name).toEqual(knowledge.deleted.encode());
}

function fingerprint({ clocks, deleted }: Knowledge): string {
  return Buffer.concat([encodeStateVector(clocks), deleted.encode()]).toString('hex');
}

function copyOf(knowledge: Knowledge): Knowledge {
  const copy = emptyKnowledge();
  for (const [client, clock] of knowledge.clocks) copy.clocks.set(client, clock);
  for (const client of knowledge.deleted.clients) copy.deleted.add(client, knowledge.deleted.rangesOf(client));
  return copy;
}
