/** Roles that are honest, in the app's own client: 100 demotions while somebody types, coming back as a viewer, roles given. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DocumentId, newDocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { GuardedRelay } from '../support/guarded-relay';
import { below, randomFrom, seedFromEnvironment } from '../support/random';
import { endRelays } from '../support/relay-process';
import { endSessionClients, SessionClient, type SessionClientOptions } from '../support/session-client';

const KEY_MS = 33;
const WRITERS = 10;
const DEMOTIONS_EACH = 10;

let relay: GuardedRelay;

beforeAll(async () => {
  relay = await GuardedRelay.start();
});
afterEach(endSessionClients);
afterAll(endRelays);

/** A document with an owner who watches, and a link. */
class Stage {
  readonly document: DocumentId = newDocumentId((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
  readonly owner = this.client({ name: 'Olga' });
  link = { id: '', secret: '' };

  async begin(role: 'editor' | 'viewer' = 'editor'): Promise<this> {
    await (await this.owner.open('', { text: '', title: '' })).connected();
    const { secret, link } = await relay.link(this.#made, { role });
    this.link = { id: link.id, secret };
    return this;
  }

  client(more: Partial<SessionClientOptions> = {}): SessionClient {
    return new SessionClient({ relay: relay.process.address, document: this.document, ...more });
  }

  async setRole(role: 'editor' | 'viewer'): Promise<void> {
    await relay.setRole(this.#made, this.link.id, role);
  }

  get #made() {
    return { document: this.document, secret: this.owner.session.currentSecret() ?? '' };
  }
}

/** Each key is told apart from all others: `⟨writer.number⟩`. */
const keysIn = (text: string) => new Set(text.match(/⟨[^⟩]*⟩/g) ?? []);
const missingIn = (keys: Iterable<string>, there: ReadonlySet<string>) => [...keys].filter((key) => !there.has(key));

describe('a role that is taken away while somebody types', () => {
  it('100 times: everyone has what the relay has, what was refused is kept, and never comes back', async () => {
    const seed = seedFromEnvironment();
    const random = randomFrom(seed);
    const figures = { typed: 0, refused: 0, replaced: 0 };
    const rounds = async (writer: number): Promise<void> => {
      const stage = await new Stage().begin();
      const client = await (await stage.client({ latencyMs: 10 * writer }).open(stage.link.secret)).connected();
      const reader = await (await stage.client({ name: 'Rita' }).open(stage.link.secret)).connected();
      const everRefused = new Set<string>();
      let number = 0;
      for (let round = 0; round < DEMOTIONS_EACH; round++) {
        const before = keysIn(client.text);
        const { saved, typed } = await typeUntilDemoted(client, stage, {
          keyOf: () => `⟨${writer}.${number++}⟩`,
          after: 2 + below(random, 8),
          delayMs: below(random, KEY_MS),
        });
        await client.connected('viewer');
        await reader.connected('viewer');
        await until('all have the same', () => [client, reader].every(({ text }) => text === stage.owner.text));
        const there = keysIn(stage.owner.text);
        const refused = missingIn(typed, there);
        figures.typed += typed.size - before.size;
        figures.refused += refused.length;
        expect(missingIn(saved, there), 'nothing that was called saved is lost').toEqual([]);
        const kept = client.session.keptText.current;
        if (refused.length === 0) {
          expect(kept).toBe(undefined);
        } else {
          figures.replaced++;
          expect([...keysIn(kept?.text ?? '')].sort()).toEqual([...typed].sort());
          await client.session.letGoOfKeptText();
        }
        for (const key of refused) everRefused.add(key);
        const sentBefore = client.sent.length;
        await stage.setRole('editor');
        await client.connected();
        client.type(`⟨${writer}.${number++}⟩`);
        await client.saved();
        const sent = keysIn(client.textSent(sentBefore));
        expect([...sent].filter((key) => everRefused.has(key))).toEqual([]);
      }
      await until('all have the same', () => [client, reader].every(({ text }) => text === stage.owner.text));
      expect([...everRefused].filter((key) => stage.owner.text.includes(key))).toEqual([]);
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => rounds(writer)));
    process.stdout.write(`  ${WRITERS * DEMOTIONS_EACH} demotions at 30 keys/s: ${JSON.stringify(figures)}\n`);
    expect(figures.refused, `seed ${seed}`).toBeGreaterThan(0);
  }, 180_000);

  /** @returns the keys that were in the text when it was last called saved, and all that were in it in the end. */
  async function typeUntilDemoted(
    client: SessionClient,
    stage: Stage,
    { keyOf, after, delayMs }: { keyOf: () => string; after: number; delayMs: number },
  ): Promise<{ readonly saved: Set<string>; readonly typed: Set<string> }> {
    let saved = new Set<string>();
    let typed = new Set<string>();
    const watch = client.session.status.subscribe(({ truth }) => {
      if (truth === 'saved') saved = keysIn(client.text);
    });
    let demoted: Promise<void> | undefined;
    // As the editor does: no key is taken any more from the moment that the role is another.
    for (let keys = 0; client.status.role === 'editor'; keys++) {
      if (keys > 1_000) throw new Error('nobody heard of it');
      client.type(keyOf());
      typed = keysIn(client.text);
      if (keys === after) {
        demoted = new Promise((resolve) => setTimeout(resolve, delayMs)).then(() => stage.setRole('viewer'));
      }
      await new Promise((resolve) => setTimeout(resolve, KEY_MS));
    }
    await demoted;
    watch();
    return { saved, typed };
  }
});

describe('coming back', () => {
  it('as a viewer with unsent edits: the document is the relay’s, the edits are kept, over a restart too', async () => {
    const stage = await new Stage().begin();
    stage.owner.type('At the relay. ');
    const client = await (await stage.client().open(stage.link.secret)).connected();
    await until('it has all', () => client.text === 'At the relay. ');
    const { storage } = client;
    await client.close();
    // Away from the relay: no request is answered, no socket opens.
    const away = await stage.client({ storage, fetch: () => Promise.reject(new TypeError('away')) }).open();
    away.type('Only here.');
    await until('it is away', () => away.status.connection.state === 'waiting');
    await away.close();
    await stage.setRole('viewer');
    const back = await stage.client({ storage }).open();
    expect(back.text).toBe('At the relay. Only here.');
    await back.connected('viewer');
    await until('it is as at the relay', () => back.text === 'At the relay. ');
    expect(back.session.keptText.current?.text).toBe('At the relay. Only here.');
    expect(back.textSent()).toBe('');
    await back.close();
    const again = await stage.client({ storage }).open();
    expect([again.text, again.status.role, again.session.keptText.current?.text]).toEqual([
      'At the relay. ',
      'viewer',
      'At the relay. Only here.',
    ]);
    await stage.setRole('editor');
    await again.connected();
    again.type('New.');
    await again.saved();
    expect([again.textSent(), stage.owner.text]).toEqual(['New.', 'At the relay. New.']);
  });

  it('as an editor brings what was not sent', async () => {
    const stage = await new Stage().begin();
    const client = await (await stage.client().open(stage.link.secret)).connected();
    const { storage } = client;
    await client.close();
    const away = await stage.client({ storage, fetch: () => Promise.reject(new TypeError('away')) }).open();
    away.type('Only here.');
    await away.close();
    await (await stage.client({ storage }).open()).saved();
    await until('the owner has it', () => stage.owner.text === 'Only here.');
  });
});

describe('a role that is given', () => {
  it('brings a writing socket without a reload, and the replica stays', async () => {
    const stage = await new Stage().begin('viewer');
    stage.owner.type('Read. ');
    const client = await (await stage.client().open(stage.link.secret)).connected('viewer');
    await until('it reads', () => client.text === 'Read. ');
    const replica = client.session.replica.current;
    await stage.setRole('editor');
    await client.connected('editor');
    client.type('Write.');
    await client.saved();
    expect([stage.owner.text, client.session.replica.current === replica, client.session.keptText.current]).toEqual([
      'Read. Write.',
      true,
      undefined,
    ]);
  });

  it('or taken between the question and the socket is found out all the same', async () => {
    const stage = await new Stage().begin();
    await stage.owner.saved();
    for (const [before, after] of [
      ['editor', 'viewer'],
      ['viewer', 'editor'],
    ] as const) {
      await stage.setRole(before);
      const client = stage.client({ fetch: changesAfterTheQuestion });
      await client.open(stage.link.secret);
      await client.connected(after);
      expect(client.requests.map(({ role }) => role)).toEqual([before, after]);
      async function changesAfterTheQuestion(...question: Parameters<typeof fetch>): Promise<Response> {
        const answer = await fetch(...question);
        if (String(question[0]).endsWith('/join')) await stage.setRole(after);
        return answer;
      }
      await client.close();
    }
  });
});
