/** What every LinkStore owes its callers (server/rooms/link-store.ts, R1–R4): one suite, run on each of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkRecord, LinkStore, SecretHash, SecretRecord } from '../../server/rooms/link-store';
import type { DocumentId } from '../../src/shared/protocol/routes';

export interface LinkStoreUnderTest {
  readonly store: LinkStore;
  /** The same data after the process has ended; `undefined` where nothing outlives it. */
  readonly reopen?: () => Promise<LinkStore>;
  readonly discard: () => Promise<void>;
}

const id = (text: string): DocumentId => text as DocumentId;
const hash = (text: string): SecretHash => text as SecretHash;
const NOTES = id('notes');
const OWNER: SecretRecord = { type: 'owner' };

function link(name: string, changes: Partial<LinkRecord> = {}): LinkRecord {
  return {
    id: name,
    role: 'viewer',
    label: 'for the class',
    createdAt: 1,
    expiresAt: null,
    uses: 0,
    mostUses: null,
    isRevoked: false,
    arrivals: [],
    secret: hash(`hash of ${name}`),
    ...changes,
  };
}

async function documentsOf(store: LinkStore): Promise<DocumentId[]> {
  const documents: DocumentId[] = [];
  for await (const document of store.listDocuments()) documents.push(document);
  return documents.sort();
}

const idsOf = (links: readonly LinkRecord[]): string[] => links.map((each) => each.id).sort();

export function describeLinkStore(name: string, open: () => Promise<LinkStoreUnderTest>): void {
  describe(name, () => {
    let under: LinkStoreUnderTest;
    let store: LinkStore;

    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.discard());

    /** Holds now, and after a restart where there is one. */
    async function alsoAfterRestart(look: () => Promise<void>): Promise<void> {
      await look();
      if (under.reopen === undefined) return;
      store = await under.reopen();
      await look();
    }

    it('knows nothing of a document that nobody owns', async () => {
      expect(await store.findSecret(NOTES, hash('any'))).toBeUndefined();
      expect(await store.findLink(NOTES, 'any')).toBeUndefined();
      expect(await store.listLinks(NOTES)).toEqual([]);
      expect(await store.has(NOTES)).toBe(false);
      expect(await documentsOf(store)).toEqual([]);
      await store.removeLink(NOTES, 'any');
      await store.removeDocument(NOTES);
      expect(await store.has(NOTES)).toBe(false);
    });

    it('R1 has links and secrets once write has resolved, as they were written', async () => {
      const full = link('a', {
        label: 'Zoë & <b>',
        expiresAt: 5,
        uses: 2,
        mostUses: 3,
        isRevoked: true,
        arrivals: [{ name: 'Ada', at: 4 }],
      });
      const personal: SecretRecord = { type: 'personal', link: 'a', name: 'Ada' };
      await store.write(NOTES, {
        links: [full],
        secrets: [
          [hash('o'), OWNER],
          [full.secret, { type: 'link', link: 'a' }],
          [hash('p'), personal],
        ],
      });
      await alsoAfterRestart(async () => {
        expect(await store.findLink(NOTES, 'a')).toEqual(full);
        expect(await store.listLinks(NOTES)).toEqual([full]);
        expect(await store.findSecret(NOTES, hash('o'))).toEqual(OWNER);
        expect(await store.findSecret(NOTES, full.secret)).toEqual({ type: 'link', link: 'a' });
        expect(await store.findSecret(NOTES, hash('p'))).toEqual(personal);
        expect(await store.has(NOTES)).toBe(true);
      });
    });

    it('R1 the newest record of a link counts', async () => {
      await store.write(NOTES, { links: [link('a')] });
      await store.write(NOTES, { links: [link('a', { role: 'editor' })] });
      await alsoAfterRestart(async () => expect(await store.listLinks(NOTES)).toEqual([link('a', { role: 'editor' })]));
    });

    it('R2 a secret and a link say nothing in another document, also where ids begin alike', async () => {
      const ids = ['a', 'a-', 'a.', 'a0', 'aa', 'a~', 'A', 'b'].map(id);
      for (const document of ids) await store.write(document, { secrets: [[hash(`o${document}`), OWNER]], links: [link(`l${document}`)] });
      for (const document of ids) {
        expect(idsOf(await store.listLinks(document))).toEqual([`l${document}`]);
        for (const other of ids) {
          expect(await store.findSecret(document, hash(`o${other}`))).toEqual(document === other ? OWNER : undefined);
          expect((await store.findLink(document, `l${other}`)) === undefined).toBe(document !== other);
        }
      }
      await alsoAfterRestart(async () => expect(await documentsOf(store)).toEqual([...ids].sort()));
    });

    it('R3 removing a link removes its secret and what came of it, and no other', async () => {
      await store.write(NOTES, {
        links: [link('a'), link('b')],
        secrets: [
          [hash('o'), OWNER],
          [hash('la'), { type: 'link', link: 'a' }],
          [hash('lb'), { type: 'link', link: 'b' }],
          [hash('pa'), { type: 'personal', link: 'a', name: '' }],
          [hash('pb'), { type: 'personal', link: 'b', name: '' }],
        ],
      });
      await store.removeLink(NOTES, 'a');
      await alsoAfterRestart(async () => {
        expect(idsOf(await store.listLinks(NOTES))).toEqual(['b']);
        const found = await Promise.all(['o', 'la', 'lb', 'pa', 'pb'].map((each) => store.findSecret(NOTES, hash(each))));
        expect(found.map((each) => each?.type)).toEqual(['owner', undefined, 'link', undefined, 'personal']);
      });
    });

    it('R4 removing a document removes all of it, and nothing of another', async () => {
      for (const document of [NOTES, id('notes2'), id('note')]) {
        await store.write(document, { links: [link('a')], secrets: [[hash('o'), OWNER]] });
      }
      await store.removeDocument(NOTES);
      await alsoAfterRestart(async () => {
        expect(await store.has(NOTES)).toBe(false);
        expect(await store.listLinks(NOTES)).toEqual([]);
        expect(await store.findSecret(NOTES, hash('o'))).toBeUndefined();
        expect(await documentsOf(store)).toEqual(['note', 'notes2']);
        expect(await store.findSecret(id('notes2'), hash('o'))).toEqual(OWNER);
      });
    });

    it('keeps what was written when the writer changes its own copy', async () => {
      const arrivals = [{ name: 'Ada', at: 1 }];
      await store.write(NOTES, { links: [link('a', { arrivals })] });
      arrivals.push({ name: 'Eve', at: 2 });
      expect((await store.findLink(NOTES, 'a'))?.arrivals).toEqual([{ name: 'Ada', at: 1 }]);
    });
  });
}
