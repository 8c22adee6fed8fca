import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Attendance, foldAttendance, NOBODY } from '../../src/renderer/presence/attendance';
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS } from '../../src/renderer/presence/relay-watch';
import { MOST_WATCHED, placeKey, type WatchedDocument, watchWhoIsWhere } from '../../src/renderer/presence/who-is-where';
import { ObservableValue } from '../../src/shared/observable';
import type { DocumentId, Health } from '../../src/shared/protocol/routes';
import { FakeStreams } from '../support/fake-streams';
import { ManualClock } from '../support/manual-clock';
import { MemoryKeyring } from '../support/memory-keyring';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';

const RELAY = 'http://relay.example';
const OTHER = 'http://other.example';
const person = (id: number, name: string, more: Record<string, unknown> = {}) => ({ id, name, color: '#1e3cbd', role: 'editor', ...more });
const said = (...people: readonly unknown[]) => ({ document: 'x', people });

describe('the fold of a presence feed', () => {
  const fold = (before: Attendance, type: string, ...people: readonly unknown[]) =>
    foldAttendance(before, type, JSON.stringify(said(...people))) ?? expect.fail('unreadable');
  const names = (attendance: Attendance) => [...attendance].map(([id, { name, role }]) => `${id} ${name} ${role}`);

  it('is right by three rules (attendance R1)', () => {
    let attendance = fold(NOBODY, 'people', person(1, 'Ada'), person(2, 'Grace'));
    attendance = fold(attendance, 'joined', person(3, 'Joan', { role: 'viewer' }));
    attendance = fold(attendance, 'left', person(1, 'Ada'));
    attendance = fold(attendance, 'role', person(2, 'Grace', { role: 'viewer' }));
    attendance = fold(attendance, 'moved', person(3, 'Joan Clarke', { role: 'viewer' }));
    expect(names(attendance)).toEqual(['2 Grace viewer', '3 Joan Clarke viewer']);
    expect(names(fold(attendance, 'people', person(9, 'Vera')))).toEqual(['9 Vera editor']);
  });

  it('yields the same object when nobody looks different (attendance R4)', () => {
    const attendance = fold(NOBODY, 'people', person(1, 'Ada'), person(2, 'Grace'));
    expect(fold(attendance, 'moved', person(2, 'Grace', { cursor: { anchor: {}, head: {} } }))).toBe(attendance);
    expect(fold(attendance, 'people', person(1, 'Ada'), person(2, 'Grace'))).toBe(attendance);
    expect(fold(attendance, 'left', person(7, 'Nobody'))).toBe(attendance);
    expect(foldAttendance(attendance, 'heartbeat', '')).toBe(attendance);
    expect(fold(attendance, 'moved', person(2, 'Grace', { color: '#752205' }))).not.toBe(attendance);
  });

  it('takes nothing but clean names and our colours from anybody (attendance R2)', () => {
    const attendance = fold(NOBODY, 'people', person(1, 'A\nda\u202e<b>'), person(2, '', { color: 'red;}', role: 'owner' }), { id: 3 });
    const [ada, nameless] = attendance.values();
    expect(ada?.name).toBe('A da <b>');
    expect(nameless).toMatchObject({ name: expect.stringMatching(/^\w+ \w+$/), role: 'editor' });
    for (const { color } of attendance.values()) expect(color.stroke).toMatch(/^--person-\d+$/);
  });

  it('makes no list of what cannot be read (attendance R3)', () => {
    const hostile = ['', '{', 'null', '[]', '{"people":{}}', '{"people":[null]}', '{"people":[{"id":-1}]}', '{"people":[{"id":"1"}]}'];
    for (const data of hostile) expect(foldAttendance(NOBODY, 'people', data)).toBeUndefined();
    const crowd = Array.from({ length: 5_001 }, (_, id) => person(id, 'Ada'));
    expect(foldAttendance(NOBODY, 'people', JSON.stringify(said(...crowd)))).toBeUndefined();
    const full = fold(NOBODY, 'people', ...crowd.slice(1));
    expect(foldAttendance(full, 'joined', JSON.stringify(said(person(0, 'Ada'))))).toBeUndefined();
  });

  it('ends with the relay’s list, whatever was said on the way', () => {
    const random = randomFrom(seedFromEnvironment());
    const relay = new Map<number, ReturnType<typeof person>>();
    let attendance = NOBODY;
    for (let round = 0; round < 2_000; round++) {
      const id = below(random, 12);
      const isThere = relay.has(id);
      const next = person(id, pick(random, ['Ada', 'Grace', 'Joan']), { role: pick(random, ['editor', 'viewer']) });
      const type = isThere ? pick(random, ['moved', 'role', 'left']) : 'joined';
      if (type === 'left') relay.delete(id);
      else relay.set(id, next);
      attendance = below(random, 50) === 0 ? fold(attendance, 'people', ...relay.values()) : fold(attendance, type, next);
    }
    expect(names(attendance).sort()).toEqual([...relay.values()].map(({ id, name, role }) => `${id} ${name} ${role}`).sort());
  });
});

describe('who is where', () => {
  let clock: ManualClock;
  let streams: FakeStreams;
  let keyring: MemoryKeyring;
  let documents: ObservableValue<readonly WatchedDocument[]>;
  let isLookedAt: ObservableValue<boolean>;
  let relays: Map<string, Pick<Health, 'relay' | 'access'>>;
  let lookups: string[];
  let watch: ReturnType<typeof watchWhoIsWhere>;

  const document = (id: string, relay = RELAY, relayId = 'relay-1'): WatchedDocument => ({
    address: { relay, document: id as DocumentId },
    relayId,
  });
  const hold = (id: string, secret = `secret of ${id}`, isUnclaimed = false) =>
    keyring.keep({ relay: RELAY, document: id as DocumentId }, { secret, isUnclaimed, link: undefined, role: 'editor', isOwner: false });
  const namesIn = (id: string, relay = RELAY) => watch.current.get(placeKey(document(id, relay).address))?.map(({ name }) => name);
  const asked = () => streams.openOnes.map(({ request }) => `${request.document} ${request.secret}`);
  const streamOf = (id: string) => streams.openOnes.find(({ request }) => request.document === id) ?? expect.fail(`nobody watches ${id}`);

  beforeEach(async () => {
    clock = new ManualClock();
    streams = new FakeStreams();
    keyring = new MemoryKeyring();
    documents = new ObservableValue<readonly WatchedDocument[]>([]);
    isLookedAt = new ObservableValue(true);
    relays = new Map([[RELAY, { relay: 'relay-1', access: 'links' }]]);
    lookups = [];
    watch = watchWhoIsWhere({
      documents,
      isLookedAt,
      openStream: streams.open,
      lookUp: async (relay) => {
        lookups.push(relay);
        return await Promise.resolve(relays.get(relay));
      },
      keyring,
      clock,
      chance: () => 0.5,
      isMe: (id) => id === 1,
    });
    await hold('plan');
    await hold('notes');
  });
  afterEach(() => watch.stop());

  const show = async (...shown: readonly WatchedDocument[]) => {
    documents.set(shown);
    await clock.settle();
  };

  it('is told for each document as the relay tells it, without oneself, writers first, nobody twice (who-is-where R3)', async () => {
    await show(document('plan'), document('notes'));
    expect(streams.openOnes.map(({ request }) => request)).toEqual(
      ['plan', 'notes'].map((id) => ({
        relay: RELAY,
        document: id,
        kind: 'presence',
        secret: `secret of ${id}`,
        reader: undefined,
        lastEventId: undefined,
      })),
    );
    expect(namesIn('plan')).toBeUndefined();
    streamOf('plan').tells('people', said(person(1, 'Me'), person(2, 'Zoe'), person(3, 'Ada', { role: 'viewer' })));
    streamOf('notes').tells('people', said());
    expect([namesIn('plan'), namesIn('notes')]).toEqual([['Zoe', 'Ada'], []]);
    streamOf('plan').tells('joined', said(person(4, 'Ada'), person(5, 'Ada')));
    expect(namesIn('plan')).toEqual(['Ada', 'Zoe']);
    streamOf('plan').tells('left', said(person(2, 'Zoe')));
    expect(namesIn('plan')).toEqual(['Ada']);
    streamOf('plan').tells('people', said(person(4, 'Ada'), person(3, 'Ada', { role: 'viewer' })));
    expect(watch.current.get(placeKey(document('plan').address))?.map(({ role }) => role)).toEqual(['editor']);
  });

  it('is nothing rather than old: a lost stream takes its people along, and the next begins with everyone (relay-watch R2)', async () => {
    await show(document('plan'));
    streamOf('plan').tells('people', said(person(2, 'Ada')), 'e-1');
    streamOf('plan').ends({ type: 'lost', reason: 'cut' });
    expect(namesIn('plan')).toBeUndefined();
    await clock.advance(FIRST_PAUSE_MS);
    expect(streamOf('plan').request.lastEventId).toBeUndefined();
    streamOf('plan').tells('heartbeat');
    streamOf('plan').tells('moved', said(person(2, 'Ada')));
    expect(namesIn('plan')).toBeUndefined();
    streamOf('plan').tells('people', said(person(2, 'Ada')));
    expect(namesIn('plan')).toEqual(['Ada']);
  });

  it('is nothing when the relay says what cannot be read (relay-watch R2)', async () => {
    await show(document('plan'));
    const stream = streamOf('plan');
    stream.tells('people', said(person(2, 'Ada')));
    stream.tells('joined', '{"people": 7}');
    expect([namesIn('plan'), stream.isClosed]).toEqual([undefined, true]);
  });

  it('asks who the relay is before it says a secret, each time anew (relay-watch R1)', async () => {
    relays.set(RELAY, { relay: 'relay-2', access: 'links' });
    await show(document('plan'));
    expect([lookups, asked()]).toEqual([[RELAY], []]);
    relays.set(RELAY, { relay: 'relay-1', access: 'links' });
    await show(document('plan'), document('notes'));
    streamOf('plan').ends({ type: 'lost', reason: 'cut' });
    relays.set(RELAY, { relay: 'relay-3', access: 'links' });
    await clock.advance(FIRST_PAUSE_MS);
    expect(asked()).toEqual(['notes secret of notes']);
  });

  it('never tries without a key under links, nor with one that the relay has not heard of; under open access it needs none (R1)', async () => {
    await hold('begun here', 'owner', true);
    await show(document('plan'), document('stranger'), document('begun here'));
    expect(asked()).toEqual(['plan secret of plan']);
    relays.set(OTHER, { relay: 'relay-9', access: 'open' });
    await show(document('plan'), document('open one', OTHER, 'relay-9'));
    expect(asked()).toEqual(['plan secret of plan', 'open one undefined']);
  });

  it('asks again in pauses that double, for all documents of a relay at once, and from the beginning once it was steady (R3)', async () => {
    relays.clear();
    await show(document('plan'), document('notes'));
    const pauses: number[] = [];
    let last = clock.now();
    for (let count = 1; pauses.length < 10; ) {
      await clock.advance(250);
      if (lookups.length === count) continue;
      pauses.push(Math.round((clock.now() - last) / 250) * 250);
      last = clock.now();
      count = lookups.length;
    }
    expect(pauses.slice(0, 4)).toEqual([750, 1_500, 3_000, 6_000]);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
    relays.set(RELAY, { relay: 'relay-1', access: 'links' });
    await clock.advance(LONGEST_PAUSE_MS);
    expect(asked()).toHaveLength(2);
    streamOf('plan').tells('people', said());
    await clock.advance(40_000);
    streamOf('plan').tells('heartbeat');
    const before = lookups.length;
    streamOf('plan').ends({ type: 'lost', reason: 'after an hour' });
    await clock.advance(FIRST_PAUSE_MS);
    expect([lookups.length - before, asked().length]).toEqual([1, 2]);
  });

  it('goes on pausing longer where streams open and are cut at once (R3)', async () => {
    await show(document('plan'));
    for (let count = 0; count < 6; count++) {
      streamOf('plan').tells('people', said());
      streamOf('plan').ends({ type: 'lost', reason: 'cut' });
      await clock.advance(FIRST_PAUSE_MS * 2 ** count);
    }
    const before = streams.all.length;
    streamOf('plan').ends({ type: 'lost', reason: 'cut' });
    await clock.advance(FIRST_PAUSE_MS * 8);
    expect(streams.all.length).toBe(before);
  });

  it('does not ask again after a restart by what was refused, until there is another key (R3)', async () => {
    await show(document('plan'), document('notes'));
    streamOf('plan').ends({ type: 'refused', error: 'unauthorized', reason: 'no' });
    streamOf('notes').ends({ type: 'refused', error: 'full', reason: 'Later.' });
    await clock.settle();
    watch.stop();
    const again = watchWhoIsWhere({
      documents,
      isLookedAt,
      openStream: streams.open,
      lookUp: async (relay) => await Promise.resolve(relays.get(relay)),
      keyring,
      clock,
      chance: () => 0.5,
      isMe: () => false,
    });
    await clock.settle();
    expect(asked()).toEqual(['notes secret of notes']);
    await hold('plan', 'a new secret');
    await show(document('plan'), document('notes'));
    expect(asked().sort()).toEqual(['notes secret of notes', 'plan a new secret']);
    again.stop();
  });

  it('does not repeat what was refused, but tries a new key (R3)', async () => {
    await show(document('plan'));
    streamOf('plan').ends({ type: 'refused', error: 'unauthorized', reason: 'no' });
    await clock.advance(10 * LONGEST_PAUSE_MS);
    await show(document('plan'), document('notes'));
    expect(asked()).toEqual(['notes secret of notes']);
    await hold('plan', 'a new one');
    await show(document('notes'), document('plan'));
    expect(asked()).toEqual(['notes secret of notes', 'plan a new one']);
  });

  it('does not repeat it either when the list is looked at again (R3)', async () => {
    await show(document('plan'), document('notes'));
    streamOf('plan').ends({ type: 'refused', error: 'unauthorized', reason: 'no' });
    streamOf('notes').ends({ type: 'lost', reason: 'cut' });
    for (let look = 0; look < 3; look++) {
      isLookedAt.set(false);
      await clock.settle();
      expect([streams.openOnes, clock.waiting]).toEqual([[], 0]);
      isLookedAt.set(true);
      await clock.settle();
      expect(asked()).toEqual(['notes secret of notes']);
    }
    expect(streams.all.filter(({ request }) => request.document === 'plan')).toHaveLength(1);
    // Nor does an answer that comes too late begin a pause for nobody.
    isLookedAt.set(false);
    relays.clear();
    isLookedAt.set(true);
    isLookedAt.set(false);
    await clock.settle();
    expect(clock.waiting).toBe(0);
  });

  it('looks at no more than the first fifty, and lets go of what is not looked at (who-is-where R1)', async () => {
    relays.set(RELAY, { relay: 'relay-1', access: 'open' });
    const many = Array.from({ length: MOST_WATCHED + 30 }, (_, index) => document(`d${index}`));
    await show(...many);
    expect(streams.openOnes).toHaveLength(MOST_WATCHED);
    streamOf('d0').tells('people', said(person(2, 'Ada')));
    await show(...many.slice(1, 3));
    expect(asked()).toEqual(['d1 undefined', 'd2 undefined']);
    expect(namesIn('d0')).toBeUndefined();
    expect(streams.all).toHaveLength(MOST_WATCHED);
  });

  it('stops while nobody looks: no stream, no question, no timer; and shows nothing old afterwards (who-is-where R1, R2)', async () => {
    await show(document('plan'), document('notes'));
    streamOf('plan').tells('people', said(person(2, 'Ada')));
    streamOf('notes').ends({ type: 'lost', reason: 'cut' });
    isLookedAt.set(false);
    expect([streams.openOnes.length, clock.waiting, watch.current.size]).toEqual([0, 0, 0]);
    const before = lookups.length;
    await clock.advance(10 * LONGEST_PAUSE_MS);
    expect(lookups.length).toBe(before);
    isLookedAt.set(true);
    await clock.settle();
    expect([asked().length, namesIn('plan')]).toEqual([2, undefined]);
  });

  it('opens nothing when it was stopped, or the list has changed, while it asked (R4)', async () => {
    documents.set([document('plan')]);
    documents.set([document('notes')]);
    await clock.settle();
    expect(asked()).toEqual(['notes secret of notes']);
    documents.set([document('plan')]);
    watch.stop();
    await clock.settle();
    expect([streams.openOnes.length, clock.waiting]).toEqual([0, 0]);
  });

  it('finds the keys of what came into the list while it looked for others', async () => {
    let letGo: () => void = () => undefined;
    const find = keyring.find.bind(keyring);
    keyring.find = async (place) => {
      if (place.document === 'plan') await new Promise<void>((resolve) => (letGo = resolve));
      return await find(place);
    };
    await show(document('plan'));
    await show(document('plan'), document('notes'));
    letGo();
    await clock.settle();
    letGo();
    await clock.settle();
    expect(asked()).toEqual(['plan secret of plan', 'notes secret of notes']);
  });

  it('tells of one relay while another is not there', async () => {
    await show(document('far', OTHER, 'relay-9'), document('plan'));
    streamOf('plan').tells('people', said(person(2, 'Ada')));
    expect([namesIn('plan'), namesIn('far', OTHER)]).toEqual([['Ada'], undefined]);
  });
});
