/** Row F1, F4 and F6 against the real relay: a viewer changes nothing, and a role that changes counts for the next frame. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { encodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { GuardedRelay } from '../support/guarded-relay';
import { PostWriter } from '../support/post-writer';
import { pick, randomFrom, seedFromEnvironment } from '../support/random';
import { endRawClients, type RawClient } from '../support/raw-client';
import { endRelays } from '../support/relay-process';
import { FRAMES, mutated } from '../support/viewer-frames';

let relay: GuardedRelay;

beforeAll(async () => {
  relay = await GuardedRelay.start();
});
afterEach(() => {
  endRawClients();
  endEventStreamClients();
});
afterAll(endRelays);

/** Types one character at a time, as its own client id. */
class Typist {
  readonly #doc = new Y.Doc();
  readonly #client: RawClient;
  typed = 0;

  constructor(client: RawClient) {
    this.#client = client;
    this.#doc.on('update', (update) => this.#client.send({ type: 'update', update }));
  }

  type(letter: string): void {
    this.typed++;
    this.#doc.getText('content').insert(this.#doc.getText('content').length, letter);
  }

  get text(): string {
    return this.#doc.getText('content').toString();
  }
}

function textOf(state: Uint8Array): string {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  return doc.getText('content').toString();
}

function progressOf(client: RawClient): { received: number; saved: number } {
  const last = client.frames.filter((frame) => frame.type === 'progress').at(-1);
  return last?.type === 'progress' ? { received: last.received, saved: last.saved } : { received: 0, saved: 0 };
}

function rolesTold(client: RawClient): string[] {
  return client.frames.flatMap((frame) => (frame.type === 'notice' && frame.notice.type === 'role' ? [frame.notice.role] : []));
}

describe('a viewer over a WebSocket', () => {
  it.each(Object.keys(FRAMES) as Frame['type'][])('changes nothing with a frame of type %s, and is held to it', async (type) => {
    const made = await relay.createWith('the text');
    const before = await relay.stateOf(made);
    const { secret } = await relay.link(made, { role: 'viewer' });
    const [own, stock] = [
      await relay.open(made.document, secret).joined(),
      await relay.open(made.document, secret, { protocols: ['weft.plain'] }).joined(),
    ];
    expect([own.count('sync-request'), stock.count('sync-request')]).toEqual([0, 0]);
    for (const client of [own, stock]) client.send(FRAMES[type]);
    const isWriting = type === 'update' || type === 'sync-reply';
    const isRelays = type === 'progress' || type === 'notice';
    // A stock client could not learn otherwise.
    if (isWriting) expect((await stock.ended()).code).toBe(4403);
    if (isRelays) for (const client of [own, stock]) expect((await client.ended()).code).toBe(4400);
    if (!isRelays) {
      const awareness = own.count('awareness');
      own.send({ type: 'query-awareness' });
      await until('ours is still there', () => own.count('awareness') > awareness);
      expect(progressOf(own)).toEqual({ received: 0, saved: 0 });
    }
    expect(await relay.stateOf(made)).toEqual(before);
  });

  it('changes nothing with 10,000 mutated frames, each looked at by the relay', async () => {
    const random = randomFrom(seedFromEnvironment());
    const made = await relay.createWith('the text');
    const before = await relay.stateOf(made);
    const { secret } = await relay.link(made, { role: 'viewer' });
    const witness = await relay.open(made.document, made.secret).joined();
    const whole = Object.values(FRAMES).map(encodeFrame);
    const ends = new Map<number, number>();
    let looked = 0;
    const send = async (frames: number): Promise<void> => {
      let viewer: RawClient | undefined;
      for (let count = 0; count < frames; count++) {
        viewer ??= await relay.open(made.document, secret, { protocols: [pick(random, ['weft.v1', 'weft.plain'])] }).opened();
        const client = viewer;
        const answers = client.count('awareness');
        client.send(mutated(pick(random, whole), random));
        // The relay takes frames in their order: when this one is answered, or the line closed, the other was looked at.
        client.send({ type: 'query-awareness' });
        await until('the frame was looked at', () => client.closed !== undefined || client.count('awareness') > answers);
        looked++;
        if (client.closed === undefined) continue;
        ends.set(client.closed.code, (ends.get(client.closed.code) ?? 0) + 1);
        client.destroy();
        viewer = undefined;
      }
      viewer?.destroy();
    };
    await Promise.all(Array.from({ length: 20 }, () => send(500)));
    expect(await relay.stateOf(made)).toEqual(before);
    expect(witness.count('update')).toBe(0);
    expect(looked).toBe(10_000);
    // Both kinds of refusal came up, and nothing that nobody expected.
    expect([...ends.keys()].sort()).toEqual(expect.arrayContaining([4400, 4403]));
    for (const code of ends.keys()) expect([4400, 4403, 4413, 4529]).toContain(code);
  }, 180_000);
});

describe('a role that changes', () => {
  it('100 times while somebody types: nothing that comes afterwards is received or saved, and they are told', async () => {
    const made = await relay.createWith('');
    const { secret, link } = await relay.link(made, { role: 'editor' });
    for (let round = 0; round < 100; round++) {
      const client = await relay.open(made.document, secret).joined();
      const typist = new Typist(client);
      const before = textOf(await relay.stateOf(made)).length;
      typist.type('x');
      await until('the first is received', () => progressOf(client).received === 1);
      const demoted = relay.setRole(made, link.id, 'viewer');
      while (rolesTold(client).length === 0 && typist.typed < 10_000) {
        typist.type('x');
        await new Promise((resolve) => setImmediate(resolve));
      }
      await demoted;
      const typedUntilTold = typist.typed;
      for (let late = 0; late < 5; late++) typist.type('L');
      // An answer to what was sent last: all before it has been looked at.
      const answers = client.count('sync-reply');
      client.send({ type: 'sync-request', stateVector: Uint8Array.of(0) });
      await until('the answer to a later frame', () => client.count('sync-reply') > answers);
      const state = textOf(await relay.stateOf(made));
      expect(state).not.toContain('L');
      // Exactly what is called received was kept of this one, and no less; it is told within a fifth of a second.
      await until('all that was kept is told', () => progressOf(client).received >= state.length - before);
      expect(state.length - before).toBe(progressOf(client).received);
      expect(progressOf(client).received).toBeLessThanOrEqual(typedUntilTold);
      expect(rolesTold(client)).toEqual(['viewer']);
      expect(client.closed).toBeUndefined();
      client.destroy();
      await relay.setRole(made, link.id, 'editor');
    }
  }, 120_000);

  it('is told when it is given, and whoever comes anew may write', async () => {
    const made = await relay.createWith('');
    const { secret, link } = await relay.link(made, { role: 'viewer' });
    const client = await relay.open(made.document, secret).joined();
    await relay.setRole(made, link.id, 'editor');
    await until('it is told', () => rolesTold(client).length > 1);
    expect(rolesTold(client)).toEqual(['viewer', 'editor']);
    const anew = await relay.open(made.document, secret).joined();
    new Typist(anew).type('mine');
    await until('it is saved', () => progressOf(anew).saved === 1);
    expect(textOf(await relay.stateOf(made))).toBe('mine');
  });

  it('is told at once to whoever comes as something else, for it may have changed on the way; to nobody else', async () => {
    const made = await relay.createWith('');
    for (const role of ['viewer', 'editor'] as const) {
      const { secret } = await relay.link(made, { role });
      const socket = await relay.open(made.document, secret).joined();
      const headers = { Authorization: `Bearer ${secret}` };
      const writer = await new PostWriter(relay.process.address, made.document, { headers }).opened();
      const reader = new EventStreamClient(`${relay.process.address}/documents/${made.document}/stream`, { headers });
      await until('the reader has all', () => reader.frames().some(({ type }) => type === 'sync-reply'));
      await writer.post(1, [{ type: 'query-awareness' }]);
      socket.send({ type: 'query-awareness' });
      await until(
        'both are answered',
        () => socket.count('awareness') > 0 && writer.down.frames().some(({ type }) => type === 'awareness'),
      );
      const notices = (frames: readonly Frame[]) => frames.flatMap((frame) => (frame.type === 'notice' ? [frame.notice] : []));
      const asWriter = role === 'viewer' ? [{ type: 'role', role }] : [];
      const asReader = role === 'editor' ? [{ type: 'role', role }] : [];
      expect([socket.frames, writer.down.frames(), reader.frames()].map(notices)).toEqual([asWriter, asWriter, asReader]);
    }
  });

  it('costs a stock client its connection once it writes, and not before', async () => {
    const made = await relay.createWith('');
    const { secret, link } = await relay.link(made, { role: 'editor' });
    const client = await relay.open(made.document, secret, { protocols: ['weft.plain'] }).joined();
    await relay.setRole(made, link.id, 'viewer');
    client.send({ type: 'query-awareness' });
    await until('it is answered', () => client.count('awareness') > 0);
    expect([client.closed, client.count('notice')]).toEqual([undefined, 0]);
    new Typist(client).type('no');
    expect((await client.ended()).code).toBe(4403);
    expect(textOf(await relay.stateOf(made))).toBe('');
  });

  it('is seen by others', async () => {
    const made = await relay.createWith('');
    const { secret, link } = await relay.link(made, { role: 'editor' });
    const witness = await relay.open(made.document, made.secret).joined();
    witness.send({ type: 'query-awareness' });
    const client = await relay.open(made.document, secret).joined();
    client.send(FRAMES.awareness);
    const sees = (role: string) =>
      witness.frames.some((frame) => frame.type === 'awareness' && Buffer.from(frame.entries).includes(`"role":"${role}"`));
    await until('an editor is seen', () => sees('editor'));
    await relay.setRole(made, link.id, 'viewer');
    // Sooner than anybody is renewed.
    await until('a viewer is seen', () => sees('viewer'), 2_000);
  });
});
