/** Row E5: whoever watches who is there, and is cut again and again, has the relay's list and no ghost in it. */
import type { EventSourceMessage } from 'eventsource-parser';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeFrame } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { FeedClient } from '../support/feed-client';
import { below, pick, randomFrom, seedFromEnvironment } from '../support/random';
import { endRawClients, RawClient } from '../support/raw-client';
import { endReadingServers, type ReadingServer, startReadingServer } from '../support/reading-server';

afterEach(async () => {
  endEventStreamClients();
  endRawClients();
  await endReadingServers();
});

const CUTS = 200;
const MOST_PEOPLE = 8;

interface Named {
  readonly id: number;
  readonly name: string;
}

function lines(people: Iterable<Named>): string {
  return [...people]
    .map(({ id, name }) => `${id} ${name}`)
    .sort()
    .join();
}

/** People who come, take other names, and go, in several documents. */
class Crowd {
  readonly #server: ReadingServer;
  readonly #random: () => number;
  readonly #clients = new Map<string, RawClient>();
  readonly #names = new Map<string, string>();

  constructor(server: ReadingServer, random: () => number) {
    this.#server = server;
    this.#random = random;
  }

  async step(document: string): Promise<void> {
    const random = this.#random;
    const id = 1 + below(random, MOST_PEOPLE);
    const key = `${document} ${id}`;
    const known = this.#clients.get(key);
    if (known !== undefined && random() < 0.4) {
      this.#clients.delete(key);
      this.#names.delete(key);
      known.destroy();
      // Else somebody new could come under an id that is still somebody's.
      await until('it left', () => this.#server.rooms.stats().peers === this.#clients.size);
      return;
    }
    const client = known ?? (await new RawClient(`${this.#server.webSocketAddress}/${document}`).opened());
    const name = `P${below(random, 1_000)}`;
    this.#clients.set(key, client);
    this.#names.set(key, name);
    const state = JSON.stringify({ user: { name, color: '#123456' } });
    client.socket.send(encodeFrame({ type: 'awareness', entries: encodeAwareness([{ id, clock: 1, state }]) }));
  }

  /** Who is connected, under the last name that they said. */
  people(document: string): Named[] {
    return [...this.#names].flatMap(([key, name]) => {
      const [where, id] = key.split(' ');
      return where === document ? [{ id: Number(id), name }] : [];
    });
  }
}

/** Somebody who watches, in whichever way: everything that came so far, over all cuts. */
interface Watching {
  readonly stream: EventStreamClient;
  /** Without waiting for anything. @param lastEventIdOf what is said of the event to go on after. */
  cutAndComeBack(lastEventIdOf: (document: string) => string | undefined): Promise<void>;
}

function lastEventId(events: readonly EventSourceMessage[], document: string): string | undefined {
  return events.findLast(({ id, data }) => id !== undefined && (JSON.parse(data) as { document: string }).document === document)?.id;
}

/** What came before stays the beginning of what comes. */
function keep(stream: EventStreamClient, past: readonly EventSourceMessage[]): EventStreamClient {
  stream.events.push(...past);
  return stream;
}

function watchOne({ address }: ReadingServer, document: string): Watching {
  const open = (id: string | undefined) =>
    new EventStreamClient(`${address}/documents/${document}/presence`, { headers: id === undefined ? {} : { 'Last-Event-ID': id } });
  let stream = open(undefined);
  return {
    get stream() {
      return stream;
    },
    async cutAndComeBack(lastEventIdOf) {
      stream.cut();
      stream = keep(open(lastEventIdOf(document)), stream.events);
    },
  };
}

function watchByFeed({ address }: ReadingServer, documents: readonly string[], random: () => number): Watching {
  const part = (document: string, id?: string) => ({ document, kind: 'presence', ...(id === undefined ? {} : { lastEventId: id }) });
  let feed = new FeedClient(
    address,
    documents.map((document) => part(document)),
  );
  return {
    get stream() {
      return feed.down;
    },
    async cutAndComeBack(lastEventIdOf) {
      // A part alone can be cut besides: what came until the answer still counts.
      if (random() < 0.3) {
        const document = pick(random, documents);
        await feed.opened();
        await feed.remove(part(document));
        expect((await feed.add(part(document, lastEventIdOf(document)))).status).toBe(204);
      }
      feed.down.cut();
      const past = feed.down.events;
      feed = new FeedClient(
        address,
        documents.map((document) => part(document, lastEventIdOf(document))),
      );
      keep(feed.down, past);
      // The id in what is past is that of another feed.
      await until('it says its id', () => feed.down.events.length > past.length);
    },
  };
}

describe(`${CUTS} random cuts`, () => {
  test.each([
    ['a presence stream', ['paper']],
    ['a feed of three documents', ['paper', 'notes', 'todo']],
  ])('of %s: after them the list is the relay’s, with no ghost in it', async (what, documents) => {
    const random = randomFrom(seedFromEnvironment());
    const server = await startReadingServer({ limits: { presenceMs: 1, connectsPerMinute: 2 ** 31 } });
    const crowd = new Crowd(server, random);
    const watching = what === 'a presence stream' ? watchOne(server, 'paper') : watchByFeed(server, documents, random);
    const resumed = { anew: 0, after: 0 };
    for (let cut = 0; cut < CUTS; ) {
      for (let burst = 1 + below(random, 4); burst > 0 && cut < CUTS; burst--, cut++) {
        for (let step = below(random, 4); step > 0; step--) await crowd.step(pick(random, documents));
        if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
        await watching.cutAndComeBack((document) => {
          const id = random() < 0.1 ? undefined : lastEventId(watching.stream.events, document);
          if (id === undefined) resumed.anew++;
          else resumed.after++;
          return id;
        });
        if (random() < 0.7) await watching.stream.answered();
      }
      for (const document of documents) {
        const expected = () => lines(crowd.people(document));
        const seen = () => lines(watching.stream.people(document));
        await until(`cut ${cut}, ${document}: ${expected()}, not ${seen()}`, () => seen() === expected());
        const relays = server.rooms.feeds.everyone(document as DocumentId).people;
        expect(seen()).toBe(lines(relays));
        const ids = new Set(crowd.people(document).map(({ id }) => id));
        expect(watching.stream.people(document).filter(({ id }) => !ids.has(id))).toEqual([]);
      }
    }
    expect(resumed.after).toBeGreaterThan(CUTS / 2);
    // Going on is not the same as beginning anew each time.
    expect(watching.stream.of('people').length).toBeLessThan(resumed.anew + resumed.after / 2);
    expect(server.streams.count).toBeLessThanOrEqual(MOST_PEOPLE);
  });
});
