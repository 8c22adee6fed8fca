/**
 * Settings of memory that count from a process's first moment only: where Node can, the relay becomes itself once more with them.
 *
 * R1  It stays the same process, with the same arguments, standard streams and id; it happens once.
 * R2  Whoever starts the relay with such settings of their own is obeyed.
 * R3  Where Node cannot (before 22.15 and 23.11, on Windows), or a parent holds a channel that would be lost, the relay runs as it
 *     is, and needs more memory.
 */

/** Of young objects, in MiB. With Node's own 16 a burst of connections grows the heap by what it takes minutes to give back. */
const YOUNG = '--max-semi-space-size=4';
/** In bytes, for glibc: larger pieces go back to the system when they are freed. Without it a few large ones raise the threshold. */
const LARGE_PIECES = { MALLOC_MMAP_THRESHOLD_: '131072' };

export const MEMORY_SETTINGS = { nodeFlags: [YOUNG], environment: LARGE_PIECES } as const;

/** What is needed of Node's `process`. */
export interface ThisProcess {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Set where a parent holds a channel. */
  readonly send?: unknown;
  /** Does not return. Since Node 22.15 and 23.11. */
  readonly execve?: ((file: string, args: readonly string[], env: Record<string, string | undefined>) => unknown) | undefined;
}

/** Does not return where the process begins anew. */
export function beginWithMemorySettings(self: ThisProcess, platform: NodeJS.Platform, hasParent: boolean): void {
  const { execve, execPath, execArgv, argv, env } = self;
  if (execve === undefined || platform === 'win32' || hasParent || self.send !== undefined) return;
  if ([...execArgv, env.NODE_OPTIONS ?? ''].some((flag) => flag.includes('semi-space-size'))) return;
  execve(execPath, [execPath, ...execArgv, YOUNG, ...argv.slice(1)], { ...LARGE_PIECES, ...env });
}
