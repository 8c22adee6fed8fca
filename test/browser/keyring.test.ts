import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Key } from '../../src/renderer/documents/keyring';
import { describeWithChromium, launchChromium } from '../support/chromium';
import { type ServedPage, servePage } from '../support/served-page';

let served: ServedPage;
let browser: Browser;
let context: BrowserContext;
const warned: string[] = [];

const relay = 'http://relay.test:4321';
const own: Key = { secret: 'owner-secret', isUnclaimed: false, link: undefined, role: 'editor', isOwner: true };
const other: Key = { secret: 'other-secret', isUnclaimed: true, link: 'a-link', role: 'viewer', isOwner: false };

async function openPage(): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => warned.push(message.text()));
  await page.goto(served.origin);
  return page;
}

await describeWithChromium('the keyring', () => {
  beforeAll(async () => {
    served = await servePage('offline-copy-page/page.ts');
    browser = await launchChromium();
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    warned.splice(0);
  });
  afterAll(async () => {
    await browser.close();
    served.close();
  });

  it('keeps keys, link secrets and relay keys, each in its place', async () => {
    const place = { relay, document: 'a' };
    await (await openPage()).evaluate(
      async ({ place, own, other }) => {
        const { keyring } = await window.openStorage();
        const at = (document: string) => ({ ...place, document: document as typeof window.key.document });
        await keyring.keep(at('a'), own);
        await keyring.keep(at('ab'), other);
        await keyring.keepLinkSecret(at('a'), 'l1', 's1');
        await keyring.keepLinkSecret(at('a'), 'l2', 's2');
        await keyring.keepLinkSecret(at('ab'), 'l1', 's3');
        await keyring.keepRelayKey(place.relay, 'the key');
      },
      { place, own, other },
    );
    const read = (page: Page) =>
      page.evaluate(async (relay) => {
        const { keyring } = await window.openStorage();
        const at = (document: string) => ({ relay, document: document as typeof window.key.document });
        return {
          a: await keyring.find(at('a')),
          ab: await keyring.find(at('ab')),
          none: await keyring.find(at('b')),
          links: [...(await keyring.linkSecrets(at('a')))],
          others: [...(await keyring.linkSecrets(at('ab')))],
          relay: await keyring.relayKey(relay),
          noRelay: await keyring.relayKey('http://another.test'),
        };
      }, relay);
    const page = await openPage();
    expect(await read(page)).toEqual({
      a: own,
      ab: other,
      none: undefined,
      links: [
        ['l1', 's1'],
        ['l2', 's2'],
      ],
      others: [['l1', 's3']],
      relay: 'the key',
      noRelay: undefined,
    });
    await page.evaluate(async (relay) => {
      const { keyring } = await window.openStorage();
      await keyring.forget({ relay, document: 'a' as typeof window.key.document });
    }, relay);
    expect(await read(page)).toMatchObject({ a: undefined, ab: other, links: [], others: [['l1', 's3']], relay: 'the key' });
  });

  it('notes that a secret is refused, while it is the one that is kept', async () => {
    const keys = await (await openPage()).evaluate(
      async ({ relay, own }) => {
        const { keyring } = await window.openStorage();
        const place = { relay, document: window.key.document };
        await keyring.noteRefused(place, own.secret);
        const nothing = await keyring.find(place);
        await keyring.keep(place, own);
        await keyring.noteRefused(place, 'another');
        const untouched = await keyring.find(place);
        await keyring.noteRefused(place, own.secret);
        return { nothing, untouched, noted: await keyring.find(place) };
      },
      { relay, own },
    );
    expect(keys).toEqual({ nothing: undefined, untouched: own, noted: { ...own, isRefused: true } });
  });

  it('lets two windows make one key for a document, not two', async () => {
    const pages = [await openPage(), await openPage()];
    const make = (page: Page, secret: string) =>
      page.evaluate(
        async ({ relay, own, secret }) => {
          const { keyring } = await window.openStorage();
          return await keyring.keepFirst({ relay, document: window.key.document }, { ...own, secret });
        },
        { relay, own, secret },
      );
    const made = await Promise.all(pages.map((page, index) => make(page, `secret ${index}`)));
    expect(made[0]?.secret).toBe(made[1]?.secret);
    expect(await make(await openPage(), 'late')).toEqual(made[0]);
  });

  it('R1 gives what was kept for an address to the relay that is met there first, and to no other', async () => {
    const seen = await (await openPage()).evaluate(
      async ({ relay, own, other }) => {
        const { keyring, relays } = await window.openStorage();
        const { document } = window.key;
        await keyring.keep({ relay, document }, own);
        await keyring.keepLinkSecret({ relay, document }, 'l', 's');
        await keyring.keepRelayKey(relay, 'the key');
        await relays.remember(relay, 'r1');
        const byId = [
          await keyring.find({ relay: 'r1', document }),
          await keyring.find({ relay, document }),
          [...(await keyring.linkSecrets({ relay: 'r1', document }))],
          await keyring.relayKey('r1'),
        ];
        // It moves.
        await relays.remember('http://elsewhere.test', 'r1');
        const elsewhere = await keyring.find({ relay: 'http://elsewhere.test', document });
        await relays.remember(relay, 'r2');
        const byStranger = [
          await keyring.find({ relay, document }),
          await keyring.find({ relay: 'r2', document }),
          await keyring.relayKey(relay),
          [...(await keyring.linkSecrets({ relay, document }))],
        ];
        await keyring.keep({ relay: 'r2', document }, other);
        return { byId, elsewhere, byStranger, still: await keyring.find({ relay: 'r1', document }) };
      },
      { relay, own, other },
    );
    expect(seen).toEqual({
      byId: [own, own, [['l', 's']], 'the key'],
      elsewhere: own,
      byStranger: [undefined, undefined, undefined, []],
      still: own,
    });
  });

  it('forgets the key with the document', async () => {
    const left = await (await openPage()).evaluate(
      async ({ relay, own }) => {
        const { keyring, recent, relays } = await window.openStorage();
        const { document } = window.key;
        await relays.remember(relay, 'r1');
        await keyring.keep({ relay, document }, own);
        await recent.remember({ address: { relay, document, secret: '' }, relayId: 'r1', title: '', openedAt: 1 });
        await recent.forget({ relay, document, secret: '' });
        return await keyring.find({ relay, document });
      },
      { relay, own },
    );
    expect(left).toBe(undefined);
  });

  it('stays with the documents of a relay that moved: they are listed under its new address', async () => {
    const page = await openPage();
    const seen = await page.evaluate(
      async ({ relay, own }) => {
        const { keyring, recent, relays } = await window.openStorage();
        const at = (origin: string, document: string) => ({ relay: origin, document: document as typeof window.key.document, secret: '' });
        const entry = (origin: string, document: string, relayId: string, openedAt: number) => ({
          address: at(origin, document),
          relayId,
          title: `${document}${openedAt}`,
          openedAt,
        });
        await relays.remember(relay, 'r1');
        await keyring.keep(at(relay, 'a'), own);
        for (const [origin, document, relayId, openedAt] of [
          [relay, 'a', 'r1', 1],
          [relay, 'b', 'r1', 2],
          ['http://new.test', 'b', 'r1', 3],
          [relay, 'c', 'r2', 4],
        ] as const)
          await recent.remember(entry(origin, document, relayId, openedAt));
        await relays.remember('http://new.test', 'r1');
        await recent.moveTo({ relay: 'http://new.test', relayId: 'r1' }, ({ relayId }) => relayId === 'r1');
        return await keyring.find(at('http://new.test', 'a'));
      },
      { relay, own },
    );
    expect(seen).toEqual(own);
    const listed = await (await openPage()).evaluate(async () => {
      const { recent } = await window.openStorage();
      return recent.list.current.map(({ address, title }) => `${address.relay} ${title}`);
    });
    expect(listed).toEqual([`${relay} c4`, 'http://new.test b3', 'http://new.test a1']);
  });

  it('R2 rejects what it cannot keep, without a word of it', async () => {
    const page = await openPage();
    const message = await page.evaluate(
      async ({ relay, own }) => {
        const { keyring } = await window.openStorage();
        // What cannot be cloned stands for everything that goes wrong.
        const key = { ...own, role: (() => undefined) as unknown as typeof own.role };
        return await keyring.keep({ relay, document: window.key.document }, key).then(
          () => 'kept',
          (error: unknown) => String(error),
        );
      },
      { relay, own },
    );
    expect(message).toMatch(/^KeyNotKept: This device cannot keep/);
    expect([message, ...warned].join()).not.toContain(own.secret);
  });

  it('comes to a database of the first version, which keeps all that it has', async () => {
    const page = await openPage();
    const found = await page.evaluate(async () => {
      const first = await new Promise<IDBDatabase>((done, fail) => {
        const request = indexedDB.open('weft', 1);
        request.onupgradeneeded = () => {
          for (const name of ['copies', 'updates', 'unsaved', 'kept', 'recent', 'relays']) request.result.createObjectStore(name);
        };
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
      });
      // As a window of that version: it gives way.
      first.onversionchange = () => first.close();
      const { relay, document } = window.key;
      const doc = new window.Y.Doc();
      doc.getText('content').insert(0, 'from before');
      const transaction = first.transaction(['copies', 'updates', 'unsaved', 'kept', 'recent', 'relays'], 'readwrite');
      const put = (store: string, value: unknown, key: IDBValidKey) => transaction.objectStore(store).put(value, key);
      put('copies', { generation: 3, complete: true, everSaved: true }, [relay, document]);
      put('updates', window.encode(doc), [relay, document, 3, 'w', 0]);
      put('unsaved', { since: 42, number: 1 }, [relay, document, 'w']);
      put('kept', { id: 'k', document, title: 't', text: 'kept', keptAt: 1 }, 'k');
      const address = { relay: 'http://origin', document, secret: '' };
      put('recent', { address, relayId: relay, title: 'title', openedAt: 7 }, ['http://origin', document]);
      put('relays', relay, 'http://origin');
      await new Promise((done) => {
        transaction.oncomplete = done;
      });
      const { copy, text, storage } = await window.openCopy();
      await storage.keyring.keepRelayKey('http://origin', 'the key');
      const { complete, everSaved, unsavedSince, keptText } = copy.found;
      return {
        text: text.toString(),
        found: { complete, everSaved, unsavedSince, kept: keptText?.text },
        recent: storage.recent.list.current.map(({ title }) => title),
        relay: await storage.relays.idAt('http://origin'),
        key: await storage.keyring.relayKey(relay),
      };
    });
    expect(found).toEqual({
      text: 'from before',
      found: { complete: true, everSaved: true, unsavedSince: 42, kept: 'kept' },
      recent: ['title'],
      relay: 'a-relay',
      key: 'the key',
    });
  });
});
