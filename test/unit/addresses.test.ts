import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { appAddress, browserAddress, parseAddress, parseRelayOrigin } from '../../src/shared/protocol/links';
import { type DocumentId, documentIdInPath, newDocumentId, parseDocumentId, webSocketBase } from '../../src/shared/protocol/routes';

const id = 'q3Zk0_notes.v1~-' as DocumentId;

describe('a document id', () => {
  it('is 22 characters of 128 random bits when it is ours', () => {
    expect(newDocumentId((length) => randomBytes(length))).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it.each(['a', 'x'.repeat(128), '__proto__', 'a.b~c-d_e', '...'])('may be %s', (text) => {
    expect(parseDocumentId(text)).toBe(text);
  });

  it.each(['', '.', '..', 'a/b', '../x', 'a b', 'ä', 'a\0b', 'x'.repeat(129), '%2e%2e', 'a\n'])('may not be %j', (text) => {
    expect(parseDocumentId(text)).toBeUndefined();
  });

  it('is found in the path of its page, decoded once', () => {
    expect(documentIdInPath('/d/abc')).toBe('abc');
    expect(documentIdInPath('/d/a%62c/')).toBe('abc');
    expect(documentIdInPath('/d/a%2562c')).toBeUndefined();
    expect(documentIdInPath('/d/..%2f..%2fetc')).toBeUndefined();
    expect(documentIdInPath('/d/%')).toBeUndefined();
    expect(documentIdInPath('/abc')).toBeUndefined();
  });
});

describe('an address', () => {
  it.each(['', 'c2VjcmV0'])('comes back from both forms (secret %j)', (secret) => {
    const address = { relay: 'https://relay.example:8443', document: id, secret };
    expect(parseAddress(browserAddress(address))).toEqual(address);
    expect(parseAddress(appAddress(address))).toEqual(address);
  });

  it('keeps its secret in the fragment, which no server sees', () => {
    expect(browserAddress({ relay: 'http://h', document: id, secret: 's' })).toBe(`http://h/d/${id}#s`);
    expect(appAddress({ relay: 'http://h', document: id, secret: 's' })).toBe(`weft://join/${id}?relay=http%3A%2F%2Fh#s`);
  });

  it('may be a bare id where there is a relay to look for it', () => {
    expect(parseAddress(' abc ', 'http://localhost:4321')).toEqual({ relay: 'http://localhost:4321', document: 'abc', secret: '' });
    expect(parseAddress('abc')).toBeUndefined();
  });

  it.each([
    '',
    'hello world',
    'ftp://host/d/abc',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://host/',
    'http://host/x/abc',
    'https://user:pass@host/d/abc',
    'weft://join/abc',
    'weft://join/abc?relay=file:///etc',
    'weft://leave/abc?relay=http://h',
    'weft://join/a/b?relay=http://h',
  ])('is not %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('a relay', () => {
  it.each([
    ['localhost:4321', 'http://localhost:4321'],
    ['https://Relay.Example/', 'https://relay.example'],
    ['http://[::1]:4321/d/abc', 'http://[::1]:4321'],
  ])('typed as %s is %s', (text, origin) => {
    expect(parseRelayOrigin(text)).toBe(origin);
  });

  it('has a WebSocket address of the same security', () => {
    expect(webSocketBase('http://h:1')).toBe('ws://h:1');
    expect(webSocketBase('https://h')).toBe('wss://h');
  });
});
