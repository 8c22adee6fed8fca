/** The owner's client against the real relay: what it reads is what the relay says, and it does what it says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/renderer/documents/clock';
import { LinksClient, SharingFailure } from '../../src/renderer/session/links-client';
import type { NewDocument } from '../../src/shared/protocol/sharing';
import { GuardedRelay, SECRETS_GIVEN } from '../support/guarded-relay';
import { MemoryKeyring } from '../support/memory-keyring';
import { endRelays } from '../support/relay-process';

let relay: GuardedRelay;
let relayId: string;

beforeAll(async () => {
  relay = await GuardedRelay.start();
  relayId = (JSON.parse((await relay.ask('GET', '/health')).body) as { relay: string }).relay;
});
afterAll(endRelays);

function clientOf(made: NewDocument, options: { secret?: string; relayId?: string } = {}): LinksClient {
  return new LinksClient({
    place: { relay: relay.process.address, document: made.document },
    relayId: () => options.relayId ?? relayId,
    secret: () => options.secret ?? made.secret,
    keyring: new MemoryKeyring(),
    fetch,
    clock: systemClock,
  });
}

describe('the client of an owner', () => {
  it('makes a link that lets in, changes it, revokes it, and takes it from the list', async () => {
    const made = await relay.create();
    const links = clientOf(made);
    expect(await links.list()).toEqual([]);
    const expiresAt = Date.now() + 60_000;
    const { link, secret, isKept } = await links.add({ role: 'viewer', label: 'for the class', expiresAt, mostUses: 2 });
    SECRETS_GIVEN.add(secret);
    expect(isKept).toBe(true);
    expect(link).toMatchObject({ role: 'viewer', label: 'for the class', expiresAt, uses: 0, mostUses: 2, isRevoked: false });
    expect(await links.secrets()).toEqual(new Map([[link.id, secret]]));

    const joined = await relay.join(made.document, secret, 'Grace');
    expect(joined.role).toBe('viewer');
    expect(await links.list()).toMatchObject([{ id: link.id, uses: 1, arrivals: [{ name: 'Grace' }] }]);

    expect(await links.change(link.id, { role: 'editor', label: 'co-authors', expiresAt: null })).toMatchObject({
      id: link.id,
      role: 'editor',
      label: 'co-authors',
      expiresAt: null,
    });
    expect(JSON.parse((await relay.ask('GET', `/documents/${made.document}`, joined.secret)).body)).toMatchObject({ role: 'editor' });

    expect(await links.change(link.id, { isRevoked: true })).toMatchObject({ isRevoked: true });
    expect((await relay.ask('GET', `/documents/${made.document}`, joined.secret)).status).toBe(401);
    await links.remove(link.id);
    expect(await links.list()).toEqual([]);
    await expect(links.remove(link.id)).rejects.toMatchObject({ kind: 'gone' });
  });

  it('says what the relay says when there are too many, and what it is not allowed', async () => {
    const made = await relay.create();
    const links = clientOf(made);
    const { secret } = await links.add({ role: 'editor' });
    await expect(clientOf(made, { secret }).list()).rejects.toMatchObject({ kind: 'refused' });
    for (let more = 1; more < 200; more++) await relay.link(made, { role: 'viewer' });
    await expect(links.add({ role: 'viewer' })).rejects.toThrow('A document has at most 200 links; delete one that nobody needs.');
    expect(await links.list()).toHaveLength(200);
  });

  it('deletes the document; from then on nobody is its owner', async () => {
    const made = await relay.create();
    const links = clientOf(made);
    await links.deleteDocument();
    await expect(links.list()).rejects.toMatchObject({ kind: 'refused' });
  });

  it('tells nothing to another relay at the address, and the log knows no secret', async () => {
    const made = await relay.create();
    await expect(clientOf(made, { relayId: 'another', secret: 'never-said-to-anybody-xx' }).list()).rejects.toBeInstanceOf(SharingFailure);
    const printed = `${relay.process.stdout}${relay.process.stderr}`;
    expect(printed).toContain('request refused');
    for (const secret of SECRETS_GIVEN) expect(printed).not.toContain(secret);
  });
});
