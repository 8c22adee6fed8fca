import { describe, expect, it } from 'vitest';
import { RemoteStreams } from '../../src/renderer/streams/remote-streams';
import { PING_MS, StreamHost } from '../../src/renderer/streams/stream-host';
import { FakeStreams } from '../support/fake-streams';
import { ManualClock } from '../support/manual-clock';
import { fakeChannel } from '../support/message-channel';
import { SeenStream, streamRequest } from '../support/seen-stream';

/** A browser: a worker, and pages that are connected to it. */
class Browser {
  readonly workerClock = new ManualClock();
  readonly inWorker = new FakeStreams();
  release: (lock: string) => void = () => undefined;
  readonly host = new StreamHost(this.inWorker.open, this.workerClock, (lock) => {
    const released = new Promise<void>((resolve) => {
      this.release = (name) => {
        if (name === lock) resolve();
      };
    });
    return released;
  });

  page({ hasWorker = true } = {}) {
    const channel = fakeChannel();
    const clock = new ManualClock();
    const here = new FakeStreams();
    const streams = new RemoteStreams({ port: channel.page, openHere: here.open, clock });
    if (hasWorker) this.host.connect(channel.worker);
    const open = (changes: Parameters<typeof streamRequest>[0] = {}) => new SeenStream(streams.open, streamRequest(changes));
    return { channel, clock, here, streams, open };
  }

  /** All messages that are on their way arrive. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function connected() {
  const browser = new Browser();
  const page = browser.page();
  await browser.settle();
  return { browser, page };
}

describe('streams of a page in a worker', () => {
  it('are opened with all that was asked, and tell everything', async () => {
    const { browser, page } = await connected();
    const request = { secret: 's3cret', kind: 'reader', lastEventId: 'm-1' } as const;
    const seen = page.open(request);
    await browser.settle();
    expect(browser.inWorker.last.request).toEqual(streamRequest(request));
    browser.inWorker.last.tells('reader', { presence: 7 });
    browser.inWorker.last.tells('frame', 'AAAA', 'm-2');
    browser.inWorker.last.ends({ type: 'refused', error: 'unauthorized', reason: 'No.' });
    await browser.settle();
    expect(seen.events).toEqual([
      { type: 'reader', data: '{"presence":7}', id: undefined },
      { type: 'frame', data: 'AAAA', id: 'm-2' },
    ]);
    expect([seen.ends, page.here.all, page.clock.waiting]).toEqual([[{ type: 'refused', error: 'unauthorized', reason: 'No.' }], [], 0]);
  });

  it('are asked whether they live, and closed, and then tell nothing', async () => {
    const { browser, page } = await connected();
    const [seen, other] = [page.open(), page.open({ document: 'notes' })];
    await browser.settle();
    const [stream, second] = browser.inWorker.all;
    seen.stream.probe?.();
    await browser.settle();
    expect([stream?.probes, second?.probes]).toEqual([1, 0]);
    stream?.tells('frame', 'AAAA');
    seen.stream.close();
    await browser.settle();
    expect([stream?.isClosed, second?.isClosed, seen.types]).toEqual([true, false, []]);
    other.stream.close();
    await browser.settle();
    expect([second?.isClosed, page.clock.waiting]).toEqual([true, 0]);
  });

  it('of several pages are kept apart', async () => {
    const browser = new Browser();
    const [one, two] = [browser.page(), browser.page()];
    const [first, second] = [one.open(), two.open()];
    await browser.settle();
    browser.inWorker.all[1]?.tells('reader');
    await browser.settle();
    expect([first.types, second.types]).toEqual([[], ['reader']]);
  });
});

describe('a page that is gone', () => {
  it('R1 has no streams any more once two pings were not answered, and keeps none of the others from theirs', async () => {
    const { browser, page } = await connected();
    const other = browser.page();
    page.open();
    other.open();
    await browser.settle();
    page.channel.page.isDead = true;
    for (let ping = 0; ping < 2; ping++) {
      browser.workerClock.tick(PING_MS);
      await browser.settle();
      expect(browser.inWorker.openOnes).toHaveLength(2);
    }
    browser.workerClock.tick(PING_MS);
    await browser.settle();
    expect(browser.inWorker.openOnes).toHaveLength(1);
    for (let ping = 0; ping < 10; ping++) {
      browser.workerClock.tick(PING_MS);
      await browser.settle();
    }
    expect(browser.inWorker.openOnes).toHaveLength(1);
  });

  it('R1 has none at once when its lock is free, and R3 the last one leaves no timer', async () => {
    const { browser, page } = await connected();
    page.streams.tellLock('page 1');
    page.open();
    await browser.settle();
    expect([browser.workerClock.waiting, browser.inWorker.openOnes.length]).toEqual([1, 1]);
    browser.release('page 1');
    await browser.settle();
    expect([browser.inWorker.openOnes, browser.workerClock.waiting]).toEqual([[], 0]);
  });

  it('R2 and was only asleep is told that its streams ended, and may open others', async () => {
    const { browser, page } = await connected();
    const seen = page.open();
    await browser.settle();
    page.channel.page.sleep();
    for (let ping = 0; ping < 3; ping++) {
      browser.workerClock.tick(PING_MS);
      await browser.settle();
    }
    expect([browser.inWorker.openOnes, seen.ends]).toEqual([[], []]);
    page.channel.page.wake();
    await browser.settle();
    expect(seen.ends).toMatchObject([{ type: 'lost' }]);
    page.open();
    await browser.settle();
    expect(browser.inWorker.openOnes).toHaveLength(1);
    expect(browser.workerClock.waiting).toBe(1);
  });
});

describe('a page without a worker', () => {
  it('R1 opens its streams itself after four seconds, and nobody notices', async () => {
    const browser = new Browser();
    const page = browser.page({ hasWorker: false });
    const [seen, closed] = [page.open({ secret: 's3cret' }), page.open()];
    closed.stream.close();
    page.clock.tick(3_999);
    expect(page.here.all).toEqual([]);
    page.clock.tick(1);
    expect(page.here.all.map(({ request }) => request.secret)).toEqual(['s3cret']);
    page.here.last.tells('reader');
    seen.stream.probe?.();
    expect([seen.types, seen.ends, page.here.last.probes, page.clock.waiting]).toEqual([['reader'], [], 1, 0]);
    page.open({ document: 'notes' });
    expect(page.here.last.request.document).toBe('notes');
    seen.stream.close();
    expect(page.here.openOnes).toHaveLength(1);
  });

  it('R1 leaves none of them in a worker that only was late', async () => {
    const browser = new Browser();
    const page = browser.page({ hasWorker: false });
    page.channel.worker.sleep();
    page.open();
    await browser.settle();
    page.clock.tick(4_000);
    expect(page.here.openOnes).toHaveLength(1);
    browser.host.connect(page.channel.worker);
    page.channel.worker.wake();
    await browser.settle();
    expect([browser.inWorker.all.length, browser.inWorker.openOnes]).toEqual([1, []]);
  });

  it('R1 opens them at once when it is told that there is none', async () => {
    const browser = new Browser();
    const page = browser.page({ hasWorker: false });
    page.open();
    page.streams.giveUp();
    page.streams.giveUp();
    expect([page.here.openOnes.length, page.clock.waiting]).toEqual([1, 0]);
  });

  it('R2 because it died loses its streams, and opens what comes back itself', async () => {
    const { browser, page } = await connected();
    const seen = page.open();
    await browser.settle();
    browser.inWorker.last.tells('reader');
    await browser.settle();
    page.channel.worker.isDead = true;
    page.clock.tick(35_000);
    expect(seen.ends).toEqual([]);
    page.clock.tick(5_000);
    expect(seen.ends).toMatchObject([{ type: 'lost' }]);
    page.open();
    expect([page.here.openOnes.length, page.clock.waiting]).toEqual([1, 0]);
  });

  it('R2 is not what a page has that slept: the worker answers', async () => {
    const { browser, page } = await connected();
    const seen = page.open();
    await browser.settle();
    page.clock.tick(35_000);
    await browser.settle();
    page.clock.tick(5_000);
    await browser.settle();
    expect([seen.ends, page.here.all]).toEqual([[], []]);
    for (let time = 0; time < 20; time++) {
      browser.workerClock.tick(PING_MS);
      await browser.settle();
      page.clock.tick(PING_MS);
      await browser.settle();
    }
    expect([seen.ends, page.clock.waiting]).toEqual([[], 1]);
  });
});
