/**
 * Looks through everything that programs logged while the tests ran, for every secret that a test had in its hands, and for
 * whatever looks like one: `node scripts/secrets-in-logs.mjs <folder>`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ file: string, line: number, what: string }} Finding */
/** @typedef {{ findings: Finding[], files: number, bytes: number, secrets: number }} Look */

/** One JSON string a line. */
const REGISTER = 'secrets';
/** What secrets and tokens are made of, and what they may stand in. */
const RUN = /[A-Za-z0-9_.~+/=-]{16,}/g;
const PREFIX = 12;

/** What is suspicious without being known. Each has one way to be right, which is not to be there. @type {[what: string, pattern: RegExp][]} */
const SUSPICIOUS = [
  ['an Authorization header', /\bBearer\s+[A-Za-z0-9._~+/-]{8,}/i],
  ['the sub-protocol of a secret', /weft\.secret\.[A-Za-z0-9_-]+/],
  ['a field for a secret', /\\?"(?:secret|token|password|authorization|relayKey|key)\\?"\s*:\s*\\?"[^"\\]{8,}/i],
  ['a secret in an address', /[?&](?:secret|token|access_token|authorization|key)=[^&\s"']+/i],
  ['the fragment of a link', /\/[\w.~%-]+#[A-Za-z0-9_-]{24,}/],
  ['a token', /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
];
/** The grammar of a secret: 24 characters, or 43. Ids of documents and relays have 22. */
const SHAPED = /(?<![\w-])(?:[A-Za-z0-9_-]{24}|[A-Za-z0-9_-]{43})(?![\w-])/g;

/**
 * @param {string} folder
 * @returns {Look}
 */
export function findSecrets(folder) {
  const names = readdirSync(folder).sort();
  const secrets = names.includes(REGISTER)
    ? readFileSync(join(folder, REGISTER), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => /** @type {string} */ (JSON.parse(line)))
    : [];
  const isKnown = search(secrets);
  /** @type {Look} */
  const look = { findings: [], files: 0, bytes: 0, secrets: new Set(secrets).size };
  for (const name of names) {
    if (name === REGISTER) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    look.files++;
    look.bytes += text.length;
    for (const [index, logged] of text.split('\n').entries()) {
      const line = withoutPercents(logged);
      const what = isKnown(logged) || isKnown(line) ? 'a secret of a test' : suspicion(line);
      if (what !== undefined) look.findings.push({ file: name, line: index + 1, what });
    }
  }
  return look;
}

/**
 * Whether one of so many is in a line, in one pass over it.
 * @param {string[]} secrets
 * @returns {(line: string) => boolean}
 */
function search(secrets) {
  /** @type {Map<string, string[]>} */
  const byPrefix = new Map();
  /** Those with spaces, for instance. @type {string[]} */
  const others = [];
  for (const secret of new Set(secrets)) {
    if (secret.match(RUN)?.[0] !== secret) others.push(secret);
    else byPrefix.set(secret.slice(0, PREFIX), [...(byPrefix.get(secret.slice(0, PREFIX)) ?? []), secret]);
  }
  return (line) => {
    if (others.some((secret) => line.includes(secret))) return true;
    for (const [run] of line.matchAll(RUN)) {
      for (let at = 0; at + PREFIX <= run.length; at++) {
        const alike = byPrefix.get(run.slice(at, at + PREFIX));
        if (alike?.some((secret) => run.startsWith(secret, at)) === true) return true;
      }
    }
    return false;
  };
}

/**
 * An address within an address: its `%2F` is no beginning of a word of random characters, and hides none.
 * @param {string} line
 */
function withoutPercents(line) {
  return line.replace(/%[2-7][0-9a-f]/gi, decodeURIComponent);
}

/** @param {string} line */
function suspicion(line) {
  const found = SUSPICIOUS.find(([, pattern]) => pattern.test(line));
  if (found !== undefined) return found[0];
  // What is random has all kinds of characters; words and paths have not.
  const isShaped = (line.match(SHAPED) ?? []).some((word) => /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word));
  return isShaped ? 'something of the form of a secret' : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { findings, files, secrets } = findSecrets(process.argv[2] ?? '.');
  for (const { file, line, what } of findings) process.stdout.write(`${file}:${line}: ${what}\n`);
  process.stdout.write(`${findings.length} found, in ${files} logs, of ${secrets} secrets and what looks like one.\n`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
