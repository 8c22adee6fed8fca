/**
 * The relay's certificate and its key: two files in PEM, as every certificate authority gives them out.
 *
 * R1  What is wrong with them is one sentence, with what to do, before anything is opened.
 * R2  Nothing of a key is in what is said about it.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { StartError } from './storage/start-error';

/** As written: relative to where the relay was started. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A pair that fits. */
export interface TlsPair {
  /** PEM: the relay's own first, then those that lead to its authority. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** @param now milliseconds since 1970. @throws {StartError} R1 */
export async function readTlsPair(files: TlsFiles, now: number): Promise<TlsPair> {
  const cert = await read(files.certificate, 'certificate', '--tls-cert');
  const key = await read(files.key, 'key', '--tls-key');
  const certificate = parseCertificate(cert, files.certificate);
  const privateKey = parseKey(key, files.key);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new StartError(`The key in ${files.key} does not belong to the certificate in ${files.certificate}; name the two that do.`);
  }
  const [from, expiresAt] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (expiresAt <= now) throw new StartError(`The certificate in ${files.certificate} expired on ${day(expiresAt)}; renew it.`);
  if (from > now)
    throw new StartError(`The certificate in ${files.certificate} is not valid before ${day(from)}; look at this machine's clock.`);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new StartError(`The certificate in ${files.certificate} cannot be used (${messageOf(error)}); have another made.`);
  }
  return { cert, key, expiresAt };
}

async function read(file: string, what: string, flag: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new StartError(`The ${what} for TLS cannot be read (${messageOf(error)}); name a file that can be with ${flag}.`);
  }
}

function parseCertificate(pem: Buffer, file: string): X509Certificate {
  try {
    // PEM alone: what it would also take, DER, cannot be served.
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return new X509Certificate(pem);
  } catch {
    // What it says is OpenSSL's own language.
  }
  throw new StartError(`There is no certificate in ${file}; it has to be one in PEM, which begins with “-----BEGIN CERTIFICATE-----”.`);
}

function parseKey(pem: Buffer, file: string): KeyObject {
  if (pem.includes('ENCRYPTED')) {
    throw new StartError(
      `The key in ${file} is locked by a passphrase, which nobody is there to type; store it without (openssl pkey -in … -out …).`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new StartError(`There is no private key in ${file}; it has to be one in PEM, which begins with “-----BEGIN PRIVATE KEY-----”.`);
  }
}

function day(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, ' ') : 'unknown';
}
