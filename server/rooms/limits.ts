/** Everything that grows has a limit with a name; each is a flag of the relay. Bytes, milliseconds, counts. */
export interface RelayLimits {
  /** A document after compaction; also the largest update and the largest sync-reply. Bytes. */
  readonly documentBytes: number;
  /** Structs in one update; a long offline edit is one sync-reply of many. */
  readonly updateStructs: number;
  /** Client ids in one update. */
  readonly updateClients: number;
  /** Client ids in one document, over its whole life. */
  readonly documentClients: number;
  /** An awareness frame that is not all foreign entries. Bytes. */
  readonly awarenessBytes: number;
  /** People and programs in one document at once. */
  readonly roomPeers: number;
  /** WebSocket connections of the whole relay. */
  readonly connections: number;
  /** New connections from one address in a minute. */
  readonly connectsPerMinute: number;
  /** Wrong secrets from one address in a minute; then it has to wait. */
  readonly failuresPerMinute: number;
  /** Messages a second that are read from one connection, and how many may come in a burst. Beyond: reading pauses. */
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  /** Bytes a second that are read from one connection, and how many may come in a burst. Beyond: reading pauses. */
  readonly bytesPerSecond: number;
  readonly bytesBurst: number;
  /** Pings a second from one connection; a flood closes it. */
  readonly pingsPerSecond: number;
  /** Sync-requests a minute that one connection gets the whole document for. */
  readonly fullSyncsPerMinute: number;
  /** Unsent bytes of one connection: from here on it gets no live frames, but the difference once it has caught up. */
  readonly laggingBytes: number;
  /** Unsent bytes of one connection that end it. */
  readonly stuckBytes: number;
  /** Between two pings; a connection that is silent for two of them is dead. */
  readonly pingMs: number;
  /** A client hears at least this often, else stock clients reconnect (after 30 s). */
  readonly beatMs: number;
  /** A held client id whose holder does not answer a ping within this is free. */
  readonly holderMs: number;
  /** How long an empty room stays in memory. */
  readonly graceMs: number;
  /** Between two presence frames to a peer. */
  readonly presenceMs: number;
}

export const DEFAULT_LIMITS: RelayLimits = {
  documentBytes: 10 * 1024 * 1024,
  updateStructs: 1_000_000,
  updateClients: 1_000,
  documentClients: 20_000,
  awarenessBytes: 16 * 1024,
  roomPeers: 1_000,
  connections: 5_000,
  connectsPerMinute: 120,
  failuresPerMinute: 30,
  messagesPerSecond: 200,
  messagesBurst: 2_000,
  bytesPerSecond: 1024 * 1024,
  bytesBurst: 32 * 1024 * 1024,
  pingsPerSecond: 20,
  fullSyncsPerMinute: 12,
  laggingBytes: 1024 * 1024,
  stuckBytes: 24 * 1024 * 1024,
  pingMs: 15_000,
  beatMs: 15_000,
  holderMs: 5_000,
  graceMs: 30_000,
  presenceMs: 50,
};

/** `--no-limits`: for measuring. What keeps the relay correct (times, the lagging threshold) stays. */
export const NO_LIMITS: RelayLimits = {
  ...DEFAULT_LIMITS,
  documentBytes: 1024 * 1024 * 1024,
  updateStructs: 2 ** 31,
  updateClients: 2 ** 31,
  documentClients: 2 ** 31,
  awarenessBytes: 1024 * 1024,
  roomPeers: 2 ** 31,
  connections: 2 ** 31,
  connectsPerMinute: 2 ** 31,
  failuresPerMinute: 2 ** 31,
  messagesPerSecond: 2 ** 31,
  messagesBurst: 2 ** 31,
  bytesPerSecond: 2 ** 40,
  bytesBurst: 2 ** 40,
  pingsPerSecond: 2 ** 31,
  fullSyncsPerMinute: 2 ** 31,
};
