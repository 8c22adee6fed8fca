import { describe, expect, it } from 'vitest';
import type { Key } from '../../src/renderer/documents/keyring';
import { ModelDevice, ModelRelay } from '../support/model-relay';

const personal = (secret: string, link: string, role: Key['role'] = 'editor'): Key => ({
  secret,
  isUnclaimed: false,
  link,
  role,
  isOwner: false,
});
const owner: Key = { secret: 'owner', isUnclaimed: false, link: undefined, role: 'editor', isOwner: true };

function stage(key?: Key) {
  const relay = new ModelRelay();
  relay.owner = 'owner';
  return { relay, device: new ModelDevice(relay, key) };
}

const asked = ({ asked }: ModelRelay) =>
  asked.map((question) => `${question.type} ${'link' in question ? question.link : secretOf(question)}`);
const secretOf = (question: object) => ('secret' in question ? String(question.secret) : '');

describe('getting in', () => {
  it('R1 asks nothing under open access, and brings an owner’s key alone', () => {
    const open = { access: 'open' } as const;
    expect(stage().device.getIn('a-link', open)).toMatchObject({ secret: undefined, role: 'editor', isOwner: false, key: undefined });
    expect(stage(owner).device.getIn('', open)).toMatchObject({ secret: 'owner', role: 'editor', isOwner: true });
    expect(stage({ ...owner, isUnclaimed: true }).device.getIn('', open)).toMatchObject({ secret: undefined, isOwner: false });
    expect(stage(personal('p', 'l', 'viewer')).device.getIn('', open)).toMatchObject({ secret: undefined, role: 'editor' });
  });

  it('R2 looks at the key of the device, and takes its role from the relay', () => {
    const { relay, device } = stage(personal('mine', 'a-link', 'editor'));
    relay.link('a-link', 'viewer').uses = 1;
    relay.personal.set('mine', 'a-link');
    for (const offered of ['', 'a-link', 'mine']) {
      expect(device.getIn(offered)).toMatchObject({ type: 'let-in', secret: 'mine', role: 'viewer' });
    }
    expect(asked(relay)).toEqual(['look mine', 'look mine', 'look mine']);
    expect(device.key).toEqual(personal('mine', 'a-link', 'viewer'));
  });

  it('R2 goes by the secret in the address when the key opens nothing any more, and is refused when there is none', () => {
    const { relay, device } = stage(personal('mine', 'old-link'));
    relay.link('new-link', 'viewer', 1);
    expect(device.getIn('')).toEqual({ type: 'refused' });
    expect(device.getIn('old-link')).toEqual({ type: 'refused' });
    expect(device.key?.secret).toBe('mine');
    expect(device.getIn('new-link', { isWeighed: true })).toMatchObject({ role: 'viewer', key: { link: 'new-link', isUnclaimed: false } });
    expect(device.key?.link).toBe('new-link');
  });

  it('R3 exchanges a link once, and never again with the key that came of it', () => {
    const { relay, device } = stage();
    const link = relay.link('a-link', 'editor', 1);
    expect(device.getIn('a-link')).toMatchObject({ type: 'let-in', secret: 'made-1', role: 'editor', isOwner: false });
    expect(device.key).toEqual(personal('made-1', 'a-link'));
    expect([device.getIn('a-link'), device.getIn('')]).toMatchObject([{ secret: 'made-1' }, { secret: 'made-1' }]);
    expect([link.uses, relay.personal.size]).toEqual([1, 1]);
    expect(new ModelDevice(relay).getIn('a-link')).toEqual({ type: 'refused' });
  });

  it('R3 uses nothing up for an owner, nor where an editor gains nothing', () => {
    for (const key of [owner, personal('mine', 'first')]) {
      const { relay, device } = stage(key);
      relay.link('first', 'editor');
      relay.personal.set('mine', 'first');
      const others = [relay.link('viewing', 'viewer', 5), relay.link('editing', 'editor', 5), relay.link('free', 'editor')];
      for (const offered of ['viewing', 'editing', 'free', 'unknown', 'not sendable']) {
        expect(device.getIn(offered)).toMatchObject({ type: 'let-in', secret: key.secret, isOwner: key.isOwner });
      }
      expect(others.map(({ uses }) => uses)).toEqual([0, 0, 0]);
      // Nor is anybody told of it by an owner.
      if (key.isOwner) expect(new Set(asked(relay))).toEqual(new Set(['look owner']));
      expect(device.key).toEqual(key);
    }
  });

  it('R2 the stronger wins: a viewer takes what makes an editor, whoever takes what makes an owner', () => {
    const viewer = personal('mine', 'reading', 'viewer');
    const cases: [Key, string, Partial<Key>][] = [
      [viewer, 'editing', { link: 'editing', role: 'editor', secret: 'made-1' }],
      [viewer, 'free-editing', { link: 'free-editing', role: 'editor', secret: 'made-1' }],
      [viewer, 'owner', owner],
      [viewer, 'reading', viewer],
      [viewer, 'free-reading', viewer],
      [viewer, 'unknown', viewer],
      [personal('editor', 'free-editing'), 'owner', owner],
    ];
    for (const [key, offered, expected] of cases) {
      const { relay, device } = stage(key);
      relay.link('reading', 'viewer', 5);
      relay.link('free-reading', 'viewer');
      relay.link('editing', 'editor', 5);
      relay.link('free-editing', 'editor');
      relay.personal.set('mine', 'reading').set('editor', 'free-editing');
      expect(device.getIn(offered), offered).toMatchObject({ type: 'let-in' });
      expect(device.key, offered).toMatchObject(expected);
    }
  });

  it('R2 weighs the secret in the address once', () => {
    const { relay, device } = stage(personal('mine', 'reading', 'viewer'));
    relay.link('reading', 'viewer');
    relay.personal.set('mine', 'reading');
    device.getIn('unknown', { isWeighed: true });
    expect(asked(relay)).toEqual(['look mine']);
  });

  it('takes what cannot be exchanged for what it is: an owner’s secret, a personal one, a link’s that is full', () => {
    for (const [secret, isOwner] of [
      ['owner', true],
      ['theirs', false],
    ] as const) {
      const { relay, device } = stage();
      relay.link('a-link', 'editor');
      relay.personal.set('theirs', 'a-link');
      expect(device.getIn(secret)).toMatchObject({ type: 'let-in', secret, isOwner });
      expect(device.key).toEqual({ secret, isUnclaimed: false, link: undefined, role: 'editor', isOwner });
    }
  });

  it('R3 never exchanges a token, and takes the younger of two that give the same', () => {
    const { relay, device } = stage();
    relay.tokens.set('a.b.c', 'viewer').set('d.e.f', 'viewer').set('g.h.i', 'editor');
    expect(device.getIn('a.b.c')).toMatchObject({ type: 'let-in', secret: 'a.b.c', role: 'viewer' });
    expect(device.getIn('d.e.f')).toMatchObject({ secret: 'd.e.f' });
    expect(device.getIn('g.h.i')).toMatchObject({ secret: 'g.h.i', role: 'editor' });
    expect(device.getIn('a.b.c')).toMatchObject({ secret: 'g.h.i' });
    relay.tokens.delete('g.h.i');
    expect(device.getIn('x.y.z')).toEqual({ type: 'refused' });
    expect(relay.asked.every(({ type }) => type === 'look')).toBe(true);
  });

  it('asks nothing about what cannot be sent, and does not claim with it', () => {
    const { relay, device } = stage();
    relay.owner = undefined;
    for (const offered of ['a b', 'a,b', 'ä', 'x'.repeat(5000), 'a\r\nb']) expect(device.getIn(offered)).toEqual({ type: 'refused' });
    expect([relay.asked, device.key]).toEqual([[], undefined]);
  });

  it('R5 claims a document without an owner, and is refused one that has another', () => {
    const { relay, device } = stage();
    expect(device.getIn('')).toEqual({ type: 'refused', isTaken: true });
    expect(device.key).toBe(undefined);
    relay.owner = undefined;
    expect(device.getIn('', { mayClaim: false })).toEqual({ type: 'refused' });
    expect(device.getIn('')).toMatchObject({ type: 'let-in', isOwner: true });
    expect(device.key).toMatchObject({ isUnclaimed: false, isOwner: true, secret: relay.owner });
  });

  it('R5 claims nothing that neither began here nor was asked for, and asks the relay nothing about it', () => {
    const { relay, device } = stage();
    relay.owner = undefined;
    expect(device.getIn('', { isMeant: false })).toEqual({ type: 'no-link' });
    expect([relay.asked, device.key, relay.owner]).toEqual([[], undefined, undefined]);
    relay.relayKey = 'the-key';
    expect(device.getIn('', { isMeant: false })).toEqual({ type: 'needs-relay-key', isWrong: false });
    device.relayKey = 'the-key';
    expect(device.getIn('', { isMeant: false })).toEqual({ type: 'no-link' });
    expect(relay.asked).toEqual([]);
    expect(device.getIn('')).toMatchObject({ type: 'let-in', isOwner: true });
  });

  it('R5 asks for the relay’s key where one is needed, and says when it is the wrong one', () => {
    const { relay, device } = stage();
    relay.owner = undefined;
    relay.relayKey = 'the-key';
    expect(device.getIn('')).toEqual({ type: 'needs-relay-key', isWrong: false });
    expect(relay.asked).toEqual([]);
    device.relayKey = 'no key';
    expect(device.getIn('')).toEqual({ type: 'needs-relay-key', isWrong: true });
    expect(relay.asked).toEqual([]);
    device.relayKey = 'another';
    expect(device.getIn('')).toEqual({ type: 'needs-relay-key', isWrong: true });
    device.relayKey = 'the-key';
    expect(device.getIn('')).toMatchObject({ type: 'let-in', isOwner: true });
    // The same secret each time: the first claim might have been the one that was taken.
    expect(new Set(relay.asked.map(secretOf)).size).toBe(1);
  });

  it('sends the relay’s key nowhere where none is needed', () => {
    const { relay, device } = stage();
    relay.owner = undefined;
    device.relayKey = 'the-key';
    device.getIn('');
    expect(JSON.stringify(relay.asked)).not.toContain('the-key');
  });

  it('R6 keeps no secret that was made in vain', () => {
    const { relay, device } = stage();
    relay.link('revoked', 'editor').isRevoked = true;
    expect(device.getIn('revoked')).toEqual({ type: 'refused' });
    expect(device.key).toBe(undefined);
    device.key = { ...owner, secret: 'made-0', isUnclaimed: true };
    relay.link('a-link', 'editor');
    expect(device.getIn('a-link')).toMatchObject({ type: 'let-in', isOwner: false });
    expect(device.key?.link).toBe('a-link');
  });

  it('R4 two windows that come at once use one link once, and claim one document', () => {
    for (const offered of ['a-link', '']) {
      const { relay, device } = stage();
      relay.owner = undefined;
      const link = relay.link('a-link', 'editor', 5);
      const other = new ModelDevice(relay);
      // The second finds what the first has put on their common disk before it was answered.
      expect(device.getIn(offered, { cut: { at: 0, isAsked: true } })).toBe('cut');
      other.key = device.key;
      const keepsFirst = other.getIn(offered);
      expect(keepsFirst).toMatchObject({ type: 'let-in', secret: device.key?.secret });
      expect([link.uses, relay.owner]).toEqual(offered === '' ? [0, device.key?.secret] : [1, undefined]);
    }
  });

  it('R4 goes on with what another window has finished meanwhile', () => {
    for (const offered of ['a-link', '']) {
      const { relay, device } = stage();
      relay.owner = undefined;
      const link = relay.link('a-link', 'editor', 5);
      device.getIn(offered);
      const { key } = device;
      expect(device.getIn(offered, { isUnseen: true })).toMatchObject({ type: 'let-in', secret: key?.secret });
      expect([device.key, link.uses]).toEqual([key, offered === '' ? 0 : 1]);
      expect(asked(relay).at(-1)).toBe(`look ${key?.secret}`);
    }
  });

  it('R4 loses no document and no use, wherever an attempt ends, and however often', () => {
    for (const offered of ['limited', 'free', '']) {
      for (const first of [0, 1, 2]) {
        for (const second of [0, 1, 2]) {
          for (const isAsked of [true, false]) {
            const { relay, device } = stage();
            if (offered === '') relay.owner = undefined;
            const links = [relay.link('limited', 'editor', 1), relay.link('free', 'editor')];
            device.getIn(offered, { cut: { at: first, isAsked } });
            device.getIn(offered, { cut: { at: second, isAsked } });
            // As when the address lost its secret meanwhile.
            const verdict = device.getIn(device.key === undefined ? offered : '');
            expect(verdict, `${offered} ${first} ${second}`).toMatchObject({ type: 'let-in', role: 'editor' });
            expect(links.reduce((sum, { uses }) => sum + uses, 0)).toBe(offered === '' ? 0 : 1);
            expect(device.key).toMatchObject({ isUnclaimed: false, isOwner: offered === '' });
            expect(relay.personal.size).toBe(offered === '' ? 0 : 1);
          }
        }
      }
    }
  });
});
