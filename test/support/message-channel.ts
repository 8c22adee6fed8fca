import type { MessageEnd, PageMessage, WorkerMessage } from '../../src/renderer/streams/port-messages';

/** One end of a channel. What is said to it while it sleeps arrives when it wakes; once it is dead, nothing does. */
export class FakeEnd implements MessageEnd {
  onmessage: ((event: never) => void) | null = null;
  isDead = false;
  other: FakeEnd | undefined;
  #isAsleep = false;
  readonly #arrived: unknown[] = [];

  postMessage(message: PageMessage | WorkerMessage): void {
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => this.other?.arrive(copy));
  }

  close(): void {
    this.isDead = true;
  }

  sleep(): void {
    this.#isAsleep = true;
  }

  wake(): void {
    this.#isAsleep = false;
    for (const data of this.#arrived.splice(0)) this.arrive(data);
  }

  arrive(data: unknown): void {
    if (this.isDead) return;
    if (this.#isAsleep) this.#arrived.push(data);
    else this.onmessage?.({ data } as never);
  }
}

export function fakeChannel(): { readonly page: FakeEnd; readonly worker: FakeEnd } {
  const [page, worker] = [new FakeEnd(), new FakeEnd()];
  page.other = worker;
  worker.other = page;
  return { page, worker };
}
