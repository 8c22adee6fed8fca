import type { OpenStream, StreamEnd, StreamRequest, StreamWatcher } from '../../src/renderer/streams/event-stream';
import { encodeFrame, type Frame } from '../../src/shared/protocol/frames';

/** A stream whose other end is the test. */
export class FakeStream {
  readonly request: StreamRequest;
  isClosed = false;
  probes = 0;
  readonly #watcher: StreamWatcher;

  constructor(request: StreamRequest, watcher: StreamWatcher) {
    this.request = request;
    this.#watcher = watcher;
  }

  tells(type: string, data: unknown = {}, id?: string): void {
    if (!this.isClosed) this.#watcher.onEvent(type, typeof data === 'string' ? data : JSON.stringify(data), id);
  }

  frame(frame: Frame | Uint8Array, id?: string): void {
    const bytes = frame instanceof Uint8Array ? frame : encodeFrame(frame);
    this.tells('frame', Buffer.from(bytes).toString('base64'), id);
  }

  ends(end: StreamEnd): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#watcher.onEnd(end);
  }
}

/** Opens fake streams and keeps them, oldest first. */
export class FakeStreams {
  readonly all: FakeStream[] = [];

  readonly open: OpenStream = (request, watcher) => {
    const stream = new FakeStream(request, watcher);
    this.all.push(stream);
    return {
      probe: () => {
        stream.probes++;
      },
      close: () => {
        stream.isClosed = true;
      },
    };
  };

  get last(): FakeStream {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error('no stream was opened');
    return last;
  }

  get openOnes(): FakeStream[] {
    return this.all.filter(({ isClosed }) => !isClosed);
  }
}
