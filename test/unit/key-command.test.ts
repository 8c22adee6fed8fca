import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../server/config';
import { runKeyCommand } from '../../server/key-command';
import { readRelayKey } from '../../server/storage/relay-key-file';
import { StartError } from '../../server/storage/start-error';
import { folderForTest } from '../support/folder-for-test';

let made = 0;
const random = (bytes: number) => new Uint8Array(bytes).fill(++made);

describe('weft-relay key', () => {
  it('R1 says the key to a terminal, and where it is to anything else', async () => {
    const folder = folderForTest();
    const said = await runKeyCommand({ data: folder, isNew: false }, { random, isTerminal: true });
    const key = await readRelayKey(folder);
    expect(said).toBe(`${key}\n`);
    expect(await runKeyCommand({ data: folder, isNew: false }, { random, isTerminal: true })).toBe(said);
    const piped = await runKeyCommand({ data: folder, isNew: false }, { random, isTerminal: false });
    expect(piped).toContain(join(folder, 'relay-key'));
    expect(piped).not.toContain(key);
  });

  it('--new replaces it, by a file that nobody else may read, whatever was there', async () => {
    const folder = folderForTest();
    await runKeyCommand({ data: folder, isNew: false }, { random, isTerminal: false });
    const [file, before] = [join(folder, 'relay-key'), await readRelayKey(folder)];
    await writeFile(`${file}.new`, 'half', { mode: 0o666 });
    await chmod(`${file}.new`, 0o666);
    await runKeyCommand({ data: folder, isNew: true }, { random, isTerminal: false });
    expect(await readRelayKey(folder)).not.toBe(before);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, 'nonsense');
    await expect(runKeyCommand({ data: folder, isNew: false }, { random, isTerminal: true })).rejects.toThrow(StartError);
    await runKeyCommand({ data: folder, isNew: true }, { random, isTerminal: true });
    expect((await readFile(file, 'utf8')).trim()).toMatch(/^[\w-]{24}$/);
  });

  it('is told by the command line', () => {
    const env = { HOME: '/home/ada' };
    expect(parseConfig(['key'], env, 'linux')).toEqual({ type: 'key', data: '/home/ada/.local/share/weft-relay', isNew: false });
    expect(parseConfig(['key', '--new', '--data', '/srv/weft'], env, 'linux')).toEqual({ type: 'key', data: '/srv/weft', isNew: true });
    expect(parseConfig(['key', '--old'], env, 'linux').type).toBe('wrong');
    expect(parseConfig(['--new'], env, 'linux').type).toBe('wrong');
  });
});
