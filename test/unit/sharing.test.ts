import { create } from 'qrcode';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Key } from '../../src/renderer/documents/keyring';
import { SharingFailure } from '../../src/renderer/session/links-client';
import { addressIn } from '../../src/renderer/shell/sharing/address-form';
import { expiryOf, localDate } from '../../src/renderer/shell/sharing/expiry';
import { factsOf, nameOf, stateOf } from '../../src/renderer/shell/sharing/link-words';
import { QUIET_ZONE, qrImage, sharpWidth } from '../../src/renderer/shell/sharing/qr-image';
import { plainLink, shareViewOf } from '../../src/renderer/shell/sharing/share-view';
import { Sharing } from '../../src/renderer/shell/sharing/sharing';
import { parseAddress } from '../../src/shared/protocol/links';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { FakeLinks, linkWith } from '../support/fake-links';
import { SAVED } from '../support/saved-status';

const NOW = new Date(2026, 10, 26, 12, 0).getTime();
const HOUR = 3_600_000;
const LINK_SECRET = 'link-secret-of-24-charss';

describe('what a person may share (share-view R1)', () => {
  const key: Key = { secret: 'personal', isUnclaimed: false, link: LINK_SECRET, role: 'editor', isOwner: false };
  const guarded = { ...SAVED, access: 'links' } as const;
  const refused = (closeCode: number) => ({ ...guarded, connection: { state: 'refused', closeCode, reason: '' } }) as const;

  it('is all links for an owner alone', () => {
    expect(shareViewOf({ ...guarded, isOwner: true }, { ...key, isOwner: true }, '')).toEqual({ type: 'owner' });
    expect(shareViewOf(guarded, key, '').type).toBe('pass-on');
  });

  it('is the address under open access, whatever keys there are', () => {
    expect(shareViewOf({ ...SAVED, access: 'open' }, key, LINK_SECRET)).toEqual({ type: 'address' });
  });

  it('is the link that somebody came by, as what it lets by now, and never the personal secret', () => {
    expect(shareViewOf({ ...guarded, role: 'viewer' }, key, '')).toEqual({ type: 'pass-on', secret: LINK_SECRET, role: 'viewer' });
    expect(JSON.stringify(shareViewOf(guarded, { ...key, link: undefined }, ''))).not.toContain(key.secret);
  });

  it('is the secret of the address where this device keeps nothing; a token is nobody else’s', () => {
    expect(shareViewOf(guarded, undefined, LINK_SECRET)).toMatchObject({ type: 'pass-on', secret: LINK_SECRET });
    expect(shareViewOf(guarded, undefined, 'head.claims.signature')).toEqual({ type: 'ask' });
    expect(shareViewOf(guarded, undefined, '')).toEqual({ type: 'ask' });
    expect(shareViewOf(guarded, { ...key, link: undefined }, LINK_SECRET)).toEqual({ type: 'ask' });
  });

  it('is nothing for who was shut out, and nothing yet before the relay said who this is (R2)', () => {
    expect(shareViewOf(refused(REJECTIONS.unauthorized.closeCode), key, '')).toEqual({ type: 'shut-out' });
    expect(shareViewOf(refused(REJECTIONS['too-large'].closeCode), key, '').type).toBe('pass-on');
    const connection = { state: 'waiting', retryAt: 0, reason: undefined } as const;
    for (const access of ['unknown', 'links'] as const)
      expect(shareViewOf({ ...SAVED, access, connection }, undefined, LINK_SECRET)).toEqual({ type: 'not-yet' });
    const asked = { state: 'needs-relay-key', reason: 'No key.' } as const;
    expect(shareViewOf({ ...guarded, connection: asked }, undefined, '')).toEqual({ type: 'needs-relay-key' });
    // Known from the last time: an owner without a connection is told that it is missing, others pass on what they have.
    expect(shareViewOf({ ...guarded, connection, isOwner: true }, { ...key, isOwner: true }, '')).toEqual({ type: 'owner' });
    expect(shareViewOf({ ...guarded, connection }, key, '').type).toBe('pass-on');
  });
});

describe('the link that “copy” gives', () => {
  const secrets = new Map([
    ['named', 's'],
    ['ends', 's'],
    ['few', 's'],
    ['over', 's'],
    ['plain', 's'],
  ]);
  const links = [
    linkWith({ id: 'elsewhere' }),
    linkWith({ id: 'named', label: 'for Ada' }),
    linkWith({ id: 'ends', expiresAt: NOW }),
    linkWith({ id: 'few', mostUses: 5 }),
    linkWith({ id: 'over', isRevoked: true }),
    linkWith({ id: 'plain' }),
  ];

  it('has no limit and no name, and its secret is here', () => {
    expect(plainLink(links, secrets, 'viewer')?.id).toBe('plain');
    expect(plainLink(links.slice(0, -1), secrets, 'viewer')).toBeUndefined();
    expect(plainLink(links, secrets, 'editor')).toBeUndefined();
  });
});

describe('the links of a document', () => {
  let relay: FakeLinks;
  let sharing: Sharing;

  beforeEach(() => {
    relay = new FakeLinks();
    sharing = new Sharing(relay);
  });

  const shown = () => {
    const state = sharing.links.value;
    return state.type === 'ready' ? state.links.map(({ id }) => id) : state.type;
  };

  it('are made at the first copy, and the same one is given from then on, however fast (sharing R1)', async () => {
    void sharing.load();
    const [first, second] = await Promise.all([sharing.plain('editor'), sharing.plain('editor')]);
    const third = await sharing.plain('editor');
    const other = await sharing.plain('viewer');
    expect(new Set([first, second, third].map(({ secret }) => secret)).size).toBe(1);
    expect(other.link.role).toBe('viewer');
    expect(relay.links.map(({ role, expiresAt, mostUses }) => [role, expiresAt, mostUses])).toEqual([
      ['editor', null, null],
      ['viewer', null, null],
    ]);
    await new Sharing(relay).load();
    const again = new Sharing(relay);
    await again.load();
    expect((await again.plain('editor')).secret).toBe(first.secret);
  });

  it('are not made anew because the list was asked for twice at the same time', async () => {
    const { secret } = await relay.add({ role: 'editor' });
    let letAnswer: (value: unknown) => void = () => undefined;
    relay.delay = new Promise((resolve) => {
      letAnswer = resolve;
    });
    void sharing.load();
    const copying = sharing.plain('editor');
    void sharing.load();
    letAnswer(undefined);
    expect((await copying).secret).toBe(secret);
    expect(relay.links).toHaveLength(1);
  });

  it('can be copied as long as the dialog is open where the device keeps nothing', async () => {
    relay.secrets = async () => new Map();
    await sharing.load();
    const { link, secret } = await sharing.make({ role: 'viewer' });
    await sharing.load();
    expect(sharing.secrets.value.get(link.id)).toBe(secret);
  });

  it('are shown as the relay confirmed them, not before (R2)', async () => {
    relay.links = [linkWith({ id: 'a' })];
    await sharing.load();
    relay.failure = new SharingFailure('failed', 'The relay cannot do that right now; try again soon.');
    await expect(sharing.change('a', { isRevoked: true })).rejects.toThrow('try again soon');
    await expect(sharing.remove('a')).rejects.toThrow('try again soon');
    expect(sharing.links.value).toMatchObject({ type: 'ready', links: [{ id: 'a', isRevoked: false }] });
    relay.failure = undefined;
    await sharing.change('a', { isRevoked: true });
    expect(sharing.links.value).toMatchObject({ links: [{ isRevoked: true }] });
    await sharing.remove('a');
    expect(shown()).toEqual([]);
  });

  it('that are gone already are gone from the list', async () => {
    relay.links = [linkWith({ id: 'a' })];
    await sharing.load();
    relay.links = [];
    await sharing.remove('a');
    expect(shown()).toEqual([]);
  });

  it('are those of the newest answer, whichever comes last', async () => {
    let letAnswer: (value: unknown) => void = () => undefined;
    relay.links = [linkWith({ id: 'old' })];
    relay.delay = new Promise((resolve) => {
      letAnswer = resolve;
    });
    const first = sharing.load();
    relay.links = [linkWith({ id: 'new' })];
    relay.delay = undefined;
    await sharing.load();
    letAnswer(undefined);
    await first;
    expect(shown()).toEqual(['new']);
  });

  it('that were made while the list was under way are in it (R3)', async () => {
    await sharing.load();
    let letAnswer: (value: unknown) => void = () => undefined;
    relay.delay = new Promise((resolve) => {
      letAnswer = resolve;
    });
    const loading = sharing.load();
    relay.delay = undefined;
    const { link } = await sharing.make({ role: 'viewer' });
    letAnswer(undefined);
    await loading;
    expect(shown()).toEqual([link.id]);
  });

  it('stay in sight when the relay cannot be reached, and are said to be old; who is refused sees none', async () => {
    relay.links = [linkWith({ id: 'a' })];
    await sharing.load();
    relay.failure = new SharingFailure('unreachable', 'The relay cannot be reached.');
    await sharing.load();
    expect(sharing.links.value).toMatchObject({ type: 'ready', trouble: 'The relay cannot be reached.', links: [{ id: 'a' }] });
    relay.failure = new SharingFailure('refused', 'No.');
    await sharing.load();
    expect(sharing.links.value).toEqual({ type: 'failed', kind: 'refused', reason: 'No.' });
    await expect(sharing.plain('editor')).rejects.toThrow('No.');
  });
});

describe('what is said about a link', () => {
  const facts = (change: Parameters<typeof linkWith>[0], isHere = true) => factsOf(linkWith(change), { now: NOW, isHere, locale: 'en-GB' });

  it('is what it lets, who came, and when it ends', () => {
    expect(facts({})).toEqual(['Can read', 'nobody came yet']);
    expect(facts({ role: 'editor', uses: 1 }, false)).toEqual(['Can write', '1 person came', 'made elsewhere']);
    expect(facts({ uses: 3, mostUses: 5, expiresAt: NOW + HOUR })).toEqual(['Can read', '3 of 5 came', 'ends in 1 h']);
    // What was chosen a moment ago is not said to be less.
    const ends = (left: number) => facts({ expiresAt: NOW + left })[2];
    expect([24 * HOUR - 40, HOUR - 40, 61_000, 900].map(ends)).toEqual(['ends in 1 day', 'ends in 1 h', 'ends in 2 min', 'ends in 1 s']);
    expect(facts({ expiresAt: new Date(2026, 11, 3, 14, 0).getTime() })[2]).toBe('ends on 3 Dec, 14:00');
    expect(facts({ expiresAt: new Date(2027, 2, 3, 14, 0).getTime() })[2]).toBe('ends on 3 Mar 2027, 14:00');
  });

  it('says why it opens nothing any more (link-words R1)', () => {
    expect(facts({ isRevoked: true, expiresAt: NOW - 1 }, false)).toEqual(['Can read', 'nobody came yet', 'revoked']);
    expect(facts({ expiresAt: NOW - 2 * HOUR })).toContain('ended 2 h ago');
    expect(facts({ uses: 5, mostUses: 5 })).toContain('used up');
    expect(stateOf(linkWith({ expiresAt: NOW }), NOW)).toBe('expired');
    expect(stateOf(linkWith({ expiresAt: NOW + 1 }), NOW)).toBe('open');
  });

  it('has a name also without a label', () => {
    expect(nameOf(linkWith({ role: 'editor' }))).toBe('Link for writing');
    expect(nameOf(linkWith({ label: 'class' }))).toBe('class');
  });
});

describe('when a link ends', () => {
  it('is counted from now, never, at a date, or left as it is', () => {
    expect(expiryOf('hour', '', NOW)).toBe(NOW + HOUR);
    expect(expiryOf('day', '', NOW)).toBe(NOW + 24 * HOUR);
    expect(expiryOf('week', '', NOW)).toBe(NOW + 7 * 24 * HOUR);
    expect(expiryOf('never', '', NOW)).toBeNull();
    expect(expiryOf('as-it-is', '', NOW)).toBeUndefined();
    expect(expiryOf('date', localDate(NOW + HOUR), NOW)).toBe(NOW + HOUR);
  });

  it('is never a moment that is over, or none', () => {
    expect(() => expiryOf('date', localDate(NOW), NOW)).toThrow('That moment is over; choose a later one.');
    expect(() => expiryOf('date', '', NOW)).toThrow('Say on which date');
  });
});

describe('the address that is handed over', () => {
  const address = { ...(parseAddress('plan', 'https://notes.example') ?? expect.unreachable()), secret: LINK_SECRET };

  it('opens the same document in either form, with its secret behind # alone', () => {
    for (const form of ['browser', 'app'] as const) {
      const text = addressIn(form, address);
      expect(parseAddress(text)).toEqual(address);
      expect(text.split('#')).toEqual([expect.not.stringContaining(LINK_SECRET), LINK_SECRET]);
    }
  });
});

describe('a QR code', () => {
  const text = `https://notes.example/d/Vb8kQzR2mXw0pLs7TnYc1A#${LINK_SECRET}`;
  const { modules } = create(text, { errorCorrectionLevel: 'M' });

  it('has exactly the dark modules, with the quiet zone that cameras look for', () => {
    const { size, path } = qrImage(modules);
    expect(size).toBe(modules.size + 2 * QUIET_ZONE);
    const drawn = new Set<string>();
    for (const [, x = '', y = '', width = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
      for (let at = 0; at < Number(width); at++) drawn.add(`${Number(x) + at} ${y}`);
    }
    const wanted = new Set<string>();
    for (let y = 0; y < modules.size; y++)
      for (let x = 0; x < modules.size; x++) if (modules.get(y, x) !== 0) wanted.add(`${x + QUIET_ZONE} ${y + QUIET_ZONE}`);
    expect(drawn).toEqual(wanted);
    expect(path.replace(/M\d+ \d+h\d+v1h-\d+z/g, '')).toBe('');
  });

  it('has whole pixels for each module', () => {
    for (const size of [29, 33, 45, 97, 185]) expect(sharpWidth({ size, path: '' }, 232) % size).toBe(0);
    expect(sharpWidth({ size: 185, path: '' }, 232)).toBe(370);
  });
});
