import { expect, it } from 'vitest';
import { OpenDocumentsByLocks } from '../../src/renderer/documents/open-documents';
import type { DocumentId } from '../../src/shared/protocol/routes';

const NOTES = 'notes' as DocumentId;

/** What the windows of one browser share: locks that are granted or not, and a channel that reaches the others. */
class Browser {
  readonly #shared = new Map<string, number>();
  readonly #exclusive = new Set<string>();
  readonly #listeners = new Map<object, (event: MessageEvent<unknown>) => void>();

  window(): OpenDocumentsByLocks {
    const own = {};
    const channel = {
      postMessage: (data: unknown) => {
        for (const [window, listener] of this.#listeners) if (window !== own) listener({ data } as MessageEvent<unknown>);
      },
      addEventListener: (_type: string, listener: unknown) => {
        this.#listeners.set(own, listener as (event: MessageEvent<unknown>) => void);
      },
    };
    return new OpenDocumentsByLocks({ locks: { request: this.#request } as LockManager, channel: channel as BroadcastChannel });
  }

  readonly #request = async (name: string, options: LockOptions, work: (lock: Lock | null) => Promise<unknown>): Promise<unknown> => {
    if (options.mode === 'shared') {
      this.#shared.set(name, (this.#shared.get(name) ?? 0) + 1);
      return await work({} as Lock).finally(() => this.#shared.set(name, (this.#shared.get(name) ?? 1) - 1));
    }
    if ((this.#shared.get(name) ?? 0) > 0 || this.#exclusive.has(name)) return await work(null);
    this.#exclusive.add(name);
    return await work({} as Lock).finally(() => this.#exclusive.delete(name));
  };
}

const untilCeded = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('ceded'), { once: true }));

it('R2 lets one window at a time work on a document, and none while it is open in any', async () => {
  const browser = new Browser();
  const [one, other] = [browser.window(), browser.window()];
  const letGo = one.hold(NOTES);
  const letGoAgain = one.hold(NOTES);
  expect([one.isOpenHere(NOTES), other.isOpenHere(NOTES)]).toEqual([true, false]);
  for (const window of [one, other]) expect(await window.workAlone(NOTES, async () => 'done')).toBeUndefined();
  letGo();
  letGo();
  await Promise.resolve();
  expect(one.isOpenHere(NOTES)).toBe(true);
  expect(await one.workAlone(NOTES, async () => 'done')).toBeUndefined();
  letGoAgain();
  await new Promise((resolve) => setTimeout(resolve));
  const working = one.workAlone(NOTES, async (signal) => await untilCeded(signal));
  expect(await other.workAlone(NOTES, async () => 'done')).toBeUndefined();
  other.hold(NOTES);
  expect(await working).toBe('ceded');
});

it.each(['this window', 'another window'])('R1 cedes at once when %s opens the document', async (where) => {
  const browser = new Browser();
  const [one, other] = [browser.window(), browser.window()];
  const working = one.workAlone(NOTES, untilCeded);
  (where === 'this window' ? one : other).hold('other' as DocumentId);
  (where === 'this window' ? one : other).hold(NOTES);
  expect(await working).toBe('ceded');
});

it('R3 sees the documents of its own window where there are no locks', async () => {
  const window = new OpenDocumentsByLocks({ locks: undefined, channel: undefined });
  const letGo = window.hold(NOTES);
  expect(await window.workAlone(NOTES, async () => 'done')).toBeUndefined();
  letGo();
  expect(await window.workAlone(NOTES, async () => 'done')).toBe('done');
});
