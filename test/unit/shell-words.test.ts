import { describe, expect, it } from 'vitest';
import type { SessionStatus } from '../../src/renderer/session/status';
import { copyTitle } from '../../src/renderer/shell/kept-text';
import { initials, madeUpName, meFrom } from '../../src/renderer/shell/my-identity';
import { addressInPage, isLoopback, pagePathFor } from '../../src/renderer/shell/page-address';
import { commandFor, shortcutLabel } from '../../src/renderer/shell/shortcuts';
import { connectionWords, readingWords, timeAgo, truthWords } from '../../src/renderer/shell/status-words';
import { REJECTIONS } from '../../src/shared/protocol/rejections';
import { parseDocumentId } from '../../src/shared/protocol/routes';
import { DEFAULT_SETTINGS } from '../../src/shared/settings';
import { SAVED } from '../support/saved-status';

const NOW = new Date(2026, 10, 23, 14, 0).getTime();

describe('the words of the status bar', () => {
  it('are one of three truths (status-words R1)', () => {
    const words = (['on-device', 'at-relay', 'saved'] as const).map((truth) => truthWords({ ...SAVED, truth }, NOW).words);
    expect(words).toEqual(['On this device', 'At the relay', 'Saved']);
  });

  it('give the age of the oldest edit once it is worth saying (status-words R1)', () => {
    const age = (ms: number) => truthWords({ ...SAVED, truth: 'at-relay', unsavedSince: NOW - ms }, NOW).words;
    expect([age(3_000), age(12_000), age(125_000), age(2 * 3_600_000)]).toEqual([
      'At the relay',
      'At the relay for 12 s',
      'At the relay for 2 min',
      'At the relay for 2 h',
    ]);
  });

  it('never say “on this device” where this device keeps no copy (status-words R2)', () => {
    const status = { ...SAVED, truth: 'on-device', offlineCopy: { ok: false, reason: 'The disk is full.' } } as const;
    const expected = { level: 'nothing', words: 'In this window only', explanation: 'The disk is full.' };
    expect(truthWords({ ...status, connection: { state: 'connecting' } }, NOW)).toEqual(expected);
    expect(truthWords({ ...status, relayStorageFailing: true }, NOW)).toEqual(expected);
    expect(truthWords({ ...status, unsavedSince: NOW - 5_000 }, NOW)).toMatchObject({ words: 'In this window only for 5 s' });
  });

  it('say “Saving…” of what goes to the relay in a moment, and is neither here nor there yet (status-words R2)', () => {
    const typed = { ...SAVED, truth: 'on-device', unsavedSince: NOW - 100, offlineCopy: { ok: true, isWritten: false } } as const;
    expect(truthWords(typed, NOW)).toMatchObject({ level: 'nothing', words: 'Saving…' });
    expect(truthWords({ ...typed, offlineCopy: { ok: true, isWritten: true } }, NOW)).toMatchObject({ words: 'On this device' });
    for (const worse of [{ connection: { state: 'connecting' } }, { relayStorageFailing: true }, { unsavedSince: NOW - 5_000 }] as const)
      expect(truthWords({ ...typed, ...worse }, NOW).words).toBe('Writing to this device…');
  });

  it('claim nothing about a text that is not complete (status-words R3)', () => {
    expect(truthWords({ ...SAVED, loaded: false }, NOW)).toMatchObject({ level: 'nothing', words: '' });
  });

  it('call only what is saved saved', () => {
    const others = [
      ...(['on-device', 'at-relay'] as const).map((truth) => truthWords({ ...SAVED, truth, unsavedSince: NOW - 60_000 }, NOW).words),
      ...([{ state: 'connecting' }, { state: 'connected' }, { state: 'waiting', retryAt: NOW, reason: undefined }] as const).map(
        (connection) => connectionWords(connection, NOW),
      ),
    ];
    expect(others.filter((words) => /saved/i.test(words))).toEqual([]);
  });

  it('tell the truth about every status (status-words R1, R2, R3)', () => {
    const connections = [
      { state: 'connecting' },
      { state: 'connected' },
      { state: 'waiting', retryAt: NOW + 5_000, reason: undefined },
      { state: 'refused', closeCode: 4404, reason: 'There is nothing at this address.' },
    ] as const;
    const copies = [
      { ok: true, isWritten: true },
      { ok: true, isWritten: false },
      { ok: false, reason: 'The disk is full.' },
    ] as const;
    const said = new Set<string>();
    for (const connection of connections)
      for (const truth of ['on-device', 'at-relay', 'saved'] as const)
        for (const offlineCopy of copies)
          for (const loaded of [true, false])
            for (const relayStorageFailing of [true, false]) {
              const status: SessionStatus = { ...SAVED, connection, truth, offlineCopy, loaded, relayStorageFailing };
              const { words, explanation } = truthWords(status, NOW);
              said.add(words);
              expect(words === '').toBe(!loaded);
              expect(words === 'Saved').toBe(loaded && truth === 'saved');
              expect(words === 'On this device').toBe(loaded && truth === 'on-device' && offlineCopy.ok && offlineCopy.isWritten);
              expect(/goes to the relay/.test(explanation) && connection.state === 'refused').toBe(false);
              expect(connectionWords(connection, NOW)).toBe(
                {
                  connecting: 'Connecting…',
                  connected: 'Connected',
                  waiting: 'Offline, next try in 5 s',
                  refused: 'Refused by the relay',
                }[connection.state],
              );
            }
    expect(said).toEqual(
      new Set(['', 'Saved', 'At the relay', 'On this device', 'Saving…', 'Writing to this device…', 'In this window only']),
    );
  });

  it('claim nothing of this device while it is being written there (status-words R2)', () => {
    const writing = { ...SAVED, truth: 'on-device', unsavedSince: NOW - 60_000, offlineCopy: { ok: true, isWritten: false } } as const;
    expect(truthWords(writing, NOW)).toMatchObject({ level: 'nothing', words: 'Writing to this device…' });
    for (const truth of ['at-relay', 'saved'] as const)
      expect(truthWords({ ...writing, truth }, NOW)).toEqual(truthWords({ ...writing, truth, offlineCopy: SAVED.offlineCopy }, NOW));
  });

  it('tell whoever reads of no saving: whether they see the text as it is, or since when not (status-words R4)', () => {
    const reading: SessionStatus = { ...SAVED, role: 'viewer', transport: 'event-stream' };
    const offline: SessionStatus = { ...reading, connection: { state: 'waiting', retryAt: NOW, reason: undefined } };
    const words = (status: SessionStatus, seenUntil?: number) => readingWords(status, seenUntil, NOW, 'en-GB').words;
    expect(words(reading)).toBe('Reading · up to date');
    expect(words(offline, new Date(2026, 10, 23, 9, 5).getTime())).toBe('Reading · last seen 09:05');
    expect(words(offline, new Date(2026, 10, 22, 9, 5).getTime())).toBe('Reading · last seen yesterday');
    expect(words(offline)).toBe('Reading');
    expect(words({ ...reading, loaded: false })).toBe('');
    for (const connection of [{ state: 'connecting' }, { state: 'refused', closeCode: 4401, reason: 'No.' }] as const)
      expect(words({ ...reading, connection })).toBe('Reading');
    for (const truth of ['on-device', 'at-relay', 'saved'] as const)
      expect(JSON.stringify(readingWords({ ...offline, truth, unsavedSince: 1 }, 1, NOW))).not.toMatch(/sav|relay has|device/i);
  });

  it('never call a document saved that its owner deleted, to whoever writes or reads', () => {
    const connection = { state: 'refused', closeCode: REJECTIONS.deleted.closeCode, reason: REJECTIONS.deleted.reason } as const;
    for (const truth of ['on-device', 'at-relay', 'saved'] as const) {
      const deleted: SessionStatus = { ...SAVED, truth, connection };
      for (const words of [truthWords(deleted, NOW), readingWords({ ...deleted, role: 'viewer' }, 1, NOW)])
        expect(words).toMatchObject({ level: 'device', words: 'On this device', explanation: expect.stringContaining('deleted') });
      expect(truthWords({ ...deleted, offlineCopy: { ok: false, reason: 'The disk is full.' } }, NOW).words).toBe('In this window only');
    }
    expect(connectionWords(connection, NOW)).toBe('Deleted by its owner');
  });

  it('count down to the next try', () => {
    expect(connectionWords({ state: 'waiting', retryAt: NOW + 9_000, reason: undefined }, NOW)).toBe('Offline, next try in 9 s');
    expect(connectionWords({ state: 'waiting', retryAt: NOW - 1, reason: undefined }, NOW)).toBe('Offline, trying again…');
  });

  it('say when something was as people do', () => {
    const hours = 3_600_000;
    const ago = [30_000, 300_000, 3 * hours, 20 * hours, 3 * 24 * hours, 40 * 24 * hours].map((age) => timeAgo(NOW - age, NOW, 'en-GB'));
    expect(ago).toEqual(['just now', '5 min ago', '3 h ago', 'yesterday', 'Friday', '14 Oct']);
  });
});

describe('keys', () => {
  const press = { key: 'n', ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

  it('mean ⌘ on macOS and Ctrl elsewhere, never both (shortcuts R1)', () => {
    expect(commandFor({ ...press, metaKey: true }, 'darwin')).toBe('new-document');
    expect(commandFor({ ...press, ctrlKey: true }, 'linux')).toBe('new-document');
    expect(commandFor({ ...press, ctrlKey: true }, 'darwin')).toBeUndefined();
    expect(commandFor({ ...press, ctrlKey: true, metaKey: true }, 'linux')).toBeUndefined();
    expect(commandFor({ ...press, ctrlKey: true, altKey: true }, 'linux')).toBeUndefined();
  });

  it('tell Shift apart', () => {
    expect(commandFor({ ...press, ctrlKey: true, shiftKey: true, key: 'N' }, 'linux')).toBe('new-window');
    expect(commandFor({ ...press, ctrlKey: true, key: 'c' }, 'linux')).toBeUndefined();
    expect(commandFor({ ...press, ctrlKey: true, shiftKey: true, key: 'C' }, 'linux')).toBe('share');
  });

  it('are not promised where a browser keeps them', () => {
    expect(shortcutLabel('new-document', 'browser')).toBe('');
    expect(shortcutLabel('new-document', 'darwin')).toBe('⌘N');
    expect(shortcutLabel('share', 'win32')).toBe('Ctrl+Shift+C');
  });
});

describe('the page’s own address', () => {
  const document = parseDocumentId('abc') ?? expect.unreachable();
  const relay = 'https://relay.example';

  it('names the same document that it was made for, in a browser and in the app', () => {
    const address = { relay, document, secret: 's3cret' };
    for (const pageRelay of [relay, undefined]) {
      const path = pagePathFor(address, pageRelay);
      expect(addressInPage(new URL(path ?? '', pageRelay ?? 'https://weft'), pageRelay)).toEqual(address);
    }
  });

  it('is another page for another relay’s document', () => {
    expect(pagePathFor({ relay: 'https://other.example', document, secret: '' }, relay)).toBeUndefined();
  });

  it('knows which relays only this computer reaches', () => {
    expect(['http://127.0.0.1:4321', 'http://localhost:1', 'http://[::1]:4321'].every(isLoopback)).toBe(true);
    expect(['http://192.168.1.5:4321', 'https://relay.example', 'https://localhost.example'].some(isLoopback)).toBe(false);
  });
});

describe('who I am', () => {
  it('is a made-up name that stays, until one is chosen', () => {
    const stored = new Map<string, string>();
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    };
    const name = madeUpName(storage, () => 0.5);
    expect(madeUpName(storage, () => 0.1)).toBe(name);
    expect(meFrom(DEFAULT_SETTINGS, name).name).toBe(name);
    expect(meFrom({ ...DEFAULT_SETTINGS, name: ' Ana ', color: 3 }, name)).toMatchObject({ name: 'Ana', color: { index: 3 } });
  });

  it('is one or two letters in an avatar, whole ones', () => {
    expect(['Mira Castell', 'jonas', '🦦 Otter', 'Ana de la Cruz', ''].map(initials)).toEqual(['MC', 'J', '🦦O', 'AC', '?']);
  });

  it('leaves the extension of a kept text where it picks the language', () => {
    expect(['notes.md', '', 'Letter', '.env'].map(copyTitle)).toEqual([
      'notes (copy).md',
      'Untitled (copy)',
      'Letter (copy)',
      '.env (copy)',
    ]);
  });
});
