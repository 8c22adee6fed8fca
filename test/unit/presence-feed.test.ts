import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Epochs } from '../../server/rooms/presence/epochs';
import { type PresenceEvent, PresenceFeed, seqIn } from '../../server/rooms/presence/presence-feed';
import { PresenceFeeds } from '../../server/rooms/presence/presence-feeds';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { ManualClock } from '../support/manual-clock';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';
import { DOCUMENT, RoomsForTest } from '../support/room-for-test';

let clock: ManualClock;
let feed: PresenceFeed;

beforeEach(() => {
  clock = new ManualClock();
  feed = new PresenceFeed({ document: DOCUMENT, epoch: 'e1', clock });
});

const POSITION = { tname: 'content', item: { client: 3, clock: 9 }, assoc: 0 };
const shown = (name: string, { role = 'editor', ...more }: Record<string, unknown> = {}) =>
  JSON.stringify({ user: { name, color: '#112233' }, ...more, role });
const gone = 'null';

/** Says what an event did, briefly. */
const brief = ({ type, people }: PresenceEvent) => `${type} ${people.map(({ name }) => name).join()}`;

/** What a watcher makes of its events: names by id. */
class Fold {
  readonly people = new Map<number, string>();
  readonly events: PresenceEvent[] = [];
  stop: () => void = () => undefined;

  watch(source: PresenceFeed, lastEventId = this.events.at(-1)?.id): this {
    this.stop = source.watch((event) => this.take(event), lastEventId);
    return this;
  }

  take(event: PresenceEvent): void {
    this.events.push(event);
    if (event.type === 'people') this.people.clear();
    for (const { id, name, role } of event.people) {
      if (event.type === 'left') this.people.delete(id);
      else this.people.set(id, `${name} ${role}`);
    }
  }

  get list(): string[] {
    return [...this.people].map(([id, name]) => `${id} ${name}`).sort();
  }
}

describe('who watches a document', () => {
  test('hears everyone first, then what changes, in order and with rising ids (R1)', () => {
    feed.take([{ id: 1, shown: shown('Ada') }]);
    const watcher = new Fold().watch(feed);
    expect(watcher.events.map(brief)).toEqual(['people Ada']);
    feed.take([{ id: 2, shown: shown('Grace') }]);
    feed.take([{ id: 2, shown: shown('Grace', { cursor: { anchor: POSITION, head: POSITION } }) }]);
    feed.take([{ id: 1, shown: shown('Ada', { role: 'viewer' }) }]);
    feed.take([{ id: 2, shown: gone }]);
    expect(watcher.events.map(brief)).toEqual(['people Ada', 'joined Grace', 'moved Grace', 'role Ada', 'left Grace']);
    expect(watcher.events.map(({ id }) => id)).toEqual(['e1-1', 'e1-2', 'e1-3', 'e1-4', 'e1-5']);
    expect(watcher.events[2]?.people[0]?.cursor).toEqual({ anchor: POSITION, head: POSITION });
    expect(watcher.events[3]?.people[0]?.role).toBe('viewer');
  });

  test('goes on after the last event that it names: nothing twice, nothing missing (R1)', () => {
    const steady = new Fold().watch(feed);
    const cut = new Fold().watch(feed);
    feed.take([{ id: 1, shown: shown('Ada') }]);
    cut.stop();
    feed.take([{ id: 2, shown: shown('Grace') }]);
    feed.take([{ id: 1, shown: gone }]);
    cut.watch(feed);
    feed.take([{ id: 3, shown: shown('Joan') }]);
    expect(cut.events.map(({ id }) => id)).toEqual(steady.events.map(({ id }) => id));
    expect(cut.events.filter(({ type }) => type === 'people')).toHaveLength(1);
    expect(cut.list).toEqual(['2 Grace editor', '3 Joan editor']);
  });

  test('hears nothing at once when nothing was missed, and everything afterwards (R1)', () => {
    const watcher = new Fold().watch(feed);
    watcher.stop();
    watcher.watch(feed);
    expect(watcher.events).toHaveLength(1);
    feed.take([{ id: 1, shown: shown('Ada') }]);
    expect(watcher.events.map(brief)).toEqual(['people ', 'joined Ada']);
  });

  test.each([
    'e1-2',
    'e1-999999',
    'e2-1',
    'e1-',
    'e1--1',
    'e1-1e0',
    'e1-0x1',
    '1',
    '',
    '\u0000',
    'e1-99999999999999999999',
    `e1-${'1'.repeat(4000)}`,
  ])('with the id %j, of the future or of another feed, hears everyone anew (R2)', (id) => {
    feed.take([{ id: 1, shown: shown('Ada') }]);
    expect(new Fold().watch(feed, id).events.map(brief)).toEqual(['people Ada']);
  });

  test('with an id older than what is kept hears everyone anew; what is kept is bounded by people, too (R2, R5)', () => {
    const first = new Fold().watch(feed);
    const start = first.events.at(-1)?.id;
    for (let key = 0; key < 512; key++) feed.take([{ id: 1, shown: shown(`Ada ${key}`) }]);
    expect(new Fold().watch(feed, start).events).toHaveLength(512);
    feed.take([{ id: 1, shown: shown('Ada') }]);
    expect(new Fold().watch(feed, start).events.map(brief)).toEqual(['people Ada']);
    const before = first.events.at(-1)?.id;
    for (let turn = 0; turn < 5; turn++) feed.take(Array.from({ length: 1000 }, (_, id) => ({ id, shown: shown(`${turn}`) })));
    expect(new Fold().watch(feed, before).events.map(({ type }) => type)).toEqual(['people']);
  });

  test('reads nothing of what is shown while nobody watches, and tells the first who does all of it (R5)', () => {
    const parse = vi.spyOn(JSON, 'parse');
    onTestFinished(() => parse.mockRestore());
    for (const name of ['Ada', 'Ada Lovelace']) feed.take([{ id: 1, shown: shown(name) }]);
    feed.take([
      { id: 2, shown: shown('Grace') },
      { id: 3, shown: shown('Eve') },
    ]);
    feed.take([{ id: 3, shown: gone }]);
    expect(parse).not.toHaveBeenCalled();
    const watcher = new Fold().watch(feed);
    expect(watcher.list).toEqual(['1 Ada Lovelace editor', '2 Grace editor']);
    feed.take([
      { id: 1, shown: gone },
      { id: 2, shown: shown('Grace', { role: 'viewer' }) },
    ]);
    expect(watcher.events.map(brief)).toEqual(['people Ada Lovelace,Grace', 'left Ada Lovelace', 'role Grace']);
  });

  test('keeps nothing while nobody has watched for a minute, and still never skips anything (R2, R5)', () => {
    const watcher = new Fold().watch(feed);
    watcher.stop();
    clock.tick(59_999);
    feed.take([{ id: 1, shown: shown('Ada') }]);
    watcher.watch(feed);
    expect(watcher.events.map(brief)).toEqual(['people ', 'joined Ada']);
    watcher.stop();
    clock.tick(60_000);
    feed.take([{ id: 2, shown: shown('Grace') }]);
    watcher.watch(feed);
    expect(watcher.events.map(brief)).toEqual(['people ', 'joined Ada', 'people Ada,Grace']);
  });

  test('makes one event of each type of what comes together; a renewal is none (R3, R4)', () => {
    const watcher = new Fold().watch(feed);
    feed.take([1, 2, 3].map((id) => ({ id, shown: shown(`P${id}`) })));
    feed.take([1, 2, 3].map((id) => ({ id, shown: shown(`P${id}`) })));
    feed.take([
      { id: 1, shown: shown('P1', { cursor: { anchor: POSITION, head: POSITION } }) },
      { id: 2, shown: gone },
      { id: 3, shown: shown('P3', { cursor: { anchor: POSITION, head: POSITION } }) },
      { id: 4, shown: gone },
    ]);
    expect(watcher.events.map(brief)).toEqual(['people ', 'joined P1,P2,P3', 'left P2', 'moved P1,P3']);
  });

  test('is told a name, a colour, a role and a cursor, and nothing else, whatever somebody shows (R6)', () => {
    feed.take([
      {
        id: 1,
        shown: JSON.stringify({ user: { name: 'A\n\ndata: evil\u2028<b>', color: 'red', mail: 'a@b' }, ip: '1.2.3.4', role: 'editor' }),
      },
      { id: 2, shown: JSON.stringify({ anything: 'x'.repeat(5_000), role: 'viewer' }) },
      { id: 3, shown: JSON.stringify({ role: 'viewer' }) },
    ]);
    expect(feed.everyone.people).toEqual([
      { id: 1, name: 'A data: evil <b>', color: '#808080', role: 'editor' },
      { id: 2, name: '', color: '#808080', role: 'viewer' },
      { id: 3, name: '', color: '#808080', role: 'viewer' },
    ]);
  });

  test('is cut 200 times at random, and its list is the feed’s each time, without a ghost (R1, R2)', () => {
    const random = randomFrom(seedFromEnvironment());
    const watcher = new Fold().watch(feed);
    const truth = new Map<number, string>();
    for (let cut = 0; cut < 200; cut++) {
      watcher.stop();
      const steps = below(random, cut % 20 === 0 ? 600 : 12);
      for (let step = 0; step < steps; step++) {
        const id = below(random, 30);
        if (truth.has(id) && random() < 0.4) {
          truth.delete(id);
          feed.take([{ id, shown: gone }]);
        } else {
          const name = `P${below(random, 1000)}`;
          const role = pick(random, ['editor', 'viewer']);
          truth.set(id, `${name} ${role}`);
          feed.take([{ id, shown: shown(name, { role }) }]);
        }
        clock.tick(below(random, 400));
      }
      // Sometimes the last events were lost in the line: it names an older one.
      const lost = below(random, 4);
      watcher.watch(feed, watcher.events.at(-1 - lost)?.id);
      expect(watcher.list).toEqual([...truth].map(([id, name]) => `${id} ${name}`).sort());
    }
  });
});

describe('an event id', () => {
  test('is of its own epoch alone', () => {
    expect(seqIn('e1-7', 'e1')).toBe(7);
    expect(seqIn('e11-7', 'e1')).toBeUndefined();
    expect(seqIn('e1-7-7', 'e1')).toBeUndefined();
    expect(seqIn(undefined, 'e1')).toBeUndefined();
  });

  test('never means two things: no two epochs are equal', () => {
    const epochs = new Epochs(clock);
    const later = new Epochs(clock);
    const names = Array.from({ length: 1000 }, () => epochs.next());
    clock.tick(1);
    names.push(...Array.from({ length: 1000 }, () => later.next()));
    expect(new Set(names).size).toBe(2000);
    expect(names.every((name) => /^[a-z0-9]+$/.test(name))).toBe(true);
  });
});

describe('the feeds of a relay', () => {
  test('open no room, and are gone when nobody watches and no room is open', () => {
    const feeds = new PresenceFeeds({ clock, epochs: new Epochs(clock) });
    const stop = [feeds.watch(DOCUMENT, () => undefined), feeds.watch(DOCUMENT, () => undefined)];
    feeds.open(DOCUMENT);
    stop[0]?.();
    feeds.close(DOCUMENT);
    expect(feeds.size).toBe(1);
    stop[1]?.();
    expect(feeds.size).toBe(0);
    feeds.open(DOCUMENT);
    expect(feeds.size).toBe(1);
    feeds.close(DOCUMENT);
    feeds.close('another' as DocumentId);
    expect(feeds.size).toBe(0);
  });

  test('tell of the people in rooms that open and close while they are watched (rooms R4)', async () => {
    const test = new RoomsForTest();
    const watcher = new Fold();
    watcher.stop = test.rooms.feeds.watch(DOCUMENT, (event) => watcher.take(event));
    expect(test.rooms.size).toBe(0);
    for (let visit = 0; visit < 2; visit++) {
      const ada = await test.join();
      ada.present(7, 'Ada');
      await test.clock.advance(100);
      expect(watcher.list).toEqual(['7 Ada editor']);
      ada.peer.role = 'viewer';
      await test.clock.advance(6_000);
      expect(watcher.list).toEqual(['7 Ada viewer']);
      ada.member.leave();
      await test.clock.advance(100);
      expect(watcher.list).toEqual([]);
      await test.clock.advance(60_000);
      expect(test.rooms.size).toBe(0);
    }
    expect(watcher.events.map(brief)).toEqual(['people ', ...['joined Ada', 'role Ada', 'left Ada', 'joined Ada', 'role Ada', 'left Ada']]);
    watcher.stop();
    expect(test.rooms.feeds.size).toBe(0);
  });

  test('tell at most twenty times a second where people are', async () => {
    const test = new RoomsForTest();
    const watcher = new Fold();
    test.rooms.feeds.watch(DOCUMENT, (event) => watcher.take(event));
    const people = await Promise.all([test.join(), test.join(), test.join()]);
    for (const [index, person] of people.entries()) person.present(index, 'P');
    await test.clock.advance(200);
    const before = watcher.events.length;
    for (let move = 0; move < 300; move++) {
      people[move % 3]?.present(move % 3, `P${move}`);
      await test.clock.advance(1000 / 300);
    }
    const moved = watcher.events.slice(before);
    expect(moved.every(({ type }) => type === 'moved')).toBe(true);
    expect(moved.length).toBeGreaterThan(10);
    expect(moved.length).toBeLessThanOrEqual(21);
  });
});
