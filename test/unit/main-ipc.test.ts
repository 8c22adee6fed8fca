import type { IpcMain, WebContents } from 'electron';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerCalls, type BridgeAnswers } from '../../src/main/ipc';
import { BRIDGE_CALLS } from '../../src/shared/bridge';
import { DEFAULT_SETTINGS } from '../../src/shared/settings';

type Handler = (event: unknown, ...args: unknown[]) => Promise<unknown>;

function bridge(overrides: Partial<BridgeAnswers> = {}): {
  call: (name: string, from: unknown, ...args: unknown[]) => Promise<unknown>;
  heard: unknown[][];
} {
  const heard: unknown[][] = [];
  const handlers = new Map<string, Handler>();
  const ipcMain: Pick<IpcMain, 'handle'> = {
    handle: (channel, handler) => void handlers.set(channel, handler as Handler),
  };
  const note =
    (name: string) =>
    (_sender: WebContents, ...args: unknown[]): undefined =>
      void heard.push([name, ...args]);
  answerCalls(ipcMain, {
    readSettings: () => DEFAULT_SETTINGS,
    changeSettings: (_sender, change) => {
      heard.push(['changeSettings', change]);
      return DEFAULT_SETTINGS;
    },
    bundledRelay: () => ({ status: 'none' }),
    restartRelay: note('restartRelay'),
    openWindow: note('openWindow'),
    openTextFile: note('openTextFile'),
    saveTextFile: note('saveTextFile'),
    openExternal: note('openExternal'),
    copyText: note('copyText'),
    setMenuState: note('setMenuState'),
    ...overrides,
  });
  return {
    heard,
    call: (name, event, ...args) =>
      handlers.get(`call:${name}`)?.(event, ...structuredClone(args)) ?? Promise.reject(new Error('no handler')),
  };
}

function senderAt(url: string): { sender: { mainFrame: object }; senderFrame: object } {
  const mainFrame = { url, parent: null };
  return { sender: { mainFrame }, senderFrame: mainFrame };
}

const page = senderAt('app://weft/?open=x');
const refused = expect.objectContaining({ refused: expect.any(String) });

describe('calls of the bridge', () => {
  test('the app’s page is answered', async () => {
    expect(await bridge().call('readSettings', page)).toEqual({ answer: DEFAULT_SETTINGS });
  });

  test.each(BRIDGE_CALLS)('R1 %s refuses whoever is not the main frame of the app', async (name) => {
    const { call, heard } = bridge();
    const inside = { url: 'app://weft/', parent: page.sender.mainFrame };
    const strangers = [
      { sender: page.sender, senderFrame: null },
      // The main frame of another window, or of a page that was there before.
      { sender: page.sender, senderFrame: senderAt('app://weft/').senderFrame },
      { sender: page.sender, senderFrame: inside },
      { sender: { mainFrame: inside }, senderFrame: inside },
      ...[
        'https://evil.example/',
        'app://weft.evil/',
        'app://evil/',
        'app://weft@evil/',
        'file:///etc/passwd',
        'about:blank',
        'data:text/html,x',
        '',
      ].map(senderAt),
    ];
    for (const stranger of strangers) expect(await call(name, stranger)).toEqual(refused);
    expect(heard).toEqual([]);
  });

  test.each([
    ['changeSettings', [{ theme: 'dark', fontSize: 20, color: undefined }]],
    ['changeSettings', [{ newDocumentsAt: 'https://notes.example' }]],
    ['changeSettings', [{ newDocumentsAt: '' }]],
    ['openWindow', []],
    ['saveTextFile', [{ name: 'a.md', text: 'x', lineEnding: '\r\n' }]],
    ['openExternal', ['https://example.org/']],
    ['copyText', ['x']],
    ['setMenuState', [{ documentOpen: true }]],
  ])('R2 %s takes %j', async (name, args) => {
    const { call, heard } = bridge();
    await call(name, page, ...args);
    expect(heard).toEqual([[name, ...args]]);
  });

  test.each([
    ['readSettings', ['x']],
    ['changeSettings', []],
    ['changeSettings', [{ theme: 'blue' }]],
    ['changeSettings', [{ fontSize: Number.NaN }]],
    ['changeSettings', [{ name: 'x'.repeat(65) }]],
    ['changeSettings', [{ path: '/etc/passwd' }]],
    ['changeSettings', [{ newDocumentsAt: 'https://notes.example/d/abc' }]],
    ['changeSettings', [{ newDocumentsAt: 'file:///etc/passwd' }]],
    ['openWindow', ['file:///etc/passwd']],
    ['openWindow', ['http://127.0.0.1:4321/d/abc']],
    ['openTextFile', ['/etc/passwd']],
    ['saveTextFile', [{ name: 'a', text: 'x', lineEnding: '\n', path: '/etc/passwd' }]],
    ['saveTextFile', [{ name: 'a', text: 1, lineEnding: '\n' }]],
    ['openExternal', [{ href: 'https://example.org' }]],
    ['copyText', [null]],
    ['setMenuState', [{ documentOpen: 'yes' }]],
  ])('R2 %s refuses %j before anything is done', async (name, args) => {
    const { call, heard } = bridge();
    expect(await call(name, page, ...args)).toEqual({ refused: `${name} was called with something it does not take.` });
    expect(heard).toEqual([]);
  });

  test('R2 a thousand random arguments never throw out of a call', async () => {
    const { call } = bridge();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...BRIDGE_CALLS), fc.array(fc.anything({ maxDepth: 3 }), { maxLength: 3 }), async (name, args) => {
        await call(name, page, ...args);
      }),
      { numRuns: 1_000 },
    );
  });

  test('R3 an answer that throws is one sentence for the page', async () => {
    const { call } = bridge({
      openTextFile: () => Promise.reject(new Error('“a” is no text file.')),
      restartRelay: () => {
        throw new Error('No.');
      },
    });
    expect(await call('openTextFile', page)).toEqual({ refused: '“a” is no text file.' });
    expect(await call('restartRelay', page)).toEqual({ refused: 'No.' });
  });
});
