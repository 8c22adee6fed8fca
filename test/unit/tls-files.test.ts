import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { StartError } from '../../server/storage/start-error';
import { readTlsPair, type TlsFiles } from '../../server/tls-files';
import { type CertificateForTest, lock, makeCertificate, tlsFlags } from '../support/certificate';
import { folderForTest } from '../support/folder-for-test';

const NOW = Date.now();
const DAY = 24 * 3_600_000;

function write(pair: CertificateForTest): TlsFiles {
  const [, certificate = '', , key = ''] = tlsFlags(folderForTest(), pair);
  return { certificate, key };
}

const refusal = (files: TlsFiles, now = NOW) =>
  readTlsPair(files, now).then(
    () => undefined,
    (error: unknown) => (error instanceof StartError ? error.message : error),
  );

describe('a certificate and its key', () => {
  test('are read as they are, with the end of their time', async () => {
    const until = Math.trunc(NOW / 1_000) * 1_000 + DAY;
    const made = makeCertificate({ until });
    const files = write(made);
    const { cert, key, expiresAt } = await readTlsPair(files, NOW);
    expect([cert.toString(), key.toString(), expiresAt]).toEqual([made.cert, made.key, until]);
  });

  test('may have the certificates of authorities behind them, and words around them', async () => {
    const made = makeCertificate();
    const chain = `Subject: CN=x\n${made.cert}\n${makeCertificate({ name: 'authority' }).cert}`;
    expect(await refusal(write({ ...made, cert: chain }))).toBeUndefined();
  });

  test('R1 that are missing are named, each with its flag', async () => {
    const files = write(makeCertificate());
    expect(await refusal({ ...files, certificate: '/no/such.pem' })).toMatch(
      /^The certificate for TLS cannot be read \(ENOENT.*--tls-cert\.$/,
    );
    expect(await refusal({ ...files, key: '/no/such.pem' })).toMatch(/^The key for TLS cannot be read \(ENOENT.*--tls-key\.$/);
    expect(await refusal({ ...files, key: folderForTest() })).toMatch(/^The key for TLS cannot be read \(EISDIR.*--tls-key\.$/);
  });

  test.each(['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])('R1 R2 are none in %j', async (text) => {
    const made = makeCertificate();
    const files = write(made);
    writeFileSync(files.certificate, text);
    expect(await refusal(files)).toBe(
      `There is no certificate in ${files.certificate}; it has to be one in PEM, which begins with “-----BEGIN CERTIFICATE-----”.`,
    );
    writeFileSync(files.certificate, made.cert);
    writeFileSync(files.key, text);
    expect(await refusal(files)).toBe(
      `There is no private key in ${files.key}; it has to be one in PEM, which begins with “-----BEGIN PRIVATE KEY-----”.`,
    );
  });

  test('R1 in the wrong order are told so', async () => {
    const files = write(makeCertificate());
    expect(await refusal({ certificate: files.key, key: files.certificate })).toContain('There is no certificate in');
    expect(await refusal({ certificate: files.certificate, key: files.certificate })).toContain('There is no private key in');
  });

  test('R1 are no pair', async () => {
    const files = write({ cert: makeCertificate().cert, key: makeCertificate().key });
    expect(await refusal(files)).toBe(
      `The key in ${files.key} does not belong to the certificate in ${files.certificate}; name the two that do.`,
    );
  });

  test('R1 R2 are locked by a passphrase', async () => {
    const made = makeCertificate();
    const files = write({ ...made, key: lock(made.key) });
    const said = String(await refusal(files));
    expect(said).toContain(`The key in ${files.key} is locked by a passphrase`);
    expect(said).not.toContain(readFileSync(files.key, 'utf8').split('\n')[1]);
  });

  test('R1 are out of date, or of a day to come', async () => {
    const files = write(makeCertificate({ from: Date.parse('2030-01-02'), until: Date.parse('2030-05-06') }));
    expect(await refusal(files, Date.parse('2030-05-07'))).toBe(`The certificate in ${files.certificate} expired on 2030-05-06; renew it.`);
    expect(await refusal(files, Date.parse('2029-12-31'))).toBe(
      `The certificate in ${files.certificate} is not valid before 2030-01-02; look at this machine's clock.`,
    );
    expect(await refusal(files, Date.parse('2030-03-01'))).toBeUndefined();
  });

  test('R1 are too weak to be used', async () => {
    const files = write(makeCertificate({ isWeak: true }));
    expect(await refusal(files)).toMatch(/^The certificate in .* cannot be used \(.*too small.*\); have another made\.$/);
  });
});
