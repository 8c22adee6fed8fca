// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from 'vitest';
import { onNetworkChange, onOnline } from '../../src/renderer/network-changes';

afterEach(() => vi.unstubAllGlobals());

it('tells a network that is there again from one that may only have become slower', () => {
  const connection = new EventTarget();
  vi.stubGlobal('navigator', { connection });
  const heard = { online: 0, changes: 0 };
  const ends = [onOnline(() => heard.online++), onNetworkChange(() => heard.changes++)];
  connection.dispatchEvent(new Event('change'));
  expect(heard).toEqual({ online: 0, changes: 1 });
  window.dispatchEvent(new Event('online'));
  expect(heard).toEqual({ online: 1, changes: 2 });
  for (const end of ends) end();
  connection.dispatchEvent(new Event('change'));
  window.dispatchEvent(new Event('online'));
  expect(heard).toEqual({ online: 1, changes: 2 });
});

it('does without what a browser does not have', () => {
  vi.stubGlobal('navigator', {});
  let changes = 0;
  const end = onNetworkChange(() => changes++);
  window.dispatchEvent(new Event('online'));
  end();
  expect(changes).toBe(1);
});
