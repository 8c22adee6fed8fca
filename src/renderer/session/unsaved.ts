/**
 * What of what was typed here is not saved yet, and since when. A value and pure functions.
 *
 * R1  Saved: this connection has sent its sync-reply, and sent = received = saved, and no edit is outside of what was sent.
 * R2  At the relay: the same with received alone.
 * R3  What a connection did not see saved begins again with the next: only its sync-reply carries it anew.
 * R4  An edit that was not handed to the socket is carried by the next sync-reply of that connection or a later one.
 * R5  A relay that keeps nothing (`durable: false`) never saves.
 * R6  Numbers from a relay that cannot be (more saved than sent) are no proof of anything.
 * R7  What was seen saved stays so while nothing is edited, without a connection too; a connection that has sent its
 *     sync-reply proves it anew: the relay may have lost what it had.
 */
export interface Unsaved {
  /** Oldest first. `frame`: the number of the writing frame that carries it, of this connection; `undefined`: none yet. */
  readonly edits: readonly { readonly at: number; readonly frame: number | undefined }[];
  readonly line: Line | undefined;
  /** Whether everything was ever seen saved: since then, `edits` has what is not. */
  readonly everSaved: boolean;
}

interface Line {
  readonly durable: boolean;
  readonly sent: number;
  readonly received: number;
  readonly saved: number;
  readonly replySent: boolean;
}

export type UnsavedEvent =
  | { readonly type: 'connected'; readonly durable: boolean }
  | { readonly type: 'disconnected' }
  /** A writing frame was given to the socket. */
  | { readonly type: 'sent'; readonly frame: 'update' | 'sync-reply' }
  /** Someone typed here. `handedOver`: the update that was just sent is this edit. */
  | { readonly type: 'edited'; readonly at: number; readonly handedOver: boolean }
  | { readonly type: 'progress'; readonly received: number; readonly saved: number };

/** More are joined: the age stays that of the oldest, and it lasts as long as the youngest of them. */
const MOST_EDITS = 256;

/** @param since from the offline copy: when the oldest edit was made that was not saved the last time. */
export function startUnsaved(since: number | undefined, everSaved: boolean): Unsaved {
  return { edits: since === undefined ? [] : [{ at: since, frame: undefined }], line: undefined, everSaved };
}

export function foldUnsaved(state: Unsaved, event: UnsavedEvent): Unsaved {
  const { line } = state;
  switch (event.type) {
    case 'connected':
      return { ...state, edits: adrift(state), line: { durable: event.durable, sent: 0, received: 0, saved: 0, replySent: false } };
    case 'disconnected':
      return { ...state, edits: adrift(state), line: undefined };
    case 'edited':
      return { ...state, edits: withEdit(state.edits, event.at, event.handedOver && line !== undefined ? line.sent : undefined) };
    case 'sent': {
      if (line === undefined) return state;
      const sent = line.sent + 1;
      if (event.frame === 'update') return { ...state, line: { ...line, sent } };
      const edits = state.edits.map((edit) => (edit.frame === undefined ? { ...edit, frame: sent } : edit));
      return { ...state, edits, line: { ...line, sent, replySent: true } };
    }
    case 'progress': {
      if (line === undefined || event.received > line.sent || event.saved > event.received) return state;
      const received = Math.max(line.received, event.received);
      const saved = line.durable ? Math.max(line.saved, event.saved) : 0;
      // Until the sync-reply is sent, something older may be missing at the relay that these edits need.
      const edits = line.replySent ? state.edits.filter(({ frame }) => frame === undefined || frame > saved) : state.edits;
      const next = { ...state, edits, line: { ...line, received, saved } };
      return truthOf(next) === 'saved' ? { ...next, everSaved: true } : next;
    }
  }
}

export function truthOf({ edits, line, everSaved }: Unsaved): 'on-device' | 'at-relay' | 'saved' {
  if (line === undefined || !line.replySent) return everSaved && edits.length === 0 ? 'saved' : 'on-device';
  if (edits.some(({ frame }) => frame === undefined)) return 'on-device';
  if (line.received < line.sent) return 'on-device';
  return line.durable && line.saved === line.sent ? 'saved' : 'at-relay';
}

/** Whether this connection proves that everything is saved (R7). */
export function isSeenSaved(state: Unsaved): boolean {
  return state.line?.replySent === true && truthOf(state) === 'saved';
}

/** Writing frames of this connection that are not known to have arrived. */
export function framesUnderWay({ line }: Unsaved): number {
  return line === undefined ? 0 : line.sent - line.received;
}

/** When the oldest edit was made that is not saved; `undefined` when all are. */
export function unsavedSince({ edits }: Unsaved): number | undefined {
  return edits[0]?.at;
}

function adrift({ edits }: Unsaved): Unsaved['edits'] {
  const oldest = edits[0];
  return oldest === undefined ? [] : [{ at: oldest.at, frame: undefined }];
}

function withEdit(edits: Unsaved['edits'], at: number, frame: number | undefined): Unsaved['edits'] {
  const last = edits.at(-1);
  if (last !== undefined && (edits.length >= MOST_EDITS || last.frame === frame)) {
    return [...edits.slice(0, -1), { at: last.at, frame }];
  }
  return [...edits, { at, frame }];
}
