/** Puts together what goes over plain HTTP streams: reading, presence, and the way through networks that block WebSocket. */
import { randomBytes, randomInt } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Access } from './access/access';
import type { AttemptsPerMinute } from './access/attempts-per-minute';
import type { ClientAddresses } from './access/client-addresses';
import type { RelayLimits } from './rooms/limits';
import type { Log } from './rooms/ports';
import type { Rooms } from './rooms/rooms';
import { systemClock } from './system-clock';
import { EventStreams } from './transports/event-streams';
import { Feeds } from './transports/feeds';
import { FramesByPost } from './transports/frames-by-post';
import { Reading } from './transports/reading';
import { RoomStreams } from './transports/room-streams';
import { type RouteGuard, secretOf } from './transports/route-guard';
import { StreamParts } from './transports/stream-parts';

export interface RelayReadingOptions {
  readonly rooms: Rooms;
  readonly access: Access;
  readonly guard: RouteGuard;
  readonly limits: RelayLimits;
  readonly log: Log;
  /** How often each address may connect: one for all transports. */
  readonly rate: AttemptsPerMinute;
  readonly addresses: ClientAddresses;
  /** WebSocket connections. */
  webSockets(): number;
  /** How long a stream may live; an hour when left out. Milliseconds. */
  readonly lifetimeMs?: number;
}

export interface RelayReading {
  /** Open streams; each is a connection. */
  readonly streams: EventStreams;
  readonly writers: FramesByPost;
  addRoutes(app: FastifyInstance): Promise<void>;
}

export function openReading({
  rooms,
  access,
  guard,
  limits,
  log,
  rate,
  addresses,
  webSockets,
  lifetimeMs,
}: RelayReadingOptions): RelayReading {
  const clock = systemClock;
  const streams = new EventStreams({
    limits,
    clock,
    rate,
    addresses,
    otherConnections: webSockets,
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
  });
  const roomStreams = new RoomStreams({
    clock,
    log,
    randomId: () => randomInt(1, 2 ** 32),
    enter: (document, peerFor) => rooms.enter(document, peerFor),
  });
  const comerOf = guard.comerOf.bind(guard);
  const writers = new FramesByPost({ access, rooms: roomStreams, clock, limits, randomBytes, comerOf });
  const parts = new StreamParts({ rooms: roomStreams, feeds: rooms.feeds, writers });
  const reading = new Reading({ access, streams, parts, writers, comerOf });
  const feeds = new Feeds({ access, streams, parts, writers, log, secretOf, addressOf: guard.addressOf.bind(guard) });
  return {
    streams,
    writers,
    async addRoutes(app) {
      reading.serve(app);
      feeds.serve(app);
      await writers.serve(app);
    },
  };
}
