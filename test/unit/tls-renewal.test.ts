import { describe, expect, test } from 'vitest';
import type { TlsPair } from '../../server/tls-files';
import { LOOK_MS, TlsRenewal } from '../../server/tls-renewal';
import { KeptLog } from '../support/kept-log';
import { ManualClock } from '../support/manual-clock';

const FILES = { certificate: 'cert.pem', key: 'key.pem' };
const DAY = 24 * 3_600_000;

function start({ days = 90 } = {}) {
  const clock = new ManualClock();
  const log = new KeptLog();
  const pairOf = (name: string, daysLeft = 90): TlsPair => ({
    cert: Buffer.from(`cert ${name}`),
    key: Buffer.from(`key ${name}`),
    expiresAt: clock.now() + daysLeft * DAY,
  });
  const used: string[] = [];
  const disk: { pair: TlsPair; problem: string | undefined; looks: number } = { pair: pairOf('first', days), problem: undefined, looks: 0 };
  const renewal = new TlsRenewal({
    files: FILES,
    pair: disk.pair,
    clock,
    log,
    use: ({ cert }) => void used.push(cert.toString()),
    async read(files) {
      expect(files).toBe(FILES);
      disk.looks++;
      if (disk.problem !== undefined) throw new Error(disk.problem);
      return disk.pair;
    },
  });
  const warnings = () => log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => ('detail' in fields ? fields.detail : ''));
  return { clock, log, renewal, disk, used, pairOf, warnings };
}

describe('a certificate on the disk', () => {
  test('R1 is looked at again and again, and taken up when it is another', async () => {
    const { clock, disk, used, pairOf, log } = start();
    await clock.advance(3 * LOOK_MS);
    expect([disk.looks, used]).toEqual([3, []]);
    disk.pair = pairOf('second');
    await clock.advance(LOOK_MS);
    expect(used).toEqual(['cert second']);
    await clock.advance(3 * LOOK_MS);
    expect(used).toEqual(['cert second']);
    expect(log.lines.map(({ message }) => message)).toEqual(['A renewed certificate is in use']);
  });

  test('R1 is another when its key alone is', async () => {
    const { clock, disk, used } = start();
    disk.pair = { ...disk.pair, key: Buffer.from('another') };
    await clock.advance(LOOK_MS);
    expect(used).toHaveLength(1);
  });

  test('R2 R3 changes nothing while it cannot be used, is told once, and is taken up when it can be', async () => {
    const { clock, disk, used, pairOf, warnings } = start();
    disk.problem = 'no pair';
    await clock.advance(5 * LOOK_MS);
    expect([used, warnings()]).toEqual([[], ['no pair']]);
    disk.problem = undefined;
    disk.pair = pairOf('second');
    await clock.advance(LOOK_MS);
    expect(used).toEqual(['cert second']);
    disk.problem = 'no pair';
    await clock.advance(2 * LOOK_MS);
    expect(warnings()).toEqual(['no pair', 'no pair']);
  });

  test('R3 is told of when its end comes near, once, and no more when it was renewed', async () => {
    const { clock, disk, pairOf, warnings } = start({ days: 15 });
    await clock.advance(DAY - LOOK_MS);
    expect(warnings()).toEqual([]);
    await clock.advance(3 * LOOK_MS);
    expect(warnings()).toEqual([expect.stringContaining(`valid until ${new Date(disk.pair.expiresAt).toISOString()}`)]);
    disk.pair = pairOf('second');
    await clock.advance(DAY);
    expect(warnings()).toHaveLength(1);
  });

  test('is not looked at any more once the relay stops, nor used when the look was under way', async () => {
    const { clock, disk, used, pairOf, renewal } = start();
    disk.pair = pairOf('second');
    clock.tick(LOOK_MS);
    renewal.stop();
    await clock.advance(10 * LOOK_MS);
    expect([disk.looks, used]).toEqual([1, []]);
    expect(clock.waiting).toBe(0);
  });

  test('R3 is warned of by the calendar, which goes on while the machine sleeps', async () => {
    const { clock, warnings } = start();
    clock.jumpWall(80 * DAY);
    await clock.advance(LOOK_MS);
    expect(warnings()).toEqual([expect.stringContaining('valid until')]);
  });
});
