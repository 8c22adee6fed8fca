import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Access } from '../../server/access/access';
import { AttemptsPerMinute } from '../../server/access/attempts-per-minute';
import { ClientAddresses } from '../../server/access/client-addresses';
import { DEFAULT_LIMITS, type RelayLimits } from '../../server/rooms/limits';
import type { Member } from '../../server/rooms/members/member';
import type { Clock } from '../../server/rooms/ports';
import { WebSockets } from '../../server/transports/websocket';
import type { WebSocketPeer } from '../../server/transports/websocket-peer';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { until } from '../support/condition';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';
import { openDoor } from '../support/open-door';
import { clientFrame, endRawClients, RawClient, RawSocket } from '../support/raw-client';

const PING_MS = DEFAULT_LIMITS.pingMs;
const BEAT_MS = PING_MS / 8;

/** A member that remembers what its peer made it do. */
class KeptMember implements Member {
  readonly received: Uint8Array[] = [];
  leaves = 0;
  receive(message: Uint8Array): void {
    this.received.push(Uint8Array.from(message));
    if (message[0] === 7) throw new Rejected('malformed');
  }
  drained(): void {
    // Nothing here lags.
  }
  roleChanged(): void {
    // Nobody else is here to see it.
  }
  leave(): void {
    this.leaves++;
  }
}

/** The transport alone, over real sockets: a test opens the room when it wants to. */
class Stage {
  readonly log = new KeptLog();
  readonly peers: WebSocketPeer[] = [];
  readonly sockets: Socket[] = [];
  readonly members: KeptMember[] = [];
  readonly webSockets: WebSockets;
  readonly access: Access;
  whenOpen: Promise<void> = Promise.resolve();
  readonly #server: Server = createServer();

  constructor(clock: Clock, limits: RelayLimits = DEFAULT_LIMITS) {
    this.access = openDoor({ clock, log: this.log });
    this.webSockets = new WebSockets({
      limits,
      rules: { names: new Set(['localhost']), origins: [], publicOrigin: undefined },
      clock,
      log: this.log,
      rate: new AttemptsPerMinute(limits.connectsPerMinute),
      addresses: new ClientAddresses([]),
      access: this.access,
      join: async (_document, peer) => {
        this.peers.push(peer);
        await this.whenOpen;
        const member = new KeptMember();
        this.members.push(member);
        return member;
      },
    });
    this.#server.on('connection', (socket) => this.sockets.push(socket));
    this.#server.on('upgrade', (request, socket, head) => this.webSockets.upgrade(request, socket, head));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/paper`;
  }

  get lost(): object[] {
    return this.log.lines.filter(({ message }) => message === 'connection lost').map(({ fields }) => fields);
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    endRawClients();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let clock: ManualClock;
let stage: Stage;

beforeEach(async () => {
  clock = new ManualClock();
  stage = new Stage(clock);
  await stage.open();
});
afterEach(() => stage.close());

async function connected(options: { autoPong?: boolean } = {}): Promise<{ client: RawClient; peer: WebSocketPeer; socket: Socket }> {
  const client = await new RawClient(stage.url, options).opened();
  await until('the room is open', () => stage.members.length === stage.peers.length);
  const [peer, socket] = [stage.peers.at(-1), stage.sockets.at(-1)];
  if (peer === undefined || socket === undefined) throw new Error('nobody came');
  return { client, peer, socket };
}

describe('the grant of a connection', () => {
  it('is held as long as the connection is there', async () => {
    const { client, peer } = await connected();
    expect([stage.access.live.count('paper' as DocumentId), peer.role]).toEqual([1, 'editor']);
    client.destroy();
    await until('it is let go of', () => stage.access.live.count('paper' as DocumentId) === 0);
  });

  it('ends the connection when it ends', async () => {
    const { client } = await connected();
    stage.access.live.end('paper' as DocumentId, 'open', 'revoked');
    expect((await client.ended()).code).toBe(4401);
    expect(stage.access.live.count('paper' as DocumentId)).toBe(0);
  });
});

describe('many that come at once', () => {
  /** Every look at it is a millisecond later: work takes time. */
  class Ticking extends ManualClock {
    override now(): number {
      this.tick(1);
      return super.now();
    }
  }

  it('R5: are let in a few in each turn, and those that wait count as connections', async () => {
    const slow = new Ticking();
    const busy = new Stage(slow, { ...DEFAULT_LIMITS, connections: 40 });
    await busy.open();
    const comers = Array.from({ length: 41 }, () => new RawClient(busy.url));
    const refused = new Promise<number | undefined>((resolve) => {
      for (const comer of comers) comer.socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
    });
    // No turn has ended yet for the relay: all but the first few wait.
    expect(await refused).toBe(503);
    const first = busy.webSockets.count;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(10);
    let most = 0;
    for (let before = first; before < 40; before = busy.webSockets.count) {
      slow.endTurn();
      most = Math.max(most, busy.webSockets.count - before);
      expect(busy.webSockets.count).toBeGreaterThan(before);
    }
    expect(most).toBeLessThan(10);
    await busy.close();
  });

  it('R5: find the relay going when their turn comes', async () => {
    const slow = new Ticking();
    const busy = new Stage(slow);
    await busy.open();
    const statuses: (number | undefined)[] = [];
    const comers = Array.from({ length: 30 }, () => new RawClient(busy.url));
    for (const comer of comers) comer.socket.on('unexpected-response', (_request, { statusCode }) => statuses.push(statusCode));
    await until('all are at the door', () => busy.sockets.length === 30 && busy.sockets.every(({ bytesRead }) => bytesRead > 0));
    const inside = busy.webSockets.count;
    busy.webSockets.stopReading();
    await until('the others are refused', () => {
      slow.endTurn();
      return statuses.length === 30 - inside;
    });
    expect(new Set(statuses)).toEqual(new Set([503]));
    expect(busy.webSockets.count).toBe(inside);
    await busy.close();
  });
});

describe('a connection that is silent', () => {
  it.each([0, 1, 1_000, BEAT_MS - 1])('R4, D9: is dead after 30 s, and at most 32 s (it came %i ms after a beat)', async (phase) => {
    clock.tick(phase);
    const { client } = await connected({ autoPong: false });
    clock.tick(2 * PING_MS);
    expect(stage.lost).toEqual([]);
    clock.tick(BEAT_MS + 1);
    expect(stage.lost).toMatchObject([{ detail: 'silent for two pings' }]);
    expect((await client.ended()).code).toBe(1006);
    await until('it is forgotten', () => stage.webSockets.count === 0);
    clock.endTurn();
    expect(stage.members[0]?.leaves).toBe(1);
  });

  it('R4: but answers pings, stays', async () => {
    const { client, socket } = await connected();
    let pings = 0;
    client.socket.on('ping', () => pings++);
    for (let beat = 0; beat < 40; beat++) {
      const [before, read] = [pings, socket.bytesRead];
      clock.tick(BEAT_MS);
      if (beat % 8 === 7) await until('a ping is answered', () => pings > before || socket.bytesRead > read);
    }
    await until('five pings', () => pings === 5);
    expect(stage.lost).toEqual([]);
  });

  it('R4: over a machine that slept for an hour, is asked first', async () => {
    let now = 0;
    let timers: { at: number; callback: () => void }[] = [];
    const sleepy: Clock = {
      now: () => now,
      wallTime: () => now,
      after: (ms, callback) => {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
      atTurnEnd: setImmediate,
    };
    const slept = new Stage(sleepy);
    await slept.open();
    const client = await new RawClient(slept.url).opened();
    await until('it is in', () => slept.members.length === 1);
    now += 3_600_000;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
    expect(due.length).toBeGreaterThan(0);
    expect(slept.lost).toEqual([]);
    expect(client.closed).toBeUndefined();
    await slept.close();
  });
});

describe('a probe', () => {
  it('ends a connection that gives no sign of life in time', async () => {
    const { client, peer } = await connected({ autoPong: false });
    peer.probe(5_000);
    clock.tick(4_999);
    expect(stage.lost).toEqual([]);
    clock.tick(1);
    expect(stage.lost).toMatchObject([{ detail: 'did not answer a probe' }]);
    await client.ended();
  });

  it.each(['a pong', 'a message'] as const)('is answered by %s', async (sign) => {
    const { client, peer, socket } = await connected({ autoPong: sign === 'a pong' });
    const before = socket.bytesRead;
    peer.probe(5_000);
    if (sign === 'a message') client.send(Uint8Array.of(3));
    await until('the sign arrives', () => socket.bytesRead > before);
    clock.tick(5_000);
    expect(stage.lost).toEqual([]);
  });

  it('R5: is one ping, however often it is asked for, and the next one when it is over', async () => {
    const { client, peer, socket } = await connected();
    let pings = 0;
    client.socket.on('ping', () => pings++);
    const before = socket.bytesRead;
    for (let time = 0; time < 100; time++) peer.probe(5_000);
    await until('the answer arrives', () => socket.bytesRead > before);
    clock.tick(1_000);
    peer.probe(5_000);
    await writtenAndRead();
    expect(pings).toBe(1);
    clock.tick(4_000);
    expect(stage.lost).toEqual([]);
    // In the meantime it was time for a ping of the usual kind.
    await writtenAndRead();
    expect(pings).toBe(2);
    peer.probe(5_000);
    await writtenAndRead();
    expect(pings).toBe(3);

    async function writtenAndRead(): Promise<void> {
      const { length } = client.frames;
      peer.write(peer.framing.frame(Uint8Array.of(3)));
      await until('what was written is there', () => client.frames.length > length);
    }
  });
});

describe('while a room opens', () => {
  let open = (): void => undefined;
  beforeEach(() => {
    stage.whenOpen = new Promise((resolve) => {
      open = resolve;
    });
  });

  it('R1, R3: 64 KiB are kept, the rest stays in the line; then all arrives, in order', async () => {
    const client = await RawSocket.upgraded(stage.port, 'paper');
    const socket = stage.sockets[0];
    if (socket === undefined) throw new Error('nobody came');
    const count = 1_024;
    for (let index = 0; index < count; index++) {
      const message = new Uint8Array(16 * 1024);
      message.set([3, index >> 8, index & 0xff]);
      client.write(clientFrame(0x82, message));
    }
    await until('reading pauses', () => socket.isPaused());
    await connectedWhileOthersWait();
    const read = socket.bytesRead;
    await connectedWhileOthersWait();
    expect(socket.isPaused()).toBe(true);
    expect(socket.bytesRead).toBe(read);
    // Of 16 MiB: what is kept, and what was read from the line at once.
    expect(read).toBeLessThan(256 * 1024);
    open();
    await until('all is there', () => stage.members[0]?.received.length === count);
    const order = stage.members[0]?.received.map((message) => (message[1] ?? 0) * 256 + (message[2] ?? 0));
    expect(order).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('R2: who leaves before that is let out again, once', async () => {
    const client = await new RawClient(stage.url).opened();
    client.destroy();
    await until('it is gone', () => stage.webSockets.count === 0);
    open();
    await until('it was in', () => stage.members.length === 1);
    await until('it is out', () => stage.members[0]?.leaves === 1);
    await clock.settle();
    expect(stage.members[0]?.leaves).toBe(1);
  });

  it('R2: a refusal among what came before lets nothing after it through', async () => {
    const client = await RawSocket.upgraded(stage.port, 'paper');
    client.write(Buffer.concat([3, 7, 3].map((type) => clientFrame(0x82, Uint8Array.of(type)))));
    await until('all is read', () => (stage.sockets[0]?.bytesRead ?? 0) > 0);
    open();
    await until('it is refused', () => client.closeCode === 4400);
    await clock.settle();
    expect(stage.members[0]?.received.map(([type]) => type)).toEqual([3, 7]);
    expect(stage.members[0]?.leaves).toBe(1);
  });

  /** Time in which the relay does something else. */
  async function connectedWhileOthersWait(): Promise<void> {
    for (let time = 0; time < 5; time++) (await new RawClient(stage.url).opened()).destroy();
  }
});
