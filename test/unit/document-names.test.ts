import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RecentDocument } from '../../src/renderer/documents/recent-documents';
import { nameFromText } from '../../src/renderer/documents/title';
import { rememberDocument } from '../../src/renderer/shell/remember-document';
import { parseAddress } from '../../src/shared/protocol/links';
import { FakeSession } from '../support/shell-fixture';

it.each([
  ['', ''],
  [' \n\n---\n', ''],
  ['# Harbour walk\n\nWe meet at nine.', 'Harbour walk'],
  ['\n\n- [ ] *Milk* and `bread`\nEggs', '[ ] *Milk* and bread'],
  ['**Dear all**,', 'Dear all,'],
  ['شكرا', 'شكرا'],
  [`${'long '.repeat(40)}end`, `${'long '.repeat(12).trim().slice(0, 59)}…`],
])('the name of a text without a title is its first line with words: %j', (text, name) => {
  expect(nameFromText(text)).toBe(name);
});

const ADDRESS = parseAddress('http://127.0.0.1:4321/d/plan') ?? expect.unreachable();
const remembered: RecentDocument[] = [];
const recent = {
  remember: async (entry: RecentDocument) => {
    remembered.push(entry);
    await Promise.resolve();
  },
};

beforeEach(() => {
  vi.useFakeTimers();
  remembered.splice(0);
});
afterEach(() => vi.useRealTimers());

it('a document without a title is listed by its text, read only while nobody types, and by its title from when it has one', () => {
  const session = new FakeSession(ADDRESS);
  const { content, title } = session.replica.current;
  const end = rememberDocument(recent, session, 0);
  for (const letter of 'Tea') {
    content.insert(content.length, letter);
    vi.advanceTimersByTime(1_900);
    // A status comes with each key.
    session.change({ underWay: content.length });
  }
  expect(remembered.map((entry) => entry.nameFromText)).toEqual([undefined]);
  vi.advanceTimersByTime(200);
  expect(remembered.map((entry) => entry.nameFromText)).toEqual([undefined, 'Tea']);
  title.insert(0, 'Plan.md');
  vi.advanceTimersByTime(500);
  expect(remembered.at(-1)).toEqual({ address: ADDRESS, relayId: 'relay', title: 'Plan.md', openedAt: 0 });
  const { length } = remembered;
  content.insert(0, 'x');
  vi.advanceTimersByTime(10_000);
  end();
  expect(remembered).toHaveLength(length);
});

it('what is typed just before it is left is in its name', () => {
  const session = new FakeSession(ADDRESS);
  const end = rememberDocument(recent, session, 0);
  session.replica.current.content.insert(0, 'Tea');
  end();
  expect(remembered.at(-1)?.nameFromText).toBe('Tea');
});
