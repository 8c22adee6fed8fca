import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authoriserOf } from '../../server/access/authoriser';
import { type Grant, NoGuess } from '../../server/access/grants';
import { LinkAccess } from '../../server/access/link-access';
import { Links, MOST_ARRIVALS, MOST_LINKS } from '../../server/access/links';
import { LiveGrants } from '../../server/access/live-grants';
import { MemoryLinkStore } from '../../server/storage/memory-link-store';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';

const NOTES = 'notes' as DocumentId;
const OTHER = 'other' as DocumentId;

async function stage() {
  const clock = new ManualClock();
  const store = new MemoryLinkStore();
  const live = new LiveGrants({ clock, log: new KeptLog() });
  const links = new Links({ store, live, clock, random: randomBytes });
  const access = new LinkAccess({ store, clock });
  const owner = (await links.own(NOTES))?.secret ?? '';
  const add = async (draft: Parameters<Links['add']>[1]) => {
    const made = await links.add(NOTES, draft);
    if (made === undefined) throw new Error('no link');
    return made;
  };
  const outcome = async (secret: string | undefined, document = NOTES): Promise<Grant | string> => {
    try {
      return await access.authorise(secret, document);
    } catch (error) {
      if (error instanceof Rejected) return error.rejection;
      throw error;
    }
  };
  const join = async (secret: string | undefined, document = NOTES) => {
    try {
      return (await links.join(document, secret, 'Ada')).secret;
    } catch (error) {
      if (error instanceof Rejected) return error.rejection;
      throw error;
    }
  };
  return { clock, store, live, links, access, owner, add, outcome, join };
}

describe('links', () => {
  it('an owner is an editor who may manage links, and there is one', async () => {
    const { links, owner, outcome } = await stage();
    expect(await outcome(owner)).toEqual({ document: NOTES, role: 'editor', isOwner: true, key: 'owner' });
    expect(await links.own(NOTES)).toBeUndefined();
    expect(await links.own(OTHER)).toMatchObject({ isNew: true, secret: expect.not.stringContaining(owner) });
  });

  it('R5 a document gets one owner, however many claim it at once; the one may ask again, and nobody else', async () => {
    const { store, links, outcome, add } = await stage();
    const secrets = Array.from({ length: 20 }, () => randomBytes(32).toString('base64url'));
    const claims = await Promise.all([...secrets, ...secrets].map((secret) => links.own(OTHER, secret)));
    const [winner = ''] = secrets;
    expect(claims.map((owned) => owned?.secret)).toEqual(
      [...secrets, ...secrets].map((secret) => (secret === winner ? winner : undefined)),
    );
    expect(claims.flatMap((owned) => owned?.isNew ?? [])).toEqual([true, false]);
    expect(await outcome(winner, OTHER)).toMatchObject({ isOwner: true });
    expect(await outcome(secrets[1], OTHER)).toBe('unauthorized');
    expect(JSON.stringify([await store.listLinks(OTHER)])).not.toContain(winner);
    // What opens the document is not for that its owner's.
    expect(await links.own(NOTES, (await add({ role: 'editor' })).secret)).toBeUndefined();
    await links.forget(OTHER);
    expect(await links.own(OTHER, secrets[1])).toEqual({ secret: secrets[1], isNew: true });
  });

  it('R6 whoever brings the personal secret may ask again, and it is one use', async () => {
    const { links, owner, add, outcome } = await stage();
    const { link, secret } = await add({ role: 'viewer', mostUses: 2 });
    const other = await add({ role: 'editor' });
    const [mine, theirs] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
    const join = async (by: string, proposed: string, name: string) => {
      try {
        return await links.join(NOTES, by, name, proposed);
      } catch (error) {
        if (error instanceof Rejected) return error.rejection;
        throw error;
      }
    };
    const joined = { document: NOTES, role: 'viewer', isOwner: false, secret: mine, name: 'Ada' };
    expect(await Promise.all(['Ada', 'Ada', 'Ben'].map((name) => join(secret, mine, name)))).toEqual([joined, joined, joined]);
    expect(await outcome(mine)).toMatchObject({ role: 'viewer', saidName: 'Ada' });
    expect(await join(secret, theirs, 'Eve')).toMatchObject({ secret: theirs });
    expect(await join(secret, randomBytes(32).toString('base64url'), 'Late')).toBe('unauthorized');
    // The limit is reached, and is no matter of those who are in.
    expect(await join(secret, mine, 'Ada')).toEqual(joined);
    expect((await links.list(NOTES)).find(({ id }) => id === link.id)).toMatchObject({
      uses: 2,
      arrivals: [{ name: 'Ada' }, { name: 'Eve' }],
    });
    for (const taken of [mine, owner, secret, other.secret]) expect(await join(other.secret, taken, 'Eve')).toBe('unauthorized');
    await links.change(NOTES, link.id, { isRevoked: true });
    expect(await join(secret, mine, 'Ada')).toBe('unauthorized');
  });

  it('R5 looks as often whatever it finds', async () => {
    const { store, links, owner } = await stage();
    let reads = 0;
    const { has, findSecret } = store;
    store.has = (...look) => {
      reads++;
      return has.apply(store, look);
    };
    store.findSecret = (...look) => {
      reads++;
      return findSecret.apply(store, look);
    };
    for (const [document, secret] of [
      [NOTES, owner],
      [NOTES, 'x'.repeat(24)],
      [NOTES, undefined],
      [OTHER, 'x'.repeat(24)],
    ] as const) {
      reads = 0;
      await links.own(document, secret);
      expect(reads).toBe(2);
    }
  });

  it('a link without a limit of uses opens the document by itself, with its role', async () => {
    const { add, outcome } = await stage();
    const { link, secret } = await add({ role: 'viewer', expiresAt: null });
    expect(await outcome(secret)).toEqual({ document: NOTES, role: 'viewer', isOwner: false, key: `link:${link.id}` });
  });

  it('R2 of access: a link with a limit has to be exchanged, as often as it says, however many come at once', async () => {
    const { add, outcome, join, links } = await stage();
    const { secret } = await add({ role: 'editor', mostUses: 3 });
    expect(await outcome(secret)).toBe('unauthorized');
    const got = await Promise.all(Array.from({ length: 10 }, () => join(secret)));
    expect(got.filter((each) => each === 'unauthorized')).toHaveLength(7);
    for (const personal of got.slice(0, 3))
      expect(await outcome(personal)).toMatchObject({ role: 'editor', isOwner: false, saidName: 'Ada' });
    expect((await links.list(NOTES))[0]).toMatchObject({ uses: 3, mostUses: 3 });
  });

  it('expire by the calendar, which goes on while the machine sleeps', async () => {
    const { clock, add, outcome, join } = await stage();
    const { secret } = await add({ role: 'editor', expiresAt: clock.wallTime() + 3_600_000 });
    const personal = await join(secret);
    expect(await outcome(personal)).toMatchObject({ role: 'editor' });
    clock.jumpWall(8 * 3_600_000);
    expect([await outcome(secret), await outcome(personal), await join(secret)]).toEqual(Array(3).fill('unauthorized'));
    const made = await add({ role: 'viewer' });
    expect(made.link.createdAt).toBe(clock.wallTime());
  });

  it('R1 of access: personal secrets have the role, the expiry and the end of their link as they are now', async () => {
    const { clock, add, outcome, join, links } = await stage();
    const { link, secret } = await add({ role: 'editor', mostUses: 1 });
    const personal = await join(secret);
    await links.change(NOTES, link.id, { role: 'viewer', expiresAt: clock.now() + 1_000 });
    expect(await outcome(personal)).toMatchObject({ role: 'viewer', expiresAt: clock.now() + 1_000 });
    clock.tick(1_000);
    expect(await outcome(personal)).toBe('unauthorized');
    await links.change(NOTES, link.id, { expiresAt: null });
    expect(await outcome(personal)).toMatchObject({ role: 'viewer' });
    await links.change(NOTES, link.id, { isRevoked: true });
    expect(await outcome(personal)).toBe('unauthorized');
  });

  it('whatever is wrong with a secret, the answer is the same, for getting in and for joining', async () => {
    const { clock, add, outcome, join, links, owner } = await stage();
    await links.own(OTHER);
    const expired = (await add({ role: 'editor', expiresAt: clock.now() })).secret;
    const used = (await add({ role: 'editor', mostUses: 1 })).secret;
    await join(used);
    const revoked = await add({ role: 'editor' });
    await links.change(NOTES, revoked.link.id, { isRevoked: true });
    const removed = await add({ role: 'editor' });
    const ofRemoved = await join(removed.secret);
    await links.remove(NOTES, removed.link.id);
    const wrong = [undefined, '', 'x'.repeat(24), 'not a secret', expired, used, revoked.secret, removed.secret, ofRemoved];
    for (const secret of wrong) expect([await outcome(secret), await join(secret)]).toEqual(['unauthorized', 'unauthorized']);
    const fine = (await add({ role: 'editor' })).secret;
    expect([await outcome(fine, OTHER), await join(fine, OTHER), await outcome(owner, OTHER)]).toEqual(Array(3).fill('unauthorized'));
    // What opens the document is still no link.
    expect([await join(owner), await join(await join(fine))]).toEqual(['unauthorized', 'unauthorized']);
  });

  it('R2 of access: what was right once is no guess; what never was is one', async () => {
    const { clock, access, add, links, owner } = await stage();
    const isGuess = async (secret: string | undefined) => {
      const errors = await Promise.all(
        [access.authorise(secret, NOTES), links.join(NOTES, secret, 'Ada')].map((asked) => asked.catch((error: unknown) => error)),
      );
      expect(errors.map((error) => (error instanceof Rejected ? error.rejection : 'none'))).toEqual(['unauthorized', 'unauthorized']);
      return errors.map((error) => !(error instanceof NoGuess));
    };
    const expired = (await add({ role: 'editor', expiresAt: clock.now() })).secret;
    const revoked = await add({ role: 'editor' });
    await links.change(NOTES, revoked.link.id, { isRevoked: true });
    const used = (await add({ role: 'editor', mostUses: 1 })).secret;
    await links.join(NOTES, used, 'Grace');
    for (const secret of [expired, revoked.secret, used]) expect(await isGuess(secret)).toEqual([false, false]);
    for (const secret of [undefined, 'x'.repeat(24), 'not a secret']) expect(await isGuess(secret)).toEqual([true, true]);
    // To ask for somebody else's personal secret is one, whichever link it is.
    for (const { secret } of [await add({ role: 'editor' }), { secret: used }]) {
      const taken = await links.join(NOTES, secret, 'Eve', owner).catch((error: unknown) => error);
      expect([taken instanceof Rejected, taken instanceof NoGuess]).toEqual([true, false]);
    }
  });

  it('R3 of access: as many reads whatever is wrong', async () => {
    const { clock, store, add, outcome, owner, links } = await stage();
    const expired = (await add({ role: 'editor', expiresAt: clock.now() })).secret;
    const revoked = await add({ role: 'editor' });
    await links.change(NOTES, revoked.link.id, { isRevoked: true });
    let reads = 0;
    const { findLink, findSecret } = store;
    store.findLink = (...look) => {
      reads++;
      return findLink.apply(store, look);
    };
    store.findSecret = (...look) => {
      reads++;
      return findSecret.apply(store, look);
    };
    for (const secret of [undefined, 'nonsense', 'x'.repeat(24), expired, revoked.secret, owner]) {
      reads = 0;
      await outcome(secret);
      expect(reads).toBe(2);
    }
  });

  it('R4 a revoked link stays revoked, and its label can still be changed', async () => {
    const { add, links, outcome } = await stage();
    const { link, secret } = await add({ role: 'viewer', label: 'old' });
    await links.change(NOTES, link.id, { isRevoked: true });
    expect(await links.change(NOTES, link.id, { label: 'new', role: 'editor' })).toMatchObject({ label: 'new', isRevoked: true });
    expect(await outcome(secret)).toBe('unauthorized');
  });

  it('R1 nothing that is kept or listed has a secret in it', async () => {
    const { add, links, join, store, owner } = await stage();
    const { link, secret } = await add({ role: 'editor' });
    const personal = await join(secret);
    const listed = JSON.stringify(await links.list(NOTES));
    const kept = JSON.stringify([await store.findLink(NOTES, link.id), await store.listLinks(NOTES)]);
    for (const each of [owner, secret, personal]) expect(`${listed} ${kept}`).not.toContain(each);
    expect(listed).not.toContain('secret');
  });

  it('lists who came by which link, cleaned, the latest of them', async () => {
    const { add, links } = await stage();
    const { secret } = await add({ role: 'viewer', label: '  a\nb\u202e ' });
    await links.join(NOTES, secret, '');
    for (let count = 0; count < MOST_ARRIVALS; count++) await links.join(NOTES, secret, `A\n${count}\u0007`);
    const [listed] = await links.list(NOTES);
    expect(listed).toMatchObject({ label: 'a b', uses: MOST_ARRIVALS + 1 });
    expect(listed?.arrivals).toHaveLength(MOST_ARRIVALS);
    expect(listed?.arrivals[0]?.name).toBe('A 0');
  });

  it('a document has so many links and no more', async () => {
    const { links } = await stage();
    for (let count = 0; count < MOST_LINKS; count++) expect(await links.add(NOTES, { role: 'viewer' })).toBeDefined();
    expect(await links.add(NOTES, { role: 'viewer' })).toBeUndefined();
  });

  it('there is nothing to change or remove where there is no link', async () => {
    const { add, links } = await stage();
    const { link } = await add({ role: 'viewer' });
    expect([await links.change(OTHER, link.id, { role: 'editor' }), await links.remove(OTHER, link.id)]).toEqual([undefined, false]);
    expect([await links.change(NOTES, 'none', {}), await links.remove(NOTES, 'none')]).toEqual([undefined, false]);
  });

  it('forgetting a document ends everything that was given out for it', async () => {
    const { add, links, outcome, join, owner } = await stage();
    const { secret } = await add({ role: 'editor' });
    const personal = await join(secret);
    await links.forget(NOTES);
    for (const each of [owner, secret, personal]) expect(await outcome(each)).toBe('unauthorized');
  });

  it('under open access everyone is an editor, whatever they come with, and the owner still the owner', async () => {
    const { access, owner, add } = await stage();
    const open = authoriserOf('open', { links: access, tokens: undefined });
    const { secret } = await add({ role: 'viewer' });
    const everyone = { document: NOTES, role: 'editor', isOwner: false, key: 'open' };
    for (const each of [undefined, 'nonsense', 'a.b.c', secret]) expect(await open.authorise(each, NOTES)).toEqual(everyone);
    expect(await open.authorise(owner, NOTES)).toMatchObject({ isOwner: true });
    expect(await open.authorise(owner, OTHER)).toMatchObject({ isOwner: false });
  });

  it('a token is as wrong as anything else where the relay takes none', async () => {
    const { access } = await stage();
    const closed = authoriserOf('links', { links: access, tokens: undefined });
    await expect(closed.authorise('a.b.c', NOTES)).rejects.toMatchObject({ rejection: 'unauthorized' });
  });
});
