/** File systems that cannot sync a folder: what they say is put in the mouth of the real one. */
import { readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { writeFileAtomically } from '../../src/main/atomic-file';
import { folderForTest } from '../support/folder-for-test';

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  return { ...fs, open: vi.fn(fs.open) };
});

const openReally = vi.mocked(open).getMockImplementation();
const failure = (code: string) => Object.assign(new Error(code), { code });

afterEach(() => {
  if (openReally !== undefined) vi.mocked(open).mockImplementation(openReally);
});

/** @param fails at a folder: opening it, or syncing it. */
function foldersFail(fails: { readonly opening?: string; readonly syncing?: string }): void {
  vi.mocked(open).mockImplementation(async (path, flags, mode) => {
    const isFolder = flags === 'r';
    if (isFolder && fails.opening !== undefined) throw failure(fails.opening);
    const file = (await openReally?.(path, flags, mode)) as FileHandle;
    if (isFolder && fails.syncing !== undefined) file.sync = () => Promise.reject(failure(fails.syncing ?? ''));
    return file;
  });
}

test
  .skipIf(process.platform === 'win32')
  .each([[{ syncing: 'EINVAL' }], [{ syncing: 'ENOTSUP' }], [{ opening: 'EACCES' }], [{ opening: 'EPERM' }]])(
  'a file is written where its folder says %j',
  async (fails) => {
    const folder = folderForTest();
    foldersFail(fails);
    await writeFileAtomically(join(folder, 'a.md'), 'whole');
    expect([readFileSync(join(folder, 'a.md'), 'utf8'), readdirSync(folder)]).toEqual(['whole', ['a.md']]);
  },
);

test.skipIf(process.platform === 'win32')('a disk that breaks is told', async () => {
  foldersFail({ syncing: 'EIO' });
  await expect(writeFileAtomically(join(folderForTest(), 'a.md'), 'whole')).rejects.toThrow('EIO');
});
