/** A relay that does one thing wrong, once: what a bench must not miss. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { findMark, numberOf, writeMark, writerOf } from '../../src/generator/edit-mark.ts';

/** `swap`: two edits of one writer arrive the other way round. `change`: an edit arrives as another one. */
export type Crookedness = 'none' | 'drop' | 'double' | 'swap' | 'change' | 'hang-up';

export interface CrookedRelay {
  readonly port: number;
  /** How often it did wrong. */
  readonly wrongs: () => number;
  end(): Promise<void>;
}

/** Passes everything on to everyone else, but for one edit on its way to one member. */
export async function startCrookedRelay(crookedness: Crookedness, wrongNumber = 3): Promise<CrookedRelay> {
  const members = new Set<WebSocket>();
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  let wrongs = 0;
  let held: Buffer | undefined;

  /** What a member is sent in the place of a message. */
  const passOn = (message: Buffer): readonly Buffer[] => {
    const mark = findMark(message, 0, message.length);
    if (crookedness === 'none' || mark === -1 || writerOf(message, mark) !== 0) return [message];
    if (held !== undefined) {
      const first = held;
      held = undefined;
      return [message, first];
    }
    if (wrongs > 0 || numberOf(message, mark) !== wrongNumber) return [message];
    wrongs++;
    switch (crookedness) {
      case 'drop':
        return [];
      case 'double':
        return [message, message];
      case 'swap':
        held = message;
        return [];
      case 'change': {
        const changed = Buffer.from(message);
        writeMark(changed, mark, 0, wrongNumber + 1, 0);
        return [changed];
      }
      case 'hang-up':
        return [];
    }
  };

  sockets.on('connection', (socket) => {
    members.add(socket);
    socket.on('message', (message: Buffer) => {
      const others = [...members].filter((member) => member !== socket);
      for (const [index, other] of others.entries()) {
        const before = wrongs;
        for (const each of index === 0 ? passOn(message) : [message]) other.send(each);
        if (crookedness === 'hang-up' && wrongs > before) other.terminate();
      }
    });
    socket.on('close', () => members.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    wrongs: () => wrongs,
    end: async () => {
      for (const member of members) member.terminate();
      await new Promise((resolve) => sockets.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
