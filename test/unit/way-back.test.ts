import { expect, it } from 'vitest';
import type { Key } from '../../src/renderer/documents/keyring';
import { wayBackTo, wayBackWords } from '../../src/renderer/shell/way-back';
import { parseAddress } from '../../src/shared/protocol/links';

const ADDRESS = parseAddress('https://relay.example/d/plan') ?? expect.unreachable();
const OWN: Key = { secret: 'own', isUnclaimed: false, link: undefined, role: 'editor', isOwner: true };
const CAME: Key = { secret: 'mine', isUnclaimed: false, link: 'link', role: 'viewer', isOwner: false };

// Rules: way-back.ts.
it.each([
  ['no key was ever needed', undefined, 'open', { type: 'address' }],
  ['an owner’s key is of no use where everyone gets in', OWN, 'open', { type: 'address' }],
  ['nothing is known but that there is no key', undefined, 'unknown', { type: 'address' }],
  ['keys are needed, and none could be kept', undefined, 'links', { type: 'ask' }],
  ['it is an owner’s', OWN, 'unknown', { type: 'link', link: 'https://relay.example/d/plan#own', isOwn: true }],
  ['the relay has not heard of it', { ...OWN, isUnclaimed: true }, 'links', { type: 'none' }],
  ['somebody came by a link', CAME, 'links', { type: 'link', link: 'https://relay.example/d/plan#link', isOwn: false }],
  ['that link opens nothing any more', { ...CAME, isRefused: true }, 'links', { type: 'ask' }],
  ['a token was it', { ...CAME, link: 'a.b.c' }, 'links', { type: 'ask' }],
  ['what lets in is for one person alone', { ...CAME, link: undefined }, 'links', { type: 'ask' }],
] as const)('R1 when %s', (_, key, access, way) => {
  expect(wayBackTo(ADDRESS, key, access)).toEqual(way);
});

it('R1 speaks of an address only where that is a way back', () => {
  for (const access of ['open', 'links', 'unknown'] as const) {
    for (const key of [undefined, OWN, CAME, { ...OWN, isUnclaimed: true }]) {
      const way = wayBackTo(ADDRESS, key, access);
      expect(wayBackWords(way).includes('address')).toBe(way.type === 'address');
    }
  }
});
