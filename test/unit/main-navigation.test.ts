import { EventEmitter } from 'node:events';
import type { WebContents } from 'electron';
import { describe, expect, test, vi } from 'vitest';
import { documentIn, documentInPage } from '../../src/main/app-origin';
import { refusedSwitch } from '../../src/main/debug-switches';
import { documentAddress, givenLink, LONGEST_ADDRESS, linkInArguments, registerLinkScheme } from '../../src/main/deep-links';
import { externalAddress, guardNavigation } from '../../src/main/navigation';

class Contents extends EventEmitter {
  openHandler: (() => { action: string }) | undefined;
  setWindowOpenHandler(handler: () => { action: string }): void {
    this.openHandler = handler;
  }
}

function guarded(): Contents {
  const contents = new Contents();
  guardNavigation(contents as unknown as WebContents);
  return contents;
}

const FOREIGN = [
  'app://host.evil/',
  'app://weft.evil/',
  'app://weft@evil/',
  'app://user@weft/',
  'app://weft:1/',
  'appx://weft/',
  'https://app//weft/',
  'https://evil.example/#app://weft',
  'https://weft/',
  'http://127.0.0.1:4321/',
  'javascript:alert(1)',
  'data:text/html,<p>x',
  'file:///etc/passwd',
  'file://weft/',
  'blob:app://weft/x',
  'about:blank',
  'view-source:app://weft/',
  'devtools://devtools/',
  'weft://join/abc',
  '',
];

describe('navigation', () => {
  test.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('R1 %s is stopped for whatever is not the app', (event) => {
    const contents = guarded();
    for (const url of FOREIGN) {
      const details = { url, preventDefault: vi.fn() };
      contents.emit(event, details, url);
      expect(details.preventDefault, url).toHaveBeenCalledOnce();
    }
  });

  test('R1 a page of the app may go to a page of the app', () => {
    const details = { url: 'app://weft/?open=x', preventDefault: vi.fn() };
    guarded().emit('will-navigate', details, details.url);
    expect(details.preventDefault).not.toHaveBeenCalled();
  });

  test('R2 no window is opened and no webview attached', () => {
    const contents = guarded();
    const details = { preventDefault: vi.fn() };
    contents.emit('will-attach-webview', details);
    expect(details.preventDefault).toHaveBeenCalledOnce();
    expect(contents.openHandler?.()).toEqual({ action: 'deny' });
  });

  test('R3 only http:, https: and mailto: lead out, as the parser wrote them', () => {
    expect(externalAddress(' https://example.org/a b')).toBe('https://example.org/a%20b');
    expect(externalAddress('http://example.org')).toBe('http://example.org/');
    expect(externalAddress('mailto:a@example.org')).toBe('mailto:a@example.org');
    for (const url of [
      'file:///etc/passwd',
      'smb://host/share',
      'ms-calculator:',
      'javascript:alert(1)',
      'weft://join/abc',
      'app://weft/',
      'calc',
      '/usr/bin/calc',
      '',
      `https://example.org/${'x'.repeat(3_000)}`,
    ])
      expect(externalAddress(url), url).toBeUndefined();
  });

  test('a window’s address names its document, and only in the app', () => {
    const address = 'http://127.0.0.1:4321/d/abc';
    expect(documentInPage(`app://weft/?open=${encodeURIComponent(`${address}#s&x=1`)}`)).toBe(address);
    expect(documentInPage('app://weft/')).toBeUndefined();
    expect(documentInPage('https://evil.example/?open=x')).toBeUndefined();
  });
});

describe('a document', () => {
  test('is the same one in either form of its address, whatever the secret', () => {
    const name = 'http://localhost:4321/d/abc';
    for (const form of [name, `${name}#one`, 'weft://join/abc?relay=http%3A%2F%2Flocalhost%3A4321#other'])
      expect(documentIn(form)).toBe(name);
    expect(documentIn('http://localhost:4321/')).toBeUndefined();
  });
});

describe('addresses from outside', () => {
  const link = 'weft://join/abc?relay=http%3A%2F%2Flocalhost%3A4321#secret';
  const inBrowser = 'https://relay.example/d/abc';

  test.each([
    [[link], link],
    [[inBrowser], inBrowser],
    [['--inspect', '--gpu-launcher=calc', '/path/to/app', link, '--no-sandbox'], link],
    [['--', link], link],
    [['/path/to/app'], undefined],
    [[], undefined],
    [[link, inBrowser], undefined],
    [[`--open=${link}`], undefined],
    [[`-${link}`], undefined],
    [['weft://join/..?relay=http://x'], undefined],
    [['weft://join/abc'], undefined],
    [['weft://other/abc?relay=http%3A%2F%2Fx'], undefined],
    [['weft://join/a%00b?relay=http%3A%2F%2Fx'], undefined],
    [['weft://join/a b?relay=http%3A%2F%2Fx'], undefined],
    [['weft://join/abc?relay=file%3A%2F%2F%2Fetc'], undefined],
    [['weft://join/abc?relay=javascript%3Aalert(1)'], undefined],
    [['weft://join/abc?relay=http%3A%2F%2Fu%3Ap%40x'], undefined],
    [['https://relay.example/'], undefined],
    [['https://relay.example/d/a/b'], undefined],
    [['file:///d/abc'], undefined],
    [['javascript:alert(1)'], undefined],
    [['abc'], undefined],
    [['"'], undefined],
    [["' --inspect"], undefined],
    [[`${link}${'x'.repeat(1024 * 1024)}`], undefined],
  ] as const)('R1 the command line %j gives %j', (words, expected) => {
    // No diff of a megabyte when it fails.
    const given = linkInArguments(words);
    expect((given?.type === 'document' ? given.address : undefined) === expected).toBe(true);
  });

  test('R3 a link with the longest secret that a relay takes is taken', () => {
    const long = `weft://join/${'a'.repeat(128)}?relay=${encodeURIComponent(`https://${'x'.repeat(253)}:65535`)}#${'s'.repeat(4096)}`;
    expect([long.length > 4_096, givenLink(long)?.type, documentAddress(long) === long]).toEqual([true, 'document', true]);
  });

  test.each([
    ['a link that is too long', `${link}${'x'.repeat(LONGEST_ADDRESS)}`, 'too-long'],
    ['a link to nothing', 'weft://join/abc', 'unreadable'],
    ['a link of another form', 'WEFT://other/abc?relay=http%3A%2F%2Fx', 'unreadable'],
    ['what is not meant for this app', 'https://relay.example/', undefined],
    ['a switch', `--open=${link}`, undefined],
  ])('R3 %s is said, and nothing else', (_what, text, fault) => {
    const given = givenLink(text);
    expect(given).toEqual(fault === undefined ? undefined : { type: 'fault', fault });
    expect(linkInArguments(['--inspect', text])).toEqual(given);
    // What can be opened is.
    expect(linkInArguments([text, inBrowser])).toEqual({ type: 'document', address: inBrowser });
  });

  test('R1 a link is taken as it was written', () => {
    expect(documentAddress(link)).toBe(link);
  });

  test('the scheme is registered by an installed app only, with the switches ended', () => {
    const set = vi.fn(() => true);
    expect(registerLinkScheme({ isPackaged: false, setAsDefaultProtocolClient: set }, '/weft')).toBe(false);
    expect(set).not.toHaveBeenCalled();
    expect(registerLinkScheme({ isPackaged: true, setAsDefaultProtocolClient: set }, '/weft')).toBe(true);
    expect(set).toHaveBeenCalledWith('weft', '/weft', ['--']);
  });
});

describe('switches for debugging', () => {
  test.each(['remote-debugging-port', 'remote-debugging-pipe', 'inspect', 'inspect-brk'])('an installed app refuses --%s', (name) => {
    expect(refusedSwitch(true, (asked) => asked === name)).toBe(name);
    expect(refusedSwitch(false, (asked) => asked === name)).toBeUndefined();
  });

  test('an installed app starts without them', () => {
    expect(refusedSwitch(true, () => false)).toBeUndefined();
  });
});
