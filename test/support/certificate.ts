/** Certificates that sign themselves, for tests of TLS: made here, because not every machine has openssl. RFC 5280, in DER. */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificateForTest {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** A word that tells one from another. */
  readonly name?: string;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly until?: number;
  /** Of a key that everybody can guess. */
  readonly isWeak?: boolean;
}

const HOUR_MS = 3_600_000;

/** For `localhost` and 127.0.0.1; valid now, for an hour. */
export function makeCertificate({
  name = 'Weft test',
  from = Date.now() - HOUR_MS,
  until = Date.now() + HOUR_MS,
  isWeak = false,
}: CertificateOptions = {}): CertificateForTest {
  const { privateKey, publicKey } = isWeak
    ? generateKeyPairSync('rsa', { modulusLength: 512 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // sha256WithRSAEncryption, ecdsa-with-SHA256
  const algorithm = sequence(isWeak ? oid(1, 2, 840, 113549, 1, 1, 11) : oid(1, 2, 840, 10045, 4, 3, 2), ...(isWeak ? [der(0x05)] : []));
  const subject = sequence(der(0x31, sequence(oid(2, 5, 4, 3), der(0x0c, Buffer.from(name)))));
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([0x40, ...randomBytes(15)])),
    algorithm,
    subject,
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(oid(2, 5, 29, 17), der(0x04, names)))),
  );
  const signature = sign('sha256', tbs, privateKey);
  const certificate = sequence(tbs, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n').trim()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The flags of a relay that uses it; the files are in `folder`. */
export function tlsFlags(folder: string, { cert, key }: CertificateForTest): string[] {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  return ['--tls-cert', certFile, '--tls-key', keyFile];
}

/** The key of a certificate under a passphrase. */
export function lock(key: string): string {
  return createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }).toString();
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return der(0x30, ...contents);
}

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function time(moment: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(moment).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}
