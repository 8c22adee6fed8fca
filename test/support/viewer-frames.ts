/** What somebody who may only read might send all the same: every type of frame, whole or broken. */
import * as Y from 'yjs';
import { encodeVarUint, type Frame } from '../../src/shared/protocol/frames';
import { encodeAwareness } from '../../src/shared/protocol/presence';
import { below, pick } from './random';

const update = Y.encodeStateAsUpdate(
  (() => {
    const doc = new Y.Doc();
    doc.clientID = 4711;
    doc.getText('content').insert(0, 'by a viewer');
    return doc;
  })(),
);

/** One of each. */
export const FRAMES: Readonly<Record<Frame['type'], Frame>> = {
  'sync-request': { type: 'sync-request', stateVector: Uint8Array.of(0) },
  'sync-reply': { type: 'sync-reply', update },
  update: { type: 'update', update },
  awareness: { type: 'awareness', entries: encodeAwareness([{ id: 4711, clock: 1, state: '{"user":{"name":"Vera"}}' }]) },
  'query-awareness': { type: 'query-awareness' },
  progress: { type: 'progress', received: 1, saved: 1 },
  notice: { type: 'notice', notice: { type: 'role', role: 'editor' } },
};

/** Some of: a byte changed, a piece cut out, numbers longer than needed, another frame's beginning. */
export function mutated(frame: Uint8Array, random: () => number): Uint8Array {
  const bytes = [...frame];
  // Non-minimal: 0 as 80 00, 2 as 82 00.
  if (random() < 0.3) bytes.splice(0, 1, (bytes[0] ?? 0) | 0x80, 0);
  if (random() < 0.3) bytes.splice(1, 1, (bytes[1] ?? 0) | 0x80, 0);
  if (random() < 0.5) bytes[below(random, bytes.length)] = below(random, 256);
  if (random() < 0.2) bytes.splice(below(random, bytes.length), 1 + below(random, 4));
  if (random() < 0.2) bytes.splice(0, 2, pick(random, [0, 1, 2, 3]), pick(random, [0, 1, 2]), ...encodeVarUint(below(random, 300)));
  return Uint8Array.from(bytes);
}
