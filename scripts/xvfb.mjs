/** A display for programs that need one, where there is none: Xvfb itself, for its wrapper's pipes outlive it and hang. */
import { spawn } from 'node:child_process';

const STARTS_WITHIN_MS = 15_000;

/** Whether windows can be shown here without help. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * Starts a display that nobody sees; it picks a free number itself.
 * @returns {Promise<{ display: string, stop: () => void }>}
 * @throws {Error} with the one sentence that says why there is none
 */
export function startXvfb() {
  return new Promise((resolve, reject) => {
    const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x1000x24', '-nolisten', 'tcp', '-noreset'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error('Xvfb did not start in time.'));
    }, STARTS_WITHIN_MS);
    const stop = () => child.kill();
    process.once('exit', stop);
    child.once('error', () => {
      clearTimeout(timer);
      reject(new Error('There is no display, and Xvfb is not installed (Debian: apt-get install xvfb).'));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      process.off('exit', stop);
      reject(new Error(`Xvfb ended with exit code ${code}.`));
    });
    let number = '';
    child.stdio[3]?.on('data', (chunk) => {
      number += chunk;
      if (!number.includes('\n')) return;
      clearTimeout(timer);
      child.unref();
      resolve({ display: `:${number.trim()}`, stop });
    });
  });
}
