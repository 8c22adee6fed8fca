import { describe, expect, it } from 'vitest';
import type { Grant } from '../../server/access/grants';
import { type GrantHolder, LiveGrants, LOOK_MS } from '../../server/access/live-grants';
import { Rejected } from '../../src/shared/protocol/rejections';
import type { Role } from '../../src/shared/protocol/roles';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';

const NOTES = 'notes' as DocumentId;

class KeptHolder implements GrantHolder {
  readonly roles: Role[] = [];
  readonly ends: string[] = [];
  roleChanged(role: Role): void {
    this.roles.push(role);
  }
  readonly rejections: string[] = [];
  grantEnded(detail: string, rejection: string): void {
    this.ends.push(detail);
    this.rejections.push(rejection);
  }
}

function grant(changes: Partial<Grant> = {}): Grant {
  return { document: NOTES, role: 'editor', isOwner: false, key: 'link:a', ...changes };
}

function stage() {
  const clock = new ManualClock();
  const log = new KeptLog();
  const live = new LiveGrants({ clock, log });
  const enter = async (changes: Partial<Grant> = {}) => {
    const holder = new KeptHolder();
    const given = grant(changes);
    return { holder, held: await live.admit(given.document, async () => given, holder) };
  };
  return { clock, log, live, enter };
}

describe('live grants', () => {
  it('R1 have the role of this moment, and say so to whoever holds them', async () => {
    const { live, enter } = stage();
    const one = await enter();
    const other = await enter({ key: 'link:b' });
    live.change(NOTES, 'link:a', { role: 'viewer', expiresAt: undefined });
    expect([one.held.role, other.held.role]).toEqual(['viewer', 'editor']);
    expect([one.holder.roles, other.holder.roles]).toEqual([['viewer'], []]);
    live.change(NOTES, 'link:a', { role: 'viewer', expiresAt: undefined });
    expect(one.holder.roles).toEqual(['viewer']);
  });

  it('R2 end with their link, each once, and those of other links and documents go on', async () => {
    const { live, enter } = stage();
    const [one, two] = [await enter(), await enter()];
    const [link, document] = [await enter({ key: 'link:b' }), await enter({ document: 'other' as DocumentId })];
    live.end(NOTES, 'link:a', 'revoked');
    live.end(NOTES, 'link:a', 'revoked');
    expect([one, two, link, document].map(({ holder }) => holder.ends)).toEqual([['revoked'], ['revoked'], [], []]);
    live.end(NOTES, undefined, 'gone', 'deleted');
    expect([link, document].map(({ holder }) => holder.ends)).toEqual([['gone'], []]);
    expect([one, link].map(({ holder }) => holder.rejections)).toEqual([['unauthorized'], ['deleted']]);
    expect(live.count(NOTES)).toBe(0);
  });

  it('R2 end when they expire, by the terms that hold then', async () => {
    const { clock, live, enter } = stage();
    const soon = await enter({ expiresAt: clock.now() + 1_000 });
    const longer = await enter({ expiresAt: clock.now() + 1_000, key: 'link:b' });
    live.change(NOTES, 'link:b', { role: 'editor', expiresAt: clock.now() + 2_000 });
    clock.tick(999);
    expect(soon.holder.ends).toEqual([]);
    clock.tick(1);
    expect([soon.holder.ends, longer.holder.ends]).toEqual([['expired'], []]);
    clock.tick(1_000);
    expect(longer.holder.ends).toEqual(['expired']);
    expect(clock.waiting).toBe(0);
  });

  it('R5 end by the calendar: also over a machine that slept past their expiry', async () => {
    const { clock, enter } = stage();
    const one = await enter({ expiresAt: clock.wallTime() + 3_600_000 });
    clock.tick(LOOK_MS / 2);
    clock.jumpWall(8 * 3_600_000);
    clock.tick(LOOK_MS / 2);
    expect(one.holder.ends).toEqual(['expired']);
    // One that comes after its end, which only the authoriser could have overlooked, ends as well.
    const late = await enter({ expiresAt: clock.wallTime() - 1 });
    clock.tick(0);
    expect([late.holder.ends, clock.waiting]).toEqual([['expired'], 0]);
  });

  it('R5 live as long as the calendar says that is set back meanwhile', async () => {
    const { clock, enter } = stage();
    const { holder } = await enter({ expiresAt: clock.wallTime() + 60_000 });
    clock.jumpWall(-3_600_000);
    clock.tick(3_659_999);
    expect(holder.ends).toEqual([]);
    clock.tick(1);
    expect(holder.ends).toEqual(['expired']);
  });

  it('a released grant tells nobody anything, and leaves no timer', async () => {
    const { clock, live, enter } = stage();
    const { held, holder } = await enter({ expiresAt: clock.now() + 1_000 });
    held.release();
    held.release();
    live.end(NOTES, undefined, 'deleted');
    expect([holder.ends, live.count(NOTES), clock.waiting]).toEqual([[], 0, 0]);
  });

  it.each(['change', 'end'] as const)('R3 look again at whoever is being admitted when a %s comes between', async (what) => {
    const { live } = stage();
    let answer: (given: Grant) => void = () => undefined;
    let looks = 0;
    const look = () =>
      looks++ === 0
        ? new Promise<Grant>((resolve) => {
            answer = resolve;
          })
        : Promise.resolve(grant({ role: 'viewer' }));
    const admitted = live.admit(NOTES, look, new KeptHolder());
    if (what === 'change') live.change(NOTES, 'link:a', { role: 'viewer', expiresAt: undefined });
    else live.end(NOTES, undefined, 'revoked');
    answer(grant());
    expect((await admitted).role).toBe('viewer');
    expect(looks).toBe(2);
  });

  it('R3 whoever is refused is not let in, and not waited for', async () => {
    const { live } = stage();
    const refused = live.admit(NOTES, () => Promise.reject(new Rejected('unauthorized')), new KeptHolder());
    await expect(refused).rejects.toThrow(Rejected);
    expect(live.count(NOTES)).toBe(0);
  });

  it('R4 a holder that fails keeps no other from hearing', async () => {
    const { live, log, enter } = stage();
    const one = await enter();
    one.holder.grantEnded = () => {
      throw new Error('broken');
    };
    const other = await enter();
    live.end(NOTES, 'link:a', 'revoked');
    expect(other.holder.ends).toEqual(['revoked']);
    expect(log.lines.map(({ level }) => level)).toEqual(['error']);
  });
});
