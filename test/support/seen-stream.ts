import type { OpenStream, Stream, StreamEnd, StreamRequest, StreamWatcher } from '../../src/renderer/streams/event-stream';
import { decodeFrame, type Frame } from '../../src/shared/protocol/frames';
import { parseDocumentId } from '../../src/shared/protocol/routes';
import { until } from './condition';

/** One that asks for little. */
export function streamRequest({
  document = 'paper',
  ...changes
}: Partial<Omit<StreamRequest, 'document'>> & { document?: string } = {}): StreamRequest {
  const id = parseDocumentId(document);
  if (id === undefined) throw new Error(`no document id: ${document}`);
  return {
    relay: 'http://relay.test',
    kind: 'reader',
    secret: undefined,
    reader: { name: 'Ada', color: '#112233' },
    lastEventId: undefined,
    ...changes,
    document: id,
  };
}

/** A stream of which everything is kept. */
export class SeenStream implements StreamWatcher {
  readonly events: { readonly type: string; readonly data: string; readonly id: string | undefined }[] = [];
  readonly ends: StreamEnd[] = [];
  readonly stream: Stream;

  constructor(open: OpenStream, request: StreamRequest) {
    this.stream = open(request, this);
  }

  onEvent(type: string, data: string, id: string | undefined): void {
    this.events.push({ type, data, id });
  }

  onEnd(end: StreamEnd): void {
    this.ends.push(end);
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  get lastEventId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  frames(): Frame[] {
    return this.events.filter(({ type }) => type === 'frame').map(({ data }) => decodeFrame(new Uint8Array(Buffer.from(data, 'base64'))));
  }

  async has(type: string, count = 1): Promise<this> {
    await until(
      `${count} × ${type}, not ${this.types} ${JSON.stringify(this.ends)}`,
      () => this.types.filter((each) => each === type).length >= count,
    );
    return this;
  }

  async ended(timeoutMs?: number): Promise<StreamEnd> {
    await until('the stream ends', () => this.ends.length > 0, timeoutMs);
    return this.ends[0] as StreamEnd;
  }
}
