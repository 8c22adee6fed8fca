/**
 * `node scripts/test.mjs <suite…>`: runs suites one after the other and ends with one line that counts over all of them.
 * WEFT_REQUIRE=chromium,electron,nginx makes what cannot run a failure. WEFT_FILES_AT_ONCE=1 is slower, and lets nothing compete
 * with what is measured. Other words go to vitest. Last, one more test: no secret is in anything that was logged meanwhile.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { getChromium } from './get-chromium.mjs';
import { getElectron } from './get-electron.mjs';
import { findSecrets } from './secrets-in-logs.mjs';
import { hasDisplay, startXvfb } from './xvfb.mjs';

/** @typedef {'unit' | 'integration' | 'browser' | 'electron' | 'load'} Suite */
/** @typedef {'chromium' | 'electron'} Need */
/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** In the order they are run; so many files at once as keep two cores busy. @type {{ name: Suite, folders: string[], needs: Need[], atOnce: number }[]} */
const SUITES = [
  { name: 'unit', folders: ['test/unit', 'test/contract', 'test/fuzz'], needs: [], atOnce: 2 },
  { name: 'integration', folders: ['test/integration'], needs: [], atOnce: 3 },
  { name: 'browser', folders: ['test/browser'], needs: ['chromium'], atOnce: 3 },
  { name: 'electron', folders: ['test/electron'], needs: ['electron', 'chromium'], atOnce: 2 },
  { name: 'load', folders: ['test/load'], needs: [], atOnce: 1 },
];

const MOST_FINDINGS = 20;
const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);
const wanted = SUITES.filter(({ name }) => words.includes(name));
const forVitest = words.filter((word) => !SUITES.some(({ name }) => name === word));
const required = (process.env.WEFT_REQUIRE ?? '').split(',').map((word) => word.trim());

/** @type {Counts} */
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {Map<Need, Promise<string | undefined>>} why a need is not met, by need */
const missing = new Map();

if (wanted.length === 0) {
  say(`Which suites? ${SUITES.map(({ name }) => name).join(', ')}.`);
  process.exitCode = 2;
} else {
  const logs = mkdtempSync(join(tmpdir(), 'weft-logs-'));
  process.env.WEFT_TEST_LOGS = logs;
  for (const [index, suite] of wanted.entries()) add(await runSuite(suite, `${index + 1}/${wanted.length}`));
  add(lookForSecrets(logs));
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/**
 * @param {(typeof SUITES)[number]} suite
 * @param {string} progress
 * @returns {Promise<Counts>}
 */
async function runSuite({ name, folders, needs, atOnce }, progress) {
  if (!folders.some(hasTests)) {
    say(`${name}: missing, there is no test in ${folders.join(', ')}.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  for (const need of needs) {
    const reason = await whyMissing(need);
    if (reason === undefined) continue;
    const isRequired = required.includes(need);
    say(`${name}: cannot run: ${reason}${isRequired ? ' WEFT_REQUIRE says that it must.' : ''}`);
    return { passed: 0, failed: isRequired ? 1 : 0, skipped: isRequired ? 0 : 1 };
  }
  say(`\n${progress} ${name}`);
  return runVitest(name, atOnce);
}

/**
 * @param {Suite} name
 * @param {number} atOnce
 * @returns {Promise<Counts>}
 */
async function runVitest(name, atOnce) {
  const folder = mkdtempSync(join(tmpdir(), 'weft-report-'));
  const report = join(folder, 'report.json');
  const args = ['run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...forVitest];
  const env = { WEFT_FILES_AT_ONCE: String(atOnce), ...process.env };
  const code = await new Promise((resolvePromise) => {
    spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { cwd: root, env, stdio: 'inherit' }).on(
      'close',
      resolvePromise,
    );
  });
  const counts = readReport(report);
  rmSync(folder, { recursive: true, force: true });
  // A file that cannot be loaded, an error outside of any test, no test at all: vitest says so, and it counts.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {string} path
 * @returns {Counts}
 */
function readReport(path) {
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(path, 'utf8'));
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

/**
 * Counts as a test. The logs stay when something was found.
 * @param {string} logs
 * @returns {Counts}
 */
function lookForSecrets(logs) {
  const { findings, files, bytes, secrets } = findSecrets(logs);
  for (const { file, line, what } of findings.slice(0, MOST_FINDINGS)) say(`  ✗ ${join(logs, file)}:${line} holds ${what}`);
  // With all of them run, it would be the look itself that does not work.
  const isBlind = forVitest.length === 0 && wanted.some(({ name }) => name === 'integration') && (secrets < 100 || files < 100);
  const isFine = findings.length === 0 && !isBlind;
  const looked = `in ${files} logs (${(bytes / 1e6).toFixed(1)} MB), of ${secrets} that the tests had`;
  say(
    `\n${isFine ? '✓' : '✗'} ${findings.length === 0 ? 'no' : findings.length} secret${findings.length === 1 ? '' : 's'} found ${looked}`,
  );
  if (findings.length === 0) rmSync(logs, { recursive: true, force: true });
  return { passed: isFine ? 1 : 0, failed: isFine ? 0 : 1, skipped: 0 };
}

/** @param {Need} need */
function whyMissing(need) {
  const known = missing.get(need);
  if (known !== undefined) return known;
  const looked = (need === 'chromium' ? prepareChromium() : prepareElectron()).then(
    () => undefined,
    (error) => (error instanceof Error ? error.message : String(error)),
  );
  missing.set(need, looked);
  return looked;
}

async function prepareChromium() {
  process.env.CHROMIUM_PATH = await getChromium();
}

async function prepareElectron() {
  process.env.ELECTRON_OVERRIDE_DIST_PATH = await getElectron();
  if (hasDisplay()) return;
  // Each process of the tests starts one of its own; this is to see that it can.
  const { stop } = await startXvfb();
  stop();
}

/** @param {string} folder */
function hasTests(folder) {
  const path = join(root, folder);
  return existsSync(path) && readdirSync(path, { recursive: true }).some((file) => /\.test\.tsx?$/.test(String(file)));
}

/** @param {Counts} counts */
function add({ passed, failed, skipped }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

/** @param {string} sentence */
function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}
