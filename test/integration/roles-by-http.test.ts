/** Rows F1, F4 and F6 for those who come over plain HTTP, against the real relay: streams, POSTs and feeds are held to what a socket is. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { encodeFrame, type Frame } from '../../src/shared/protocol/frames';
import type { Role } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';
import type { NewDocument } from '../../src/shared/protocol/sharing';
import { until } from '../support/condition';
import { EventStreamClient, endEventStreamClients } from '../support/event-stream-client';
import { FeedClient } from '../support/feed-client';
import { GuardedRelay } from '../support/guarded-relay';
import { type PostAnswer, PostWriter } from '../support/post-writer';
import { pick, randomFrom, seedFromEnvironment } from '../support/random';
import { endRawClients, type RawClient } from '../support/raw-client';
import { endRelays } from '../support/relay-process';
import { Typist } from '../support/room-for-test';
import { FRAMES, mutated } from '../support/viewer-frames';

let relay: GuardedRelay;

beforeAll(async () => {
  relay = await GuardedRelay.start();
});
afterEach(() => {
  endEventStreamClients();
  endRawClients();
});
afterAll(endRelays);

const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

/** Somebody who can send frames, and hears what comes of it. */
interface Sender {
  frames(): Frame[];
  /** How it ended: a close code, or what the stream said. */
  ended(): string | undefined;
  /** Resolves when the relay has looked at it. */
  send(frame: Frame | Uint8Array): Promise<unknown>;
}

class SocketSender implements Sender {
  readonly #client: RawClient;

  constructor(client: RawClient) {
    this.#client = client;
  }

  frames(): Frame[] {
    return this.#client.frames;
  }

  ended(): string | undefined {
    return this.#client.closed === undefined ? undefined : String(this.#client.closed.code);
  }

  async send(frame: Frame | Uint8Array): Promise<void> {
    const answers = this.#client.count('awareness');
    this.#client.send(frame);
    this.#client.send({ type: 'query-awareness' });
    await until('it was looked at', () => this.#client.closed !== undefined || this.#client.count('awareness') > answers);
  }
}

class PostSender implements Sender {
  readonly writer: PostWriter;
  #sent = 0;

  constructor(writer: PostWriter) {
    this.writer = writer;
  }

  frames(): Frame[] {
    return this.writer.frames();
  }

  ended(): string | undefined {
    const error = this.writer.down.of('refused').find(({ kind }) => kind === 'writer')?.error;
    return error === undefined ? undefined : String(error);
  }

  async send(frame: Frame | Uint8Array): Promise<PostAnswer> {
    return this.writer.post(++this.#sent, [frame]);
  }
}

/** The three ways in for somebody who may write. */
const WAYS: Readonly<Record<string, (document: DocumentId, secret: string) => Promise<Sender>>> = {
  'a WebSocket': async (document, secret) => new SocketSender(await relay.open(document, secret).joined()),
  'POSTs beside a stream': async (document, secret) => {
    const writer = new PostWriter(relay.process.address, document, { headers: bearer(secret) });
    return new PostSender(await writer.opened());
  },
  'POSTs beside a feed': async (document, secret) => {
    const feed = await new FeedClient(relay.process.address, [{ document, kind: 'writer', secret }]).opened();
    return new PostSender(await feed.writer(document, bearer(secret)).opened());
  },
};
const POSTING = Object.keys(WAYS).filter((way) => way !== 'a WebSocket');

function rolesTold(frames: readonly Frame[]): Role[] {
  return frames.flatMap((frame) => (frame.type === 'notice' && frame.notice.type === 'role' ? [frame.notice.role] : []));
}

function progressOf(frames: readonly Frame[]): { received: number; saved: number } {
  const last = frames.findLast((frame) => frame.type === 'progress');
  return last?.type === 'progress' ? { received: last.received, saved: last.saved } : { received: 0, saved: 0 };
}

async function textOf(made: NewDocument): Promise<string> {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, await relay.stateOf(made));
  return doc.getText('content').toString();
}

/** What deletes everything that the relay holds. */
async function deletionOf(made: NewDocument): Promise<Frame> {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, await relay.stateOf(made));
  const before = Y.encodeStateVector(doc);
  doc.getText('content').delete(0, doc.getText('content').length);
  return { type: 'update', update: Y.encodeStateAsUpdate(doc, before) };
}

describe.each(Object.keys(WAYS))('whoever comes by %s', (way) => {
  const open = (document: DocumentId, secret: string): Promise<Sender> => {
    const come = WAYS[way];
    if (come === undefined) throw new Error(`no way in is called ${way}`);
    return come(document, secret);
  };

  it('is told of another role in both directions, at once, and held to it from the next frame on; others see it', async () => {
    const made = await relay.create();
    const { secret, link } = await relay.link(made, { role: 'editor' });
    const watcher = new EventStreamClient(`${relay.process.address}/documents/${made.document}/presence`, { headers: bearer(made.secret) });
    const sender = await open(made.document, secret);
    const typist = new Typist(4711);
    await sender.send(FRAMES.awareness);
    await sender.send({ type: 'update', update: typist.type('a') });
    await until('it is saved', () => progressOf(sender.frames()).saved === 1);
    await until('an editor is seen', () => watcher.people().some(({ role }) => role === 'editor'));

    await relay.setRole(made, link.id, 'viewer');
    // From the answer on, before the notice is there.
    await sender.send({ type: 'update', update: typist.type('b') });
    await until('it is told', () => rolesTold(sender.frames()).join() === 'viewer', 2_000);
    // Sooner than anybody is renewed.
    await until('a viewer is seen', () => watcher.people()[0]?.role === 'viewer', 2_000);
    await sender.send({ type: 'sync-reply', update: typist.type('c') });
    expect(await textOf(made)).toBe('a');
    expect(progressOf(sender.frames())).toEqual({ received: 1, saved: 1 });
    expect(sender.ended()).toBeUndefined();

    await relay.setRole(made, link.id, 'editor');
    await until('it is told', () => rolesTold(sender.frames()).join() === 'viewer,editor', 2_000);
    await until('an editor is seen', () => watcher.people()[0]?.role === 'editor', 2_000);
    await sender.send({ type: 'update', update: new Typist(4712).type('d') });
    // What was refused holds the counters back: whoever may write again comes anew.
    expect([await textOf(made), progressOf(sender.frames()).received]).toEqual([expect.stringMatching(/^(ad|da)$/), 1]);
    const anew = await open(made.document, secret);
    await anew.send({ type: 'update', update: new Typist(4713).type('e') });
    await until('it is saved', () => progressOf(anew.frames()).saved === 1);
  });

  it.each([...(Object.keys(FRAMES) as Frame['type'][]), 'deletion'] as const)('as a viewer changes nothing with: %s', async (type) => {
    const made = await relay.createWith('the text');
    const before = await relay.stateOf(made);
    const { secret } = await relay.link(made, { role: 'viewer' });
    const viewer = await open(made.document, secret);
    await viewer.send(type === 'deletion' ? await deletionOf(made) : FRAMES[type]);
    if (type === 'progress' || type === 'notice') await until('it is refused', () => viewer.ended() !== undefined);
    else {
      await viewer.send({ type: 'query-awareness' });
      await until('it is answered', () => viewer.frames().some((frame) => frame.type === 'awareness'));
      expect(viewer.ended()).toBeUndefined();
      expect(progressOf(viewer.frames())).toEqual({ received: 0, saved: 0 });
    }
    expect(viewer.frames().some((frame) => frame.type === 'sync-request')).toBe(false);
    expect(await relay.stateOf(made)).toEqual(before);
  });
});

describe('a viewer who POSTs', () => {
  it('changes nothing with 10,000 mutated frames, each looked at by the relay', async () => {
    const random = randomFrom(seedFromEnvironment());
    const made = await relay.createWith('the text');
    const before = await relay.stateOf(made);
    const { secret } = await relay.link(made, { role: 'viewer' });
    const witness = await relay.open(made.document, made.secret).joined();
    const whole = [...Object.values(FRAMES), await deletionOf(made)].map(encodeFrame);
    const answers = new Map<number, number>();
    const send = async (frames: number): Promise<void> => {
      let viewer: PostSender | undefined;
      for (let count = 0; count < frames; ) {
        viewer ??= (await WAYS[pick(random, POSTING)]?.(made.document, secret)) as PostSender;
        const { status } = await viewer.send(mutated(pick(random, whole), random));
        answers.set(status, (answers.get(status) ?? 0) + 1);
        // In a crowded room frames wait for the next flush: a POST is answered before, and 404 comes after the one that was refused.
        if (status !== 404) count++;
        if (status === 200) continue;
        await wasRefused(viewer);
        viewer = undefined;
      }
      // The relay takes frames in their order: when this one is answered, the others were looked at.
      if (viewer === undefined || (await viewer.send({ type: 'query-awareness' })).status !== 200) return;
      const { writer } = viewer;
      await until(
        'the last was looked at',
        () => viewer?.ended() !== undefined || writer.frames().some(({ type }) => type === 'awareness'),
      );
      writer.down.cut();
    };
    const wasRefused = async (viewer: PostSender): Promise<void> => {
      await until('its stream says so', () => viewer.ended() !== undefined);
      viewer.writer.down.cut();
    };
    await Promise.all(Array.from({ length: 20 }, () => send(500)));
    expect(await relay.stateOf(made)).toEqual(before);
    expect(witness.count('update')).toBe(0);
    expect([...answers].reduce((sum, [status, count]) => sum + (status === 404 ? 0 : count), 0)).toBe(10_000);
    // Broken frames end the connection; those that are whole are taken, and let fall. 429: whole copies of the document, too often.
    expect([...answers.keys()].sort()).toEqual(expect.arrayContaining([200, 400]));
    for (const status of answers.keys()) expect([200, 400, 404, 413, 429]).toContain(status);
  }, 180_000);
});

describe('whoever reads', () => {
  it.each(['stream', 'feed'])('has no way up, whatever it may and whatever it POSTs with the id of its %s', async (kind) => {
    const made = await relay.createWith('the text');
    const before = await relay.stateOf(made);
    const { document, secret } = made;
    const headers = { ...bearer(secret), 'Weft-Connection': 'alive' };
    const reader =
      kind === 'stream'
        ? new EventStreamClient(`${relay.process.address}/documents/${document}/stream`, { headers })
        : new FeedClient(relay.process.address, [{ document, kind: 'stream' }], headers).down;
    await reader.has('frame');
    const up = new PostWriter(relay.process.address, document, { headers: bearer(secret), feed: reader });
    const id = String(reader.of('connection')[0]?.connection);
    for (const frame of [...Object.values(FRAMES), await deletionOf(made)]) {
      expect(await up.post(1, [frame], { 'Weft-Connection': id })).toMatchObject({ status: 403, body: { error: 'forbidden' } });
    }
    expect(await relay.stateOf(made)).toEqual(before);
    expect(reader.isEnded).toBe(false);
  });

  it('is told of another role in both directions, by a stream and by a feed, and stays a viewer', async () => {
    const made = await relay.create();
    const { document } = made;
    const { secret, link } = await relay.link(made, { role: 'viewer' });
    const own = new EventStreamClient(`${relay.process.address}/documents/${document}/stream`, { headers: bearer(secret) });
    const feed = await new FeedClient(relay.process.address, [{ document, kind: 'stream', secret }]).opened();
    const watcher = new EventStreamClient(`${relay.process.address}/documents/${document}/presence`, { headers: bearer(made.secret) });
    await until('both are seen', () => watcher.people().length === 2);
    for (const role of ['editor', 'viewer'] as const) {
      await relay.setRole(made, link.id, role);
      for (const frames of [() => own.frames(), () => feed.down.frames(document, 'stream')]) {
        await until(`it is told: ${role}`, () => rolesTold(frames()).at(-1) === role, 2_000);
      }
      expect(watcher.people().map((person) => person.role)).toEqual(['viewer', 'viewer']);
    }
  });
});

describe('a link that is revoked', () => {
  it('lets go of all that came by it in under two seconds, each in its way, and takes nothing of theirs any more', async () => {
    const made = await relay.createWith('the text');
    const { document } = made;
    const { address } = relay.process;
    const { secret, link } = await relay.link(made, { role: 'editor' });
    const { secret: personal } = await relay.join(document, secret);
    const socket = await relay.open(document, personal).joined();
    const writer = await new PostWriter(address, document, { headers: bearer(personal) }).opened();
    const streams = ['stream', 'presence'].map(
      (kind) => new EventStreamClient(`${address}/documents/${document}/${kind}`, { headers: bearer(secret) }),
    );
    const kinds = ['presence', 'stream', 'writer'];
    const feed = new FeedClient(
      address,
      kinds.map((kind) => ({ document, kind, secret: personal })),
    );
    const other = await relay.create();
    await feed.opened();
    await feed.add({ document: other.document, kind: 'presence', secret: other.secret });
    const part = await feed.writer(document, bearer(personal)).opened();
    await Promise.all([streams[0]?.has('frame'), streams[1]?.has('people'), feed.down.has('people', 2), feed.down.has('reader')]);
    const before = await relay.stateOf(made);

    const began = performance.now();
    await relay.revoke(made, link.id);
    const late = { type: 'update', update: new Typist(4711).type('too late') } as const;
    const posts = await Promise.all([writer.post(1, [late]), part.post(1, [late])]);
    await Promise.all([socket.ended(2_000), writer.down.ended(2_000), ...streams.map((stream) => stream.ended(2_000))]);
    await until('all parts are told', () => feed.ends.length === 3, 2_000);
    expect(performance.now() - began).toBeLessThan(2_000);

    for (const { status } of posts) expect([401, 404]).toContain(status);
    expect(socket.closed?.code).toBe(4401);
    for (const stream of [writer.down, ...streams])
      expect(stream.of('refused')).toEqual([expect.objectContaining({ error: 'unauthorized' })]);
    expect(feed.ends.sort()).toEqual(kinds.map((kind) => `refused ${kind} ${document} unauthorized`).sort());
    expect(feed.down.isEnded).toBe(false);
    expect(await relay.stateOf(made)).toEqual(before);
    for (const kind of kinds) await feed.add({ document, kind, secret: personal });
    await until('none comes back', () => feed.ends.length === 6, 2_000);
  });
});
