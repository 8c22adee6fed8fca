import { describe, expect, it } from 'vitest';
import type { Finding, Findings } from '../../src/renderer/session/doctor';
import type { SessionStatus } from '../../src/renderer/session/status';
import { type DoctorCase, doctorFacts, doctorLines, doctorReport, verdict } from '../../src/renderer/shell/doctor-words';
import { SAVED } from '../support/saved-status';

const NOW = new Date(2026, 10, 23, 14, 0).getTime();
const works: Finding = { state: 'works', ms: 11.6 };
const blocked = (what: string): Finding => ({ state: 'blocked', reason: `${what} is blocked; ask whoever runs this network.` });
const WELL: Findings = { http: works, webSocket: works, eventStream: works, posts: works, roundTripMs: 14.2, isOver: true };

const given = (findings: Partial<Findings>, status: Partial<SessionStatus> = {}): DoctorCase => ({
  relay: 'http://127.0.0.1:4321',
  status: { ...SAVED, ...status },
  findings: { ...WELL, ...findings },
});
const said = (doctorCase: DoctorCase) => `${verdict(doctorCase).tone}: ${verdict(doctorCase).sentence}`;

describe('the verdict of the connection doctor', () => {
  it('is about what one needs here (R1)', () => {
    expect(said(given({}))).toBe('well: Everything works.');
    expect(said(given({ webSocket: blocked('WebSocket') }))).toMatch(
      /^wanting: WebSocket is blocked on the way, so Weft goes by plain HTTP/,
    );
    expect(said(given({ webSocket: blocked('WebSocket'), posts: blocked('POST') }))).toMatch(/^ill: .* stays on this device\.$/);
    expect(said(given({ eventStream: blocked('The stream') }))).toMatch(/^wanting: Writing works/);
    const reading = { role: 'viewer' } as const;
    expect(said(given({ webSocket: blocked('WebSocket'), posts: blocked('POST') }, reading))).toBe(
      'well: Everything that reading needs works.',
    );
    expect(said(given({ eventStream: blocked('The stream') }, reading))).toMatch(/^ill: /);
    expect(said(given({ webSocket: { state: 'checking' }, isOver: false }))).toBe('open: Trying every way to the relay…');
  });

  it('begins with what is in the way of everything else', () => {
    expect(said(given({ http: blocked('The relay'), isOver: false }))).toBe('ill: The relay is blocked; ask whoever runs this network.');
    expect(said(given({}, { connection: { state: 'refused', closeCode: 4401, reason: 'This link opens nothing.' } }))).toBe(
      'ill: This link opens nothing.',
    );
    expect(said(given({}, { connection: { state: 'needs-relay-key', reason: 'It asks for its key.' } }))).toBe('ill: It asks for its key.');
  });

  it('is one sentence, whatever is found', () => {
    const kinds = [works, blocked('That'), { state: 'checking' }] as const;
    for (const http of kinds)
      for (const webSocket of kinds)
        for (const eventStream of kinds)
          for (const posts of kinds)
            for (const role of ['editor', 'viewer'] as const)
              expect(verdict(given({ http, webSocket, eventStream, posts }, { role })).sentence).toMatch(/^[^.!?]+[.…]$/);
  });
});

describe('the lines of the connection doctor', () => {
  it('say of each way whether it works, or what to do (R1)', () => {
    const lines = doctorLines(given({ webSocket: blocked('WebSocket'), posts: { state: 'checking' } }));
    expect(lines.map(({ name, state, sentence }) => `${name} ${state}: ${sentence}`)).toEqual([
      'Plain requests works: Answered after 12 ms.',
      'WebSocket blocked: WebSocket is blocked; ask whoever runs this network.',
      'Event stream works: Came through after 12 ms.',
      'Frames by POST checking: Trying…',
    ]);
  });

  it('say once what is in the way of all of them', () => {
    const http = blocked('The relay');
    expect(doctorLines(given({ http, webSocket: http, eventStream: http, posts: http })).map(({ sentence }) => sentence)).toEqual([
      'The relay is blocked; ask whoever runs this network.',
      ...Array.from({ length: 3 }, () => 'Not before plain requests work.'),
    ]);
  });

  it('call nothing an ailment that reading does not need (R1)', () => {
    const findings = { webSocket: blocked('WebSocket'), posts: blocked('POST') };
    expect(doctorLines(given(findings, { role: 'viewer' })).map(({ state }) => state)).toEqual(['works', 'unneeded', 'works', 'unneeded']);
  });

  it('say how things stand', () => {
    const savedAt = new Date(2026, 10, 23, 13, 59, 7).getTime();
    const facts = (doctorCase: DoctorCase) => doctorFacts(doctorCase, NOW, 'en-GB').map(({ name, value }) => `${name}: ${value}`);
    expect(facts(given({}, { underWay: 3, savedAt }))).toEqual([
      'Relay: http://127.0.0.1:4321',
      'Now: connected by WebSocket',
      'There and back: 14 ms',
      'Under way: 3 changes',
      'Last saved: 13:59:07',
    ]);
    expect(facts(given({}, { savedAt: savedAt - 86_400_000 })).at(-1)).toBe('Last saved: 22 Nov, 13:59:07');
    expect(facts(given({ roundTripMs: undefined }, { role: 'viewer', transport: 'event-stream' }))).toEqual([
      'Relay: http://127.0.0.1:4321',
      'Now: connected by an event stream',
    ]);
    expect(facts(given({}, { connection: { state: 'waiting', retryAt: NOW, reason: undefined }, transport: undefined }))[1]).toBe(
      'Now: not connected, trying again by itself',
    );
  });
});

describe('what is nowhere but here', () => {
  const since = new Date(2026, 10, 23, 2, 19, 10).getTime();
  const offline = { truth: 'on-device', unsavedSince: since, connection: { state: 'waiting', retryAt: NOW, reason: undefined } } as const;
  const named = (status: Partial<SessionStatus>) =>
    doctorFacts(given({}, status), NOW, 'en-GB')
      .slice(3, -1)
      .map(({ name, value }) => `${name}: ${value}`);

  it('is not called nothing, and said to be kept only where it is (R3)', () => {
    const refused = { state: 'refused', closeCode: 4401, reason: 'No.' } as const;
    for (const connection of [offline.connection, refused, { state: 'connecting' }] as const)
      expect(named({ ...offline, connection })).toEqual(['Not at the relay yet: since 02:19:10, kept on this device']);
    const failing = { ok: false, reason: 'The disk is full.' } as const;
    expect(named({ ...offline, offlineCopy: failing })).toEqual(['Not at the relay yet: since 02:19:10, in this window only']);
    expect(named({ ...offline, offlineCopy: { ok: true, isWritten: false } })).toEqual([
      'Not at the relay yet: since 02:19:10, being written to this device',
    ]);
    expect(named({ ...offline, connection: { state: 'connected' }, underWay: 2 })).toEqual(['Under way: 2 changes']);
    expect(named({ ...offline, truth: 'saved', unsavedSince: undefined })).toEqual(['Under way: nothing']);
  });

  it('is all there is of a document that was deleted (R3)', () => {
    expect(named({ connection: { state: 'refused', closeCode: 4410, reason: 'Deleted.' } })).toEqual([
      'At the relay: nothing any more, kept on this device',
    ]);
  });

  it('is in the report too (R3)', () => {
    expect(doctorReport(given({}, offline), 'Weft', NOW)).toMatch(/^Not at the relay yet: since .*, kept on this device$/m);
  });
});

describe('the report of the connection doctor', () => {
  it('has everything that is on the page, and nothing that lets anybody in (R2)', () => {
    const report = doctorReport(given({ webSocket: blocked('WebSocket') }), 'Weft 1.2.3 (linux)', NOW);
    expect(report.split('\n')).toEqual([
      `Weft 1.2.3 (linux), ${new Date(NOW).toISOString()}`,
      verdict(given({ webSocket: blocked('WebSocket') })).sentence,
      'Relay: http://127.0.0.1:4321',
      'Now: connected by WebSocket',
      'There and back: 14 ms',
      'Under way: nothing',
      'Last saved: not since you opened it',
      'Role: editor',
      'Plain requests: works (12 ms)',
      'WebSocket: blocked: WebSocket is blocked; ask whoever runs this network.',
      'Event stream: works (12 ms)',
      'Frames by POST: works (12 ms)',
      '',
    ]);
  });
});
