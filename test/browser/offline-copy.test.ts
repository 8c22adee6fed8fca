import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { getChromium } from '../../scripts/get-chromium.mjs';
import { CHROMIUM_FLAGS, describeWithChromium } from '../support/chromium';
import { until } from '../support/condition';
import { type ServedPage, servePage } from '../support/served-page';

let served: ServedPage;
let tests = 0;
/** Of each test its own: in the same profile, nothing is kept for it yet. */
let origin: string;
let profile: string;
let context: BrowserContext;

async function launch(): Promise<void> {
  context = await chromium.launchPersistentContext(profile, { executablePath: await getChromium(), args: [...CHROMIUM_FLAGS] });
}

async function openPage(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin);
  await page.evaluate(async () => {
    window.opened = await window.openCopy();
  });
  return page;
}

const textIn = (page: Page) => page.evaluate(() => window.opened.text.toString());
const write = (page: Page, text: string) =>
  page.evaluate(async (added) => {
    window.opened.text.insert(window.opened.text.length, added);
    await window.opened.copy.flush();
  }, text);

async function kill9(): Promise<void> {
  const devtools = await context.browser()?.newBrowserCDPSession();
  const pid = (await devtools?.send('SystemInfo.getProcessInfo'))?.processInfo.find(({ type }) => type === 'browser')?.id;
  if (pid === undefined) throw new Error('the browser does not say which process it is');
  const gone = new Promise((done) => context.once('close', done));
  process.kill(pid, 'SIGKILL');
  await gone;
  rmSync(join(profile, 'SingletonLock'), { force: true });
}

await describeWithChromium('the offline copy', () => {
  beforeAll(async () => {
    served = await servePage('offline-copy-page/page.ts');
    profile = mkdtempSync(join(tmpdir(), 'weft-profile-'));
    await launch();
  });
  beforeEach(() => {
    origin = served.origin.replace('127.0.0.1', `test-${++tests}.localhost`);
  });
  afterEach(async () => {
    // The last page would take the browser with it.
    await context.newPage();
    for (const page of context.pages().slice(0, -1)) await page.close();
  });
  afterAll(async () => {
    served.close();
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  it('R1 has what it confirmed after the browser is killed', async () => {
    const page = await openPage();
    await write(page, 'confirmed');
    await kill9();
    await launch();
    const again = await openPage();
    expect(await textIn(again)).toBe('confirmed');
    expect(await again.evaluate(() => window.opened.copy.found.unsavedSince)).toBe(42);
  });

  it('R1 calls nothing kept before it is confirmed, and everything after that', async () => {
    const page = await openPage();
    const told = await page.evaluate(async () => {
      const { copy, text, storage, key } = window.opened;
      const states: string[] = [copy.health.current.state];
      const done = new Promise<string>((resolve) => {
        copy.health.subscribe(({ state }) => {
          states.push(state);
          // Whoever opens the copy now finds all of it.
          if (state === 'working') void storage.copies.open(key).then(({ found }) => resolve(window.textOf(found.update)));
        });
      });
      for (const letter of 'abc') {
        text.insert(text.length, letter);
        states.push(copy.health.current.state);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      return { found: await done, states: [...new Set(states)] };
    });
    expect(told).toEqual({ found: 'abc', states: ['working', 'writing'] });
  });

  it('R3 loses nothing of two windows that write at once', async () => {
    const [one, two] = [await openPage(), await openPage()];
    const burst = (page: Page, letter: string) =>
      page.evaluate(async (added) => {
        for (let index = 0; index < 200; index++) {
          window.opened.text.insert(0, added);
          if (index % 20 === 0) await window.opened.copy.flush();
        }
        await window.opened.copy.close();
      }, letter);
    await Promise.all([burst(one, 'a'), burst(two, 'b')]);
    const text = await textIn(await openPage());
    expect([...text].sort().join('')).toBe('a'.repeat(200) + 'b'.repeat(200));
  });

  it('R2 says so when the device is full, and writes it once there is room', async () => {
    const devtools = await context.newCDPSession(await context.newPage());
    // Before anything is opened: the browser remembers for a while how much room there was.
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100_000 });
    const page = await openPage();
    const failed = await page.evaluate(async () => {
      window.opened.text.insert(0, 'x'.repeat(5_000_000));
      return await window.opened.copy.flush().then(
        () => 'written',
        () => window.opened.copy.health.current,
      );
    });
    expect(failed).toEqual({ state: 'failing', reason: expect.stringContaining('no room') });
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    await until('it is written', () => page.evaluate(() => window.opened.copy.health.current.state === 'working'), 15_000);
    expect((await textIn(await openPage())).length).toBe(5_000_000);
  });

  it('R4 replaces in one step, and a window that has the old document writes nothing into the new one', async () => {
    const [one, two] = [await openPage(), await openPage()];
    await write(one, 'old');
    await one.evaluate(async () => {
      const doc = new window.Y.Doc();
      doc.getText('content').insert(0, 'new');
      const kept = { id: 'k', document: window.opened.key.document, title: '', text: 'old', keptAt: 1 };
      await window.opened.copy.replace(window.encode(doc), kept);
    });
    await write(two, 'late');
    expect(await two.evaluate(() => window.opened.copy.health.current.state)).toBe('outdated');
    const again = await openPage();
    expect(await textIn(again)).toBe('new');
    expect(await again.evaluate(() => window.opened.copy.found.keptText?.text)).toBe('old');
  });

  it('R4 keeps what another window had typed, and left, before the document was replaced', async () => {
    const [one, two] = [await openPage(), await openPage()];
    await write(one, 'typed here');
    await write(two, 'typed there');
    await two.close();
    await one.evaluate(async () => {
      const doc = new window.Y.Doc();
      doc.getText('content').insert(0, 'new');
      const kept = { id: 'k', document: window.opened.key.document, title: '', text: 'typed here', keptAt: 1 };
      await window.opened.copy.replace(window.encode(doc), kept);
    });
    const again = await openPage();
    expect(await textIn(again)).toBe('new');
    const texts = await again.evaluate(() => window.opened.storage.kept.list.current.map(({ text }) => text));
    expect(texts).toHaveLength(2);
    expect(texts).toContain('typed here');
    expect(texts.find((text) => text.includes('typed there'))).toBeDefined();
    // What it had seen needs no second copy.
    await again.evaluate(() => window.opened.copy.replace(window.encode(new window.Y.Doc()), undefined));
    expect(await (await openPage()).evaluate(() => window.opened.storage.kept.list.current.length)).toBe(2);
  });

  it('knows across restarts what was seen saved, and what was typed since', async () => {
    const page = await openPage();
    const found = async () => {
      const { everSaved, unsavedSince } = await (await openPage()).evaluate(() => window.opened.copy.found);
      return { everSaved, unsavedSince };
    };
    await write(page, 'typed');
    expect(await found()).toEqual({ everSaved: false, unsavedSince: 42 });
    await page.evaluate(async () => {
      window.opened.copy.markSaved();
      await window.opened.copy.flush();
    });
    expect(await found()).toEqual({ everSaved: true, unsavedSince: undefined });
    await write(page, 'more');
    expect(await found()).toEqual({ everSaved: true, unsavedSince: 42 });
  });

  it('moves to another key with everything, joined with what is there', async () => {
    const page = await openPage();
    await write(page, 'there ');
    await page.evaluate(async () => {
      window.opened.copy.markSaved();
      await window.opened.copy.close();
    });
    const text = await page.evaluate(async () => {
      const early = await window.openCopy('http://origin');
      early.text.insert(0, 'moved ');
      early.copy.markComplete();
      const moved = await early.storage.copies.move(early.copy, window.opened.key);
      if (moved.found.update === undefined) throw new Error('nothing was found');
      window.Y.applyUpdate(early.doc, moved.found.update);
      const left = await early.storage.copies.open({ ...window.opened.key, relay: 'http://origin' });
      return { ...moved.found, update: undefined, text: early.text.toString(), left: left.found.update, key: moved.key.relay };
    });
    expect(text).toMatchObject({ key: 'a-relay', complete: true, everSaved: true, unsavedSince: 42, left: undefined });
    expect(text.text.split(' ').sort()).toEqual(['', 'moved', 'there']);
    expect((await textIn(await openPage())).split(' ').sort()).toEqual(['', 'moved', 'there']);
  });

  it('stays where it is, and goes on, when it cannot be moved', async () => {
    const page = await openPage();
    await write(page, 'before ');
    await page.evaluate(async () => {
      const { storage, copy, doc, text, key } = window.opened;
      const nowhere = { ...key, relay: Symbol('no key') as unknown as string };
      const stayed = await storage.copies.move(copy, nowhere);
      if (stayed.key.relay !== key.relay) throw new Error('it went elsewhere');
      doc.on('update', (update: Uint8Array) => stayed.append(update, 42));
      text.insert(text.length, 'after');
      await stayed.flush();
    });
    expect(await textIn(await openPage())).toBe('before after');
  });

  it('keeps the list of documents, and forgets one with its copies, also for other windows', async () => {
    const [one, two] = [await openPage(), await openPage()];
    await write(one, 'text');
    const listIn = (page: Page) =>
      page.evaluate(() => window.opened.storage.recent.list.current.map(({ title, openedAt }) => `${title} ${openedAt}`));
    const remember = (title: string, document: string, openedAt: number) =>
      one.evaluate(
        async (entry) => {
          const { recent } = window.opened.storage;
          const address = { relay: 'http://origin', document: entry.document as typeof window.opened.key.document, secret: '' };
          await recent.remember({ address, relayId: 'a-relay', title: entry.title, openedAt: entry.openedAt });
        },
        { title, document, openedAt },
      );
    await remember('first', 'a-document', 1);
    await remember('other', 'b-document', 2);
    await remember('renamed', 'a-document', 3);
    await until('the other window has it', async () => (await listIn(two)).join() === 'renamed 3,other 2');
    expect(await listIn(await openPage())).toEqual(['renamed 3', 'other 2']);
    await two.evaluate(() =>
      window.opened.storage.recent.forget({ relay: 'http://origin', document: window.opened.key.document, secret: '' }),
    );
    await until('the other window has forgotten it', async () => (await listIn(one)).join() === 'other 2');
    const found = await two.evaluate(async () => (await window.openCopy()).copy.found.update);
    expect(found).toBe(undefined);
  });

  it('keeps no secret in the list of documents, and takes out what an earlier version left there', async () => {
    const stored = (page: Page, work: 'read' | 'write') =>
      page.evaluate(async (wanted) => {
        const settled = <Value>(request: IDBRequest<Value>) =>
          new Promise<Value>((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
          });
        const database = await settled(indexedDB.open('weft'));
        const store = database.transaction('recent', 'readwrite').objectStore('recent');
        if (wanted === 'write') {
          const address = { relay: 'http://origin', document: 'old', secret: 'a-secret-of-old' };
          await settled(store.put({ address, relayId: 'a-relay', title: 'old', openedAt: 1 }, ['http://origin', 'old']));
        }
        const all = JSON.stringify(await settled(store.getAll()));
        database.close();
        return all;
      }, work);
    const one = await openPage();
    await one.evaluate(async () => {
      const address = { relay: 'http://origin', document: window.key.document, secret: 'a-secret-of-now' };
      await window.opened.storage.recent.remember({ address, relayId: 'a-relay', title: 'now', openedAt: 2 });
    });
    expect(await stored(one, 'write')).toContain('a-secret-of-old');
    const two = await openPage();
    const listed = await two.evaluate(() => window.opened.storage.recent.list.current);
    expect(listed.map(({ title, address }) => [title, address.secret])).toEqual([
      ['now', ''],
      ['old', ''],
    ]);
    const left = await stored(two, 'read');
    expect(left).toContain('"old"');
    expect(left).not.toContain('a-secret');
  });

  it('keeps texts of replaced documents until they are let go, in all windows', async () => {
    const [one, two] = [await openPage(), await openPage()];
    const keptIn = (page: Page) => page.evaluate(() => window.opened.storage.kept.list.current.map(({ text }) => text));
    await one.evaluate(async () => {
      const { storage, key } = window.opened;
      await storage.kept.keep({ id: 'k1', document: key.document, title: '', text: 'older', keptAt: 1 });
      await storage.kept.keep({ id: 'k2', document: key.document, title: '', text: 'newer', keptAt: 2 });
    });
    await until('the other window has them', async () => (await keptIn(two)).join() === 'newer,older');
    expect(await (await openPage()).evaluate(() => window.opened.copy.found.keptText?.text)).toBe('newer');
    await two.evaluate(() => window.opened.storage.kept.letGo('k2'));
    await until('the first window has let go', async () => (await keptIn(one)).join() === 'older');
    expect(await (await openPage()).evaluate(() => window.opened.copy.found.keptText?.text)).toBe('older');
  });

  it('R5 leaves no byte of what was forgotten, even when a window still writes', async () => {
    const page = await openPage();
    await write(page, 'secret');
    await page.evaluate(() => window.opened.storage.copies.forget(window.opened.key));
    await write(page, 'more');
    const left = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((done) => {
        const request = indexedDB.open('weft');
        request.onsuccess = () => done(request.result);
      });
      const counts = ['copies', 'updates', 'unsaved'].map(
        (name) =>
          new Promise<number>((done) => {
            const request = database.transaction(name).objectStore(name).count();
            request.onsuccess = () => done(request.result);
          }),
      );
      return await Promise.all(counts);
    });
    expect(left).toEqual([0, 0, 0]);
  });
});
