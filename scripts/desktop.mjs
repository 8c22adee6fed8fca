/** What stands in the way of the desktop app on this machine, each with its remedy in one sentence. */
import { downloadRuntime, installedRuntime, programIn } from './electron-runtime.mjs';
import { hasDisplay } from './xvfb.mjs';

/** @typedef {{ type: 'ready', program: string } | { type: 'obstacle', sentence: string }} Desktop */

const RUNTIME_REMEDY = 'name a folder that has it in ELECTRON_OVERRIDE_DIST_PATH, or a mirror in ELECTRON_MIRROR, and start again';

/**
 * Electron's program, downloaded if it has to be.
 * @param {{ isUnsandboxed: boolean, signal?: AbortSignal }} options
 * @returns {Promise<Desktop>}
 */
export async function findDesktop({ isUnsandboxed, signal }) {
  if (!hasDisplay()) {
    return { type: 'obstacle', sentence: 'There is no display for the desktop app: start it where DISPLAY or WAYLAND_DISPLAY is set.' };
  }
  if (process.platform === 'linux' && process.getuid?.() === 0 && !isUnsandboxed) {
    return {
      type: 'obstacle',
      sentence: 'Root cannot start the desktop app with its sandbox: be another user, or run `npm start -- --no-sandbox`.',
    };
  }
  try {
    const folder = installedRuntime() ?? (await downloadRuntime(signal === undefined ? {} : { signal }));
    return { type: 'ready', program: programIn(folder) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { type: 'obstacle', sentence: `Electron's runtime cannot be had (${reason}): ${RUNTIME_REMEDY}.` };
  }
}
