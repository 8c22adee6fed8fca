import { describe, expect, it, test } from 'vitest';
import { SILENT_MS } from '../../src/renderer/streams/event-reader';
import { feedStreams } from '../../src/renderer/streams/feed-streams';
import { type AskedRequest, FakeAnswers } from '../support/fake-answers';
import { ManualClock } from '../support/manual-clock';
import { SeenStream, streamRequest } from '../support/seen-stream';

type Changes = Parameters<typeof streamRequest>[0];

class Feeds {
  readonly answers = new FakeAnswers();
  readonly clock = new ManualClock();
  readonly openStream = feedStreams({ fetch: this.answers.fetch, clock: this.clock });

  open(document: string, kind: 'reader' | 'writer' | 'presence' = 'presence', changes: Changes = {}): SeenStream {
    return new SeenStream(this.openStream, streamRequest({ document, kind, ...changes }));
  }

  get feed(): AskedRequest {
    return this.answers.to('/feeds').findLast(({ method }) => method === 'POST') as AskedRequest;
  }

  get changes(): AskedRequest[] {
    return this.answers.to('/feeds').filter(({ method }) => method === 'PATCH');
  }

  get lastChange(): AskedRequest {
    return this.changes.at(-1) as AskedRequest;
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** The relay answers, and tells its name for the feed. */
  async begin(): Promise<void> {
    await this.settle();
    this.feed.streams().tells('connection', { connection: 'f1' });
    await this.settle();
  }

  async tell(type: string, data: unknown, id?: string): Promise<void> {
    this.feed.tells(type, data, id);
    await this.settle();
  }

  async changed(): Promise<void> {
    this.lastChange.says(204, '');
    await this.settle();
  }
}

const bodyOf = (asked: AskedRequest) => JSON.parse(String(asked.body));
const dataOf = (seen: SeenStream) => seen.events.map(({ type, data }) => `${type} ${data}`);

describe('a feed', () => {
  test('R1 begins with the first streams, all of one turn in one request, each with its own secret', async () => {
    const feeds = new Feeds();
    feeds.open('plan', 'presence', { secret: 's1', lastEventId: 'm-1' });
    feeds.open('notes', 'reader', { secret: 's2', reader: { name: 'Gräce', color: '#a1b2c3' } });
    feeds.open('todo', 'writer');
    await feeds.settle();
    expect(feeds.answers.all).toHaveLength(1);
    expect(Object.fromEntries(feeds.feed.headers)).toEqual({
      'content-type': 'application/json',
      'weft-color': '#a1b2c3',
      'weft-connection': 'alive',
      'weft-name': 'Gr%C3%A4ce',
    });
    expect(bodyOf(feeds.feed)).toEqual([
      { document: 'plan', kind: 'presence', secret: 's1', lastEventId: 'm-1' },
      { document: 'notes', kind: 'stream', secret: 's2' },
      { document: 'todo', kind: 'writer' },
    ]);
  });

  test('each relay has its own', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    feeds.open('plan', 'presence', { relay: 'http://other.test' });
    await feeds.settle();
    expect(feeds.answers.all.map(({ url }) => url)).toEqual(['http://relay.test/feeds', 'http://other.test/feeds']);
  });

  test('every event goes to whose it is', async () => {
    const feeds = new Feeds();
    const [plan, notes, todo] = [feeds.open('plan'), feeds.open('notes', 'reader'), feeds.open('notes', 'writer')];
    await feeds.begin();
    await feeds.tell('people', { document: 'plan', people: [] }, 'm-1');
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    await feeds.tell('connection', { document: 'notes', connection: 'c1' });
    await feeds.tell('frame', 'notes stream AAEC', 'n-1');
    await feeds.tell('frame', 'notes writer AwQF');
    await feeds.tell('probe', { document: 'notes' });
    await feeds.tell('moved', { document: 'plan', people: [] }, 'm-2');
    await feeds.tell('people', { document: 'unknown', people: [] });
    await feeds.tell('frame', 'unknown stream AAAA');
    expect(plan.events).toEqual([
      { type: 'people', data: '{"document":"plan","people":[]}', id: 'm-1' },
      { type: 'moved', data: '{"document":"plan","people":[]}', id: 'm-2' },
    ]);
    expect(notes.events.slice(1)).toEqual([{ type: 'frame', data: 'AAEC', id: 'n-1' }]);
    expect(dataOf(todo)).toEqual(['connection {"document":"notes","connection":"c1"}', 'frame AwQF', 'probe {"document":"notes"}']);
  });

  test('R2 what comes later is added, and what is closed is removed, while it goes on; one change at a time', async () => {
    const feeds = new Feeds();
    const plan = feeds.open('plan');
    await feeds.settle();
    feeds.open('early');
    await feeds.settle();
    expect(feeds.changes).toEqual([]);
    await feeds.begin();
    expect(feeds.lastChange.headers.get('weft-connection')).toBe('f1');
    expect(bodyOf(feeds.lastChange)).toEqual({
      remove: [{ document: 'early', kind: 'presence' }],
      add: [{ document: 'early', kind: 'presence' }],
    });
    plan.stream.close();
    feeds.open('late', 'reader', { secret: 's1' });
    await feeds.settle();
    expect(feeds.changes).toHaveLength(1);
    await feeds.changed();
    expect(bodyOf(feeds.lastChange)).toEqual({
      remove: [
        { document: 'plan', kind: 'presence' },
        { document: 'late', kind: 'stream' },
      ],
      add: [{ document: 'late', kind: 'stream', secret: 's1' }],
    });
    await feeds.changed();
    expect([feeds.changes.length, feeds.answers.to('/feeds').length]).toEqual([2, 3]);
  });

  test('what is opened and closed before anything was asked costs no request', async () => {
    const feeds = new Feeds();
    feeds.open('plan').stream.close();
    await feeds.settle();
    expect(feeds.answers.all).toEqual([]);
  });

  test('what is closed before it was asked for is not removed either', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    feeds.open('notes').stream.close();
    await feeds.begin();
    expect([bodyOf(feeds.feed).length, feeds.changes]).toEqual([1, []]);
  });

  test('R1 ends with the last stream, at any time, and leaves nothing', async () => {
    for (const when of ['asked', 'open', 'changing'] as const) {
      const feeds = new Feeds();
      const plan = feeds.open('plan');
      await feeds.settle();
      if (when !== 'asked') await feeds.begin();
      if (when === 'changing') {
        feeds.open('notes').stream.close();
        const notes = feeds.open('notes');
        await feeds.settle();
        expect(feeds.changes).toHaveLength(1);
        notes.stream.close();
      }
      plan.stream.close();
      plan.stream.close();
      await feeds.settle();
      expect(feeds.feed.isAborted).toBe(true);
      expect(feeds.clock.waiting).toBe(0);
      feeds.open('plan');
      await feeds.settle();
      expect(feeds.answers.to('/feeds').filter(({ method }) => method === 'POST')).toHaveLength(2);
    }
  });

  test.each([
    ['cut', (feeds: Feeds) => feeds.feed.isCut(), /cut/],
    ['over', (feeds: Feeds) => feeds.feed.ends(), /cut/],
    ['silent', (feeds: Feeds) => feeds.clock.advance(SILENT_MS), /any more/],
    ['unreadable', (feeds: Feeds) => feeds.feed.tells('people', 'x'), /unreadable/],
  ])('R1 that is %s ends all streams, once, and whoever comes back gets another', async (_how, end, reason) => {
    const feeds = new Feeds();
    const [plan, notes] = [feeds.open('plan'), feeds.open('notes', 'reader')];
    await feeds.begin();
    const onEnd = plan.onEnd.bind(plan);
    let again: SeenStream | undefined;
    plan.onEnd = (ended) => {
      onEnd(ended);
      again = feeds.open('plan');
    };
    await end(feeds);
    await feeds.settle();
    const lost = [{ type: 'lost', reason: expect.stringMatching(reason) }];
    expect([plan.ends, notes.ends]).toEqual([lost, lost]);
    await feeds.begin();
    await feeds.tell('people', { document: 'plan', people: [] });
    expect([again?.types, plan.types, notes.types]).toEqual([['people'], [], []]);
  });

  test('that is refused as a whole ends all streams with that', async () => {
    const feeds = new Feeds();
    const plan = feeds.open('plan');
    await feeds.settle();
    feeds.feed.says(403, { error: 'wrong-origin', reason: 'Not from here.' });
    await feeds.settle();
    expect([plan.ends, feeds.clock.waiting]).toEqual([[{ type: 'refused', error: 'wrong-origin', reason: 'Not from here.' }], 0]);
  });

  test('a part that is refused, or over, ends alone', async () => {
    const feeds = new Feeds();
    const [plan, notes, todo] = [feeds.open('plan'), feeds.open('plan', 'reader'), feeds.open('plan', 'writer')];
    await feeds.begin();
    await feeds.tell('refused', { document: 'plan', kind: 'stream', error: 'unauthorized', reason: 'No.', comeBack: false });
    expect([plan.ends, notes.ends, todo.ends]).toEqual([[], [{ type: 'refused', error: 'unauthorized', reason: 'No.' }], []]);
    await feeds.tell('over', { document: 'plan', kind: 'writer', reason: 'Silent.' });
    expect([plan.ends, todo.ends]).toEqual([[], [{ type: 'lost', reason: 'The connection to the relay was cut; trying again soon.' }]]);
    expect(feeds.changes).toEqual([]);
    notes.stream.close();
    await feeds.settle();
    expect(feeds.changes).toEqual([]);
    feeds.open('plan', 'writer');
    await feeds.settle();
    expect(bodyOf(feeds.lastChange).add).toEqual([{ document: 'plan', kind: 'writer' }]);
  });

  test('readers that call themselves differently come in requests of their own', async () => {
    const feeds = new Feeds();
    feeds.open('one', 'reader', { reader: { name: 'Ada', color: '#111111' } });
    feeds.open('two', 'reader', { reader: { name: 'Eve', color: '#111111' } });
    feeds.open('three', 'reader', { reader: { name: 'Ada', color: '#111111' } });
    await feeds.begin();
    expect(bodyOf(feeds.feed).map(({ document }: { document: string }) => document)).toEqual(['one', 'three']);
    expect([bodyOf(feeds.lastChange).add, feeds.lastChange.headers.get('weft-name')]).toEqual([
      [{ document: 'two', kind: 'stream' }],
      'Eve',
    ]);
  });

  test('no request is larger than a relay reads', async () => {
    const feeds = new Feeds();
    const secret = 'x'.repeat(3_000);
    for (let count = 0; count < 40; count++) feeds.open(`document-${count}`, 'presence', { secret });
    await feeds.begin();
    while (bodyOf(feeds.answers.last).add?.length !== 0 && feeds.answers.last.method === 'PATCH') {
      const before = feeds.changes.length;
      await feeds.changed();
      if (feeds.changes.length === before) break;
    }
    const sizes = feeds.answers.to('/feeds').map(({ body }) => String(body).length);
    expect(Math.max(...sizes)).toBeLessThan(60 * 1024);
    expect(sizes.length).toBeGreaterThan(2);
    const added = feeds.answers.to('/feeds').flatMap((asked) => (asked.method === 'POST' ? bodyOf(asked) : bodyOf(asked).add));
    expect(new Set(added.map(({ document }) => document)).size).toBe(40);
  });
});

describe('changes of a feed that fail', () => {
  test('R2 without an answer lose what they were to add, which is removed again after a pause', async () => {
    const feeds = new Feeds();
    const plan = feeds.open('plan');
    await feeds.begin();
    const notes = feeds.open('notes');
    await feeds.settle();
    feeds.lastChange.fails();
    await feeds.settle();
    expect([notes.ends, plan.ends]).toEqual([
      [{ type: 'lost', reason: 'The relay cannot be reached; check the network and the address.' }],
      [],
    ]);
    const again = feeds.open('notes');
    await feeds.clock.advance(999);
    expect(feeds.changes).toHaveLength(1);
    await feeds.clock.advance(1);
    expect(bodyOf(feeds.lastChange)).toEqual({
      remove: [
        { document: 'notes', kind: 'presence' },
        { document: 'notes', kind: 'presence' },
      ],
      add: [{ document: 'notes', kind: 'presence' }],
    });
    await feeds.changed();
    await feeds.tell('people', { document: 'notes', people: [] });
    expect([again.types, notes.types]).toEqual([['people'], []]);
  });

  test('R2 leave no timer when the feed ends in the pause', async () => {
    const feeds = new Feeds();
    const plan = feeds.open('plan');
    await feeds.begin();
    feeds.open('notes');
    await feeds.settle();
    feeds.lastChange.fails();
    await feeds.settle();
    plan.stream.close();
    await feeds.settle();
    expect(feeds.clock.waiting).toBe(0);
  });

  test('R2 do not forget what they were to remove', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    const notes = feeds.open('notes');
    await feeds.begin();
    notes.stream.close();
    await feeds.settle();
    feeds.lastChange.fails();
    await feeds.clock.advance(1_000);
    expect([feeds.changes.length, bodyOf(feeds.lastChange)]).toEqual([2, { remove: [{ document: 'notes', kind: 'presence' }], add: [] }]);
  });

  test.each([
    [429, { error: 'too-fast', reason: 'Later.' }, { type: 'lost', reason: 'Later.' }],
    [400, { error: 'malformed', reason: 'What?' }, { type: 'refused', error: 'malformed', reason: 'What?' }],
    [502, '<html>', { type: 'lost', reason: 'The relay cannot be reached; check the network and the address.' }],
  ])('R2 with %i end what they were to add with that', async (status, body, end) => {
    const feeds = new Feeds();
    const plan = feeds.open('plan');
    await feeds.begin();
    const notes = feeds.open('notes');
    await feeds.settle();
    feeds.lastChange.says(status, body);
    await feeds.settle();
    expect([notes.ends, plan.ends]).toEqual([[end], []]);
  });

  test('R2 because the relay does not know the feed end it', async () => {
    const feeds = new Feeds();
    const plan = feeds.open('plan');
    await feeds.begin();
    feeds.open('notes');
    await feeds.settle();
    feeds.lastChange.says(404, { error: 'not-found', reason: 'There is no such feed; open it anew.' });
    await feeds.settle();
    expect([plan.ends, feeds.feed.isAborted, feeds.clock.waiting]).toEqual([
      [{ type: 'lost', reason: 'The connection to the relay was cut; trying again soon.' }],
      true,
      0,
    ]);
  });
});

describe('a part of a feed that several listen to', () => {
  it('is begun anew for who comes later, once it was greeted, and all hear everything from there on', async () => {
    const feeds = new Feeds();
    const first = feeds.open('notes', 'reader');
    await feeds.begin();
    const second = feeds.open('notes', 'reader');
    await feeds.settle();
    expect(feeds.changes).toEqual([]);
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    expect(bodyOf(feeds.lastChange)).toEqual({
      remove: [{ document: 'notes', kind: 'stream' }],
      add: [{ document: 'notes', kind: 'stream' }],
    });
    await feeds.tell('frame', 'notes stream AAAA', 'n-1');
    await feeds.tell('reader', { document: 'notes', presence: 8 });
    await feeds.changed();
    await feeds.tell('frame', 'notes stream BBBB', 'n-2');
    expect(dataOf(first)).toEqual([
      'reader {"document":"notes","presence":7}',
      'frame AAAA',
      'reader {"document":"notes","presence":8}',
      'frame BBBB',
    ]);
    expect(dataOf(second)).toEqual(['reader {"document":"notes","presence":8}', 'frame BBBB']);
    expect(feeds.changes).toHaveLength(1);
  });

  it('is begun anew once more for who came meanwhile', async () => {
    const feeds = new Feeds();
    feeds.open('notes', 'reader');
    await feeds.begin();
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    feeds.open('notes', 'reader');
    await feeds.settle();
    await feeds.changed();
    const third = feeds.open('notes', 'reader');
    await feeds.settle();
    expect(feeds.changes).toHaveLength(1);
    await feeds.tell('reader', { document: 'notes', presence: 8 });
    expect([feeds.changes.length, third.types]).toEqual([2, []]);
    await feeds.tell('reader', { document: 'notes', presence: 9 });
    expect(third.types).toEqual(['reader']);
  });

  it('goes on after the last event for who lacks nothing: another name of one of two tabs', async () => {
    const feeds = new Feeds();
    const first = feeds.open('notes', 'reader');
    feeds.open('notes', 'reader');
    await feeds.begin();
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    await feeds.tell('frame', 'notes stream AAAA', 'n-1');
    first.stream.close();
    feeds.open('notes', 'reader', { lastEventId: 'n-1', reader: { name: 'Eve', color: '#445566' } });
    await feeds.settle();
    expect(bodyOf(feeds.lastChange).add).toEqual([{ document: 'notes', kind: 'stream', lastEventId: 'n-1' }]);
    expect(feeds.lastChange.headers.get('weft-name')).toBe('Eve');
  });

  it('begins from the beginning when those who asked for it lack different things', async () => {
    const feeds = new Feeds();
    feeds.open('notes', 'reader', { lastEventId: 'n-1' });
    feeds.open('notes', 'reader');
    await feeds.settle();
    expect(bodyOf(feeds.feed)).toEqual([{ document: 'notes', kind: 'stream' }]);
  });

  it('tells who is there from the beginning, at once, whatever who comes later had', async () => {
    const feeds = new Feeds();
    const first = feeds.open('plan', 'presence', { lastEventId: 'm-1' });
    await feeds.begin();
    await feeds.tell('moved', { document: 'plan', people: [1] }, 'm-2');
    const second = feeds.open('plan', 'presence', { lastEventId: 'm-2' });
    await feeds.settle();
    expect(bodyOf(feeds.lastChange).add).toEqual([{ document: 'plan', kind: 'presence' }]);
    await feeds.tell('moved', { document: 'plan', people: [2] }, 'm-3');
    await feeds.tell('people', { document: 'plan', people: [1, 2] }, 'm-3');
    expect([first.types, second.types]).toEqual([['moved', 'moved', 'people'], ['people']]);
  });

  it('stays while one of them does', async () => {
    const feeds = new Feeds();
    const [first, second] = [feeds.open('plan'), feeds.open('plan')];
    await feeds.begin();
    await feeds.tell('people', { document: 'plan', people: [] });
    first.stream.close();
    await feeds.settle();
    await feeds.tell('left', { document: 'plan', people: [] });
    expect([feeds.changes.length, first.types, second.types]).toEqual([0, ['people'], ['people', 'left']]);
    second.stream.close();
    await feeds.settle();
    expect(feeds.feed.isAborted).toBe(true);
  });

  it('tells nothing to who was closed by another one of them', async () => {
    const feeds = new Feeds();
    const [first, second] = [feeds.open('plan'), feeds.open('plan')];
    await feeds.begin();
    first.onEvent = () => second.stream.close();
    await feeds.tell('people', { document: 'plan', people: [] });
    expect(second.types).toEqual([]);
  });

  it('is nobody’s who comes by another secret, nor a second writer’s: they have streams of their own', async () => {
    const feeds = new Feeds();
    feeds.open('notes', 'reader', { secret: 's1' });
    feeds.open('notes', 'writer', { secret: 's1' });
    feeds.open('notes', 'reader', { secret: 's2' });
    feeds.open('notes', 'writer', { secret: 's1' });
    await feeds.settle();
    const own = feeds.answers.to('/documents/notes/stream');
    expect(own.map(({ headers }) => [headers.get('authorization'), headers.get('weft-connection')])).toEqual([
      ['Bearer s2', 'alive'],
      ['Bearer s1', 'new'],
    ]);
    expect(bodyOf(feeds.feed)).toHaveLength(2);
  });

  it('hears nothing of one that was there before it', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    const before = feeds.open('notes', 'reader');
    await feeds.begin();
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    before.stream.close();
    const after = feeds.open('notes', 'reader');
    await feeds.settle();
    expect(bodyOf(feeds.lastChange).remove).toContainEqual({ document: 'notes', kind: 'stream' });
    await feeds.tell('frame', 'notes stream AAAA', 'n-1');
    await feeds.tell('reader', { document: 'notes', presence: 8 });
    await feeds.tell('frame', 'notes stream BBBB', 'n-2');
    expect([before.types, dataOf(after)]).toEqual([['reader'], ['reader {"document":"notes","presence":8}', 'frame BBBB']]);
  });

  it('R3 does not take the greeting of one before it for its own, when it was not asked for yet', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    await feeds.begin();
    const before = feeds.open('notes', 'reader');
    await feeds.settle();
    before.stream.close();
    const after = feeds.open('notes', 'reader');
    // The change that added the one before is still under way, and its greeting too.
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    await feeds.tell('frame', 'notes stream AAAA', 'n-1');
    await feeds.changed();
    expect([feeds.changes.length, bodyOf(feeds.lastChange).add]).toEqual([2, [{ document: 'notes', kind: 'stream' }]]);
    await feeds.tell('reader', { document: 'notes', presence: 8 });
    expect(dataOf(after)).toEqual(['reader {"document":"notes","presence":8}']);
  });

  const REFUSED = { document: 'notes', kind: 'stream', error: 'unauthorized', reason: 'No.', comeBack: false };

  it('R3 is not ended by the end of one before it: the relay is asked once more', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    const before = feeds.open('notes', 'reader', { secret: 'revoked' });
    await feeds.begin();
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    before.stream.close();
    const after = feeds.open('notes', 'reader', { secret: 'another' });
    await feeds.settle();
    // At this moment the relay revokes what the one before came by.
    await feeds.tell('refused', REFUSED);
    await feeds.changed();
    expect(bodyOf(feeds.lastChange)).toEqual({
      remove: [{ document: 'notes', kind: 'stream' }],
      add: [{ document: 'notes', kind: 'stream', secret: 'another' }],
    });
    await feeds.changed();
    await feeds.tell('reader', { document: 'notes', presence: 9 });
    expect([feeds.changes.length, after.ends, after.types]).toEqual([2, [], ['reader']]);
    // What comes then is its own.
    await feeds.tell('refused', REFUSED);
    expect(after.ends).toEqual([{ type: 'refused', error: 'unauthorized', reason: 'No.' }]);
  });

  it('R3 is ended by its own end at once when there was none before it', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    const notes = feeds.open('notes', 'reader');
    await feeds.begin();
    await feeds.tell('refused', REFUSED);
    expect([notes.ends.length, feeds.changes.length]).toEqual([1, 0]);
  });

  it('R3 is ended by its own end at once when it is a writer that was greeted, whatever was before it', async () => {
    const feeds = new Feeds();
    feeds.open('plan');
    const before = feeds.open('notes', 'writer');
    await feeds.begin();
    before.stream.close();
    const after = feeds.open('notes', 'writer');
    await feeds.settle();
    await feeds.changed();
    await feeds.tell('connection', { document: 'notes', connection: 'c2' });
    await feeds.tell('over', { document: 'notes', kind: 'writer', reason: 'Silent.' });
    expect([after.types, after.ends.map(({ type }) => type), feeds.changes.length]).toEqual([['connection'], ['lost'], 1]);
  });

  it('goes on from where it was, though more came meanwhile for the one before it', async () => {
    const feeds = new Feeds();
    const before = feeds.open('notes', 'reader');
    await feeds.begin();
    await feeds.tell('reader', { document: 'notes', presence: 7 });
    await feeds.tell('frame', 'notes stream AAAA', 'n-1');
    feeds.open('plan');
    await feeds.settle();
    before.stream.close();
    const after = feeds.open('notes', 'reader', { lastEventId: 'n-1' });
    await feeds.tell('frame', 'notes stream BBBB', 'n-2');
    await feeds.changed();
    expect(bodyOf(feeds.lastChange).add).toEqual([{ document: 'notes', kind: 'stream', lastEventId: 'n-1' }]);
    expect(after.types).toEqual([]);
  });

  it('beyond 200 parts has a stream of its own', async () => {
    const feeds = new Feeds();
    for (let count = 0; count < 201; count++) feeds.open(`document-${count}`);
    expect(feeds.answers.to('/documents/document-200/presence')).toHaveLength(1);
  });
});

describe("a feed's signs of life", () => {
  it('R3 answer its heartbeats, one for all, and every stream hears of those', async () => {
    const feeds = new Feeds();
    const [plan, notes] = [feeds.open('plan', 'presence', { secret: 's1' }), feeds.open('notes', 'writer')];
    await feeds.begin();
    await feeds.tell('heartbeat', {});
    const beats = feeds.answers.to('/frames');
    expect(beats.map(({ url, body }) => [url, body])).toEqual([['http://relay.test/documents/plan/frames', undefined]]);
    expect(Object.fromEntries(beats[0]?.headers ?? [])).toEqual({ authorization: 'Bearer s1', 'weft-connection': 'f1' });
    expect([plan.types, notes.types]).toEqual([['heartbeat'], ['heartbeat']]);
    beats[0]?.says(404, { error: 'not-found', reason: 'There is no such connection; open the stream anew.' });
    await feeds.settle();
    expect([plan.ends.length, notes.ends.length, feeds.clock.waiting]).toEqual([1, 1, 0]);
  });

  it('R3 are given on demand, for whoever asks, if the feed itself was heard lately', async () => {
    const feeds = new Feeds();
    const [plan, notes] = [feeds.open('plan'), feeds.open('notes', 'reader')];
    await feeds.begin();
    notes.stream.probe?.();
    feeds.answers.to('/frames')[0]?.says(204, '');
    await feeds.settle();
    expect([plan.types, notes.types]).toEqual([[], ['heartbeat']]);
    notes.stream.probe?.();
    notes.stream.close();
    feeds.answers.to('/frames')[1]?.says(204, '');
    await feeds.settle();
    expect(notes.types).toEqual(['heartbeat']);
    await feeds.clock.advance(20_001);
    plan.stream.probe?.();
    expect(feeds.answers.to('/frames')).toHaveLength(2);
  });
});
