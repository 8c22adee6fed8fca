import { describe, expect, it, vi } from 'vitest';
import { BlockedRelays, FIRST_WAIT_MS } from '../../src/renderer/session/sockets/blocked-relays';
import { GRACE_MS, LadderSocket, PATIENCE_MS } from '../../src/renderer/session/sockets/ladder-socket';
import type { Frame } from '../../src/shared/protocol/frames';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { type FakeSocket, FakeSockets } from '../support/fake-socket';
import { ManualClock } from '../support/manual-clock';
import { SeenSocket, socketRequest } from '../support/seen-socket';

const FIRST: Frame = { type: 'sync-request', stateVector: Uint8Array.of(0) };
const PROGRESS: Frame = { type: 'progress', received: 1, saved: 0 };

class Ladder {
  readonly clock = new ManualClock();
  readonly webSockets = new FakeSockets();
  readonly https = new FakeSockets();
  online: (() => void) | undefined;
  readonly blocked = new BlockedRelays({
    openWebSocket: this.webSockets.open,
    clock: this.clock,
    onOnline: (callback) => {
      this.online = callback;
      return () => {
        this.online = undefined;
      };
    },
  });

  open(openWebSocket = this.webSockets.open): SeenSocket {
    const openHttp = (request: Parameters<typeof this.https.open>[0]) => {
      const socket = this.https.open(request) as FakeSocket;
      socket.transport = 'http';
      return socket;
    };
    const parts = { openWebSocket, openHttp, blocked: this.blocked, clock: this.clock };
    return new SeenSocket((request) => new LadderSocket(request, parts), socketRequest({ secret: 's3cret' }));
  }

  /** A socket that had to take HTTP. */
  overHttp(): SeenSocket {
    const seen = this.open();
    this.webSockets.last.isClosedWith(1006);
    works(this.https.last);
    return seen;
  }
}

/** The relay speaks first. */
function works(socket: FakeSocket): void {
  socket.opens();
  socket.says(FIRST);
}

const isClosed = (sockets: FakeSockets) => sockets.all.map(({ readyState }) => readyState === 3);

describe('the ladder of transports', () => {
  it('R1 R2 takes a WebSocket that works, and tries nothing else', async () => {
    const ladder = new Ladder();
    const seen = ladder.open();
    const { last } = ladder.webSockets;
    expect(last.request).toMatchObject({ secret: 's3cret', role: 'editor' });
    last.opens();
    expect([seen.opened, seen.socket.readyState]).toEqual([0, 0]);
    last.says(FIRST);
    expect([seen.opened, seen.types, seen.socket.transport]).toEqual([1, ['sync-request'], 'websocket']);
    seen.send({ type: 'query-awareness' });
    last.says(PROGRESS);
    expect([last.sentTypes, seen.types]).toEqual([['query-awareness'], ['sync-request', 'progress']]);
    await ladder.clock.advance(60_000);
    expect([ladder.https.all, ladder.clock.waiting, ladder.online]).toEqual([[], 0, undefined]);
    last.isClosedWith(1012, 'Back in a moment.');
    expect([seen.closes, seen.socket.readyState]).toEqual([[{ code: 1012, reason: 'Back in a moment.' }], 3]);
  });

  it('R1 tries HTTP when the WebSocket is refused', () => {
    const ladder = new Ladder();
    const seen = ladder.open();
    ladder.webSockets.last.isClosedWith(1006);
    expect([seen.opened, seen.closes]).toEqual([0, []]);
    ladder.https.last.opens();
    expect(seen.opened).toBe(0);
    ladder.https.last.says(FIRST);
    expect([seen.opened, seen.socket.transport, seen.socket.readyState]).toEqual([1, 'http', 1]);
    seen.send({ type: 'query-awareness' });
    expect([seen.types, ladder.https.last.sentTypes]).toEqual([['sync-request'], ['query-awareness']]);
  });

  it.each(['nothing', 'accepted and nothing more'])('R1 tries HTTP beside it when after 1.5 seconds it is %s', async (what) => {
    const ladder = new Ladder();
    const seen = ladder.open();
    if (what !== 'nothing') ladder.webSockets.last.opens();
    await ladder.clock.advance(PATIENCE_MS - 1);
    expect(ladder.https.all).toEqual([]);
    await ladder.clock.advance(1);
    works(ladder.https.last);
    if (what !== 'nothing') {
      await ladder.clock.advance(GRACE_MS - 1);
      expect(seen.opened).toBe(0);
      await ladder.clock.advance(1);
    }
    expect([seen.opened, seen.socket.transport, isClosed(ladder.webSockets)]).toEqual([1, 'http', [true]]);
    expect([seen.types, ladder.blocked.has('http://relay.test')]).toEqual([['sync-request'], true]);
    ladder.webSockets.last.says(FIRST);
    expect(seen.types).toEqual(['sync-request']);
  });

  it.each(['before', 'after'])(
    'R1 calls nothing blocked where a room is slow to answer: the WebSocket brings it %s HTTP',
    async (order) => {
      const ladder = new Ladder();
      const seen = ladder.open();
      ladder.webSockets.last.opens();
      await ladder.clock.advance(PATIENCE_MS);
      ladder.https.last.opens();
      await ladder.clock.advance(5_000);
      expect(seen.opened).toBe(0);
      if (order === 'after') {
        ladder.https.last.says(FIRST);
        await ladder.clock.advance(GRACE_MS - 1);
      }
      ladder.webSockets.last.says(FIRST);
      expect([seen.opened, seen.types, seen.socket.transport]).toEqual([1, ['sync-request'], 'websocket']);
      expect([isClosed(ladder.https), ladder.blocked.has('http://relay.test'), ladder.clock.waiting]).toEqual([[true], false, 0]);
    },
  );

  it.each([1006, 4401])('R1 waits no longer for an open WebSocket that ends with %i', async (code) => {
    const ladder = new Ladder();
    const seen = ladder.open();
    ladder.webSockets.last.opens();
    await ladder.clock.advance(PATIENCE_MS);
    works(ladder.https.last);
    ladder.webSockets.last.isClosedWith(code, 'No.');
    expect([seen.opened, seen.closes]).toEqual(code === 1006 ? [1, []] : [0, [{ code: 4401, reason: 'No.' }]]);
    expect(isClosed(ladder.https)).toEqual([code !== 1006]);
  });

  it('R1 goes on waiting for an open WebSocket when HTTP ends before it was taken', async () => {
    const ladder = new Ladder();
    const seen = ladder.open();
    ladder.webSockets.last.opens();
    await ladder.clock.advance(PATIENCE_MS);
    works(ladder.https.last);
    ladder.https.last.isClosedWith(1006, 'Gone.');
    await ladder.clock.advance(GRACE_MS);
    expect([seen.opened, seen.closes]).toEqual([0, []]);
    ladder.webSockets.last.says(FIRST);
    expect([seen.opened, seen.socket.transport]).toEqual([1, 'websocket']);
  });

  it('R1 takes a slow WebSocket all the same when it is first', async () => {
    const ladder = new Ladder();
    const seen = ladder.open();
    await ladder.clock.advance(PATIENCE_MS);
    ladder.webSockets.last.opens();
    ladder.webSockets.last.says(FIRST);
    expect([seen.socket.transport, isClosed(ladder.https)]).toEqual(['websocket', [true]]);
    works(ladder.https.last);
    ladder.https.last.isClosedWith(1006);
    expect([seen.opened, seen.closes, ladder.blocked.has('http://relay.test')]).toEqual([1, [], false]);
  });

  it('R1 a WebSocket that this page may not open is one that is refused, in words that tell no secret', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const ladder = new Ladder();
    const seen = ladder.open(() => {
      throw new SyntaxError("The subprotocol 'weft.secret.s3cret' is invalid.");
    });
    await ladder.clock.settle();
    works(ladder.https.last);
    expect(seen.socket.transport).toBe('http');
    expect(warn.mock.calls).toEqual([['This way to the relay cannot be tried.', 'SyntaxError']]);
    warn.mockRestore();
  });

  it('R3 remembers for the relay, and tries no WebSocket again at each connection', () => {
    const ladder = new Ladder();
    ladder.overHttp().socket.close();
    const again = ladder.open();
    expect([ladder.webSockets.all.length, ladder.https.all.length]).toEqual([1, 2]);
    works(ladder.https.last);
    expect(again.socket.transport).toBe('http');
  });

  it('R3 says when a WebSocket works again', async () => {
    const ladder = new Ladder();
    const seen = ladder.overHttp();
    await ladder.clock.advance(FIRST_WAIT_MS);
    expect(ladder.webSockets.all).toHaveLength(2);
    ladder.webSockets.last.opens();
    ladder.webSockets.last.says(FIRST);
    expect([seen.better, seen.closes, seen.types, isClosed(ladder.webSockets)]).toEqual([1, [], ['sync-request'], [true, true]]);
    seen.socket.close();
    ladder.open();
    expect(ladder.webSockets.all).toHaveLength(3);
  });

  it('R3 calls nothing blocked where HTTP does not work either', () => {
    const ladder = new Ladder();
    const seen = ladder.open();
    ladder.webSockets.last.isClosedWith(1006);
    ladder.https.last.isClosedWith(1006, 'The relay cannot be reached.');
    expect(seen.closes).toEqual([{ code: 1006, reason: 'The relay cannot be reached.' }]);
    ladder.open();
    expect(ladder.webSockets.all).toHaveLength(2);
  });

  it('R3 tries a WebSocket first again when HTTP, which was remembered, fails', () => {
    const ladder = new Ladder();
    ladder.overHttp().socket.close();
    const seen = ladder.open();
    ladder.https.last.isClosedWith(1006, 'Gone.');
    expect(seen.closes).toEqual([{ code: 1006, reason: 'Gone.' }]);
    ladder.open();
    expect(ladder.webSockets.all).toHaveLength(2);
  });

  it('R3 calls it blocked still when HTTP fails for one, and others have it', () => {
    const ladder = new Ladder();
    const stays = ladder.overHttp();
    ladder.open();
    ladder.https.last.isClosedWith(1006, 'Gone.');
    expect([stays.better, ladder.blocked.has('http://relay.test')]).toEqual([0, true]);
  });

  it('R3 says so to those over HTTP, too, when one that was slow gets through', () => {
    const ladder = new Ladder();
    ladder.open();
    const { last: slow } = ladder.webSockets;
    const overHttp = ladder.overHttp();
    slow.says(FIRST);
    expect([overHttp.better, ladder.blocked.has('http://relay.test')]).toEqual([1, false]);
  });

  it.each([
    ['WebSocket', 'HTTP'],
    ['HTTP', 'WebSocket'],
  ])('R4 ends once both failed, %s first, and %s then', async (first) => {
    const ladder = new Ladder();
    const seen = ladder.open();
    await ladder.clock.advance(PATIENCE_MS);
    const ends = [() => ladder.webSockets.last.isClosedWith(1006), () => ladder.https.last.isClosedWith(1006, 'Later.')];
    for (const end of first === 'HTTP' ? ends.reverse() : ends) {
      expect(seen.closes).toEqual([]);
      end();
    }
    expect(seen.closes).toEqual([{ code: 1006, reason: 'Later.' }]);
    expect([ladder.webSockets.all.length, ladder.https.all.length, ladder.clock.waiting]).toEqual([1, 1, 0]);
  });

  it.each(Object.values(REJECTIONS))(
    'R4 ends at once with what only a relay says: $closeCode over a WebSocket',
    ({ closeCode, reason }) => {
      const ladder = new Ladder();
      const seen = ladder.open();
      ladder.webSockets.last.opens();
      ladder.webSockets.last.isClosedWith(closeCode, reason);
      expect([seen.closes, ladder.https.all, ladder.clock.waiting]).toEqual([[{ code: closeCode, reason }], [], 0]);
    },
  );

  it('R4 ends at once with a refusal over HTTP, though a WebSocket is still tried', async () => {
    const ladder = new Ladder();
    const seen = ladder.open();
    await ladder.clock.advance(PATIENCE_MS);
    ladder.https.last.isClosedWith(4401, 'No.');
    expect([seen.closes, isClosed(ladder.webSockets)]).toEqual([[{ code: 4401, reason: 'No.' }], [true]]);
  });

  it.each([
    ['at once', async () => undefined],
    ['with both under way', (ladder: Ladder) => ladder.clock.advance(PATIENCE_MS)],
    [
      'over HTTP',
      async (ladder: Ladder) => {
        ladder.webSockets.last.isClosedWith(1006);
        works(ladder.https.last);
      },
    ],
    [
      'during a trial',
      async (ladder: Ladder) => {
        ladder.webSockets.last.isClosedWith(1006);
        works(ladder.https.last);
        await ladder.clock.advance(FIRST_WAIT_MS);
      },
    ],
  ] as const)('closed from here %s, leaves nothing', async (_when, before) => {
    const ladder = new Ladder();
    const seen = ladder.open();
    await before(ladder);
    seen.socket.close();
    expect([ladder.clock.waiting, ladder.online, seen.closes]).toEqual([0, undefined, []]);
    expect([...isClosed(ladder.webSockets), ...isClosed(ladder.https)]).not.toContain(false);
    await ladder.clock.advance(10 * 60_000);
    expect(seen.better).toBe(0);
  });
});

describe('trials where WebSockets are blocked', () => {
  it('R1 come after 30 seconds, then ever less often, to five minutes', async () => {
    const ladder = new Ladder();
    ladder.overHttp();
    for (const seconds of [30, 60, 120, 240, 300, 300]) {
      const count = ladder.webSockets.all.length;
      await ladder.clock.advance(seconds * 1_000 - 1);
      expect(ladder.webSockets.all).toHaveLength(count);
      await ladder.clock.advance(1);
      expect(ladder.webSockets.all).toHaveLength(count + 1);
      ladder.webSockets.last.isClosedWith(1006);
    }
  });

  it('R1 are over after five seconds without a word', async () => {
    const ladder = new Ladder();
    const seen = ladder.overHttp();
    await ladder.clock.advance(FIRST_WAIT_MS);
    ladder.webSockets.last.opens();
    await ladder.clock.advance(5_000);
    expect([isClosed(ladder.webSockets), seen.better]).toEqual([[true, true], 0]);
    await ladder.clock.advance(2 * FIRST_WAIT_MS);
    expect(ladder.webSockets.all).toHaveLength(3);
  });

  it('R1 come at once when the network is another', async () => {
    const ladder = new Ladder();
    const seen = ladder.overHttp();
    ladder.online?.();
    ladder.webSockets.last.says(FIRST);
    expect([ladder.webSockets.all.length, seen.better]).toEqual([2, 1]);
  });

  it('R4 bring no secret, and take the refusal of the relay for an answer', async () => {
    const ladder = new Ladder();
    const seen = ladder.overHttp();
    ladder.online?.();
    const { last } = ladder.webSockets;
    expect([ladder.webSockets.all.length, last.request.secret, last.request.document]).toEqual([2, undefined, 'paper']);
    last.opens();
    last.isClosedWith(REJECTIONS.unauthorized.closeCode, REJECTIONS.unauthorized.reason);
    expect([seen.better, seen.closes]).toEqual([1, []]);
  });

  it('R1 are one for all who wait for the same relay, and R2 all of them are told', async () => {
    const ladder = new Ladder();
    const first = ladder.overHttp();
    const second = ladder.open();
    works(ladder.https.last);
    await ladder.clock.advance(FIRST_WAIT_MS);
    expect(ladder.webSockets.all).toHaveLength(2);
    ladder.webSockets.last.says(FIRST);
    expect([first.better, second.better, ladder.clock.waiting]).toEqual([1, 1, 0]);
  });

  it('R1 are not put off by connections that tried no WebSocket', async () => {
    const ladder = new Ladder();
    ladder.overHttp().socket.close();
    await ladder.clock.advance(FIRST_WAIT_MS - 1_000);
    ladder.open();
    works(ladder.https.last);
    await ladder.clock.advance(1_000);
    expect(ladder.webSockets.all).toHaveLength(2);
  });

  it('R3 are less eager when it is blocked again soon after it worked', async () => {
    const ladder = new Ladder();
    const seen = ladder.overHttp();
    await ladder.clock.advance(FIRST_WAIT_MS);
    ladder.webSockets.last.says(FIRST);
    seen.socket.close();
    ladder.overHttp();
    const count = ladder.webSockets.all.length;
    await ladder.clock.advance(2 * FIRST_WAIT_MS - 1);
    expect(ladder.webSockets.all).toHaveLength(count);
    await ladder.clock.advance(1);
    expect(ladder.webSockets.all).toHaveLength(count + 1);
  });

  it('R3 begin anew when it worked for long', async () => {
    const ladder = new Ladder();
    const seen = ladder.overHttp();
    await ladder.clock.advance(FIRST_WAIT_MS);
    ladder.webSockets.last.says(FIRST);
    seen.socket.close();
    await ladder.clock.advance(5 * 60_000);
    ladder.overHttp();
    const count = ladder.webSockets.all.length;
    await ladder.clock.advance(FIRST_WAIT_MS);
    expect(ladder.webSockets.all).toHaveLength(count + 1);
  });
});
