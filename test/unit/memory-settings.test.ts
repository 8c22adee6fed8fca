import { describe, expect, it } from 'vitest';
import { beginWithMemorySettings, type ThisProcess } from '../../server/memory-settings';

interface Begun {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Record<string, string | undefined>;
}

function begin(differences: Partial<ThisProcess> = {}, platform: NodeJS.Platform = 'linux', hasParent = false): Begun[] {
  const begun: Begun[] = [];
  const self: ThisProcess = {
    execPath: '/bin/node',
    execArgv: ['--inspect'],
    argv: ['/bin/node', '/weft/main.js', '--port', '0'],
    env: { HOME: '/home/ada' },
    execve: (file, args, env) => void begun.push({ file, args, env }),
    ...differences,
  };
  beginWithMemorySettings(self, platform, hasParent);
  return begun;
}

describe('a relay that begins', () => {
  it('becomes itself once more, with the settings (R1)', () => {
    const [begun] = begin();
    expect(begun).toEqual({
      file: '/bin/node',
      args: ['/bin/node', '--inspect', '--max-semi-space-size=4', '/weft/main.js', '--port', '0'],
      env: { HOME: '/home/ada', MALLOC_MMAP_THRESHOLD_: '131072' },
    });
    expect(begin({ execArgv: begun?.args.slice(1, 3) ?? [] })).toEqual([]);
  });

  it('obeys whoever sets them otherwise (R2)', () => {
    expect(begin({ env: { NODE_OPTIONS: '--max-semi-space-size=32' } })).toEqual([]);
    expect(begin({ execArgv: ['--max-semi-space-size=32'] })).toEqual([]);
    expect(begin({ env: { MALLOC_MMAP_THRESHOLD_: '1' } })[0]?.env).toEqual({ MALLOC_MMAP_THRESHOLD_: '1' });
  });

  it('runs as it is where Node cannot, or a parent would lose it (R3)', () => {
    expect(begin({ execve: undefined })).toEqual([]);
    expect(begin({}, 'win32')).toEqual([]);
    expect(begin({}, 'linux', true)).toEqual([]);
    expect(begin({ send: () => true })).toEqual([]);
  });
});
