/**
 * What runs inside of the pages under measurement: functions that Playwright takes there as text, so each stands alone.
 * They watch an editor from outside, by its elements, and know nothing of how it works.
 *
 * Painted means: the first moment after a frame with it was handed to the compositor. The screen shows that at its next
 * refresh.
 */

export interface SeenKey {
  /** When the letter was in the page's elements, and when a frame with it was made. Milliseconds of the page's clock. */
  readonly arrivedAt: number;
  readonly paintedAt: number;
}

export interface BenchNotes {
  /** When digits were pressed here, in order. */
  readonly pressed: number[];
  /** When digits were seen here, in order. */
  readonly seen: SeenKey[];
  /** What a person did last. */
  actedAt: number;
  shownAt: number | undefined;
  frames: number[];
}

declare global {
  interface Window {
    bench: BenchNotes;
  }
}

/** For every new page, before its own code. */
export function takeNotes(): void {
  window.bench = { pressed: [], seen: [], actedAt: 0, shownAt: undefined, frames: [] };
  const act = (event: Event) => {
    window.bench.actedAt = event.timeStamp;
  };
  addEventListener('click', act, true);
  addEventListener(
    'keydown',
    (event) => {
      act(event);
      if (/^\d$/.test(event.key)) window.bench.pressed.push(event.timeStamp);
    },
    true,
  );
}

/** Notes when digits come into the text, however they come. */
export function watchDigits(): void {
  const content = document.querySelector('.cm-content');
  if (content === null) throw new Error('there is no editor');
  const count = () => content.textContent?.match(/\d/g)?.length ?? 0;
  let before = count();
  const offset = before;
  new MutationObserver(() => {
    const now = count();
    if (now <= before) return;
    const from = before - offset;
    const to = now - offset;
    before = now;
    const arrivedAt = performance.now();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const paintedAt = performance.now();
        for (let index = from; index < to; index++) window.bench.seen[index] = { arrivedAt, paintedAt };
      };
      port2.postMessage(null);
    });
  }).observe(content, { childList: true, subtree: true, characterData: true });
}

/** Notes when this text is painted for the first time from now on. */
export function watchText(text: string): void {
  window.bench.shownAt = undefined;
  const observer = new MutationObserver(() => {
    if (document.querySelector('.cm-content')?.textContent?.includes(text) !== true) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.bench.shownAt = performance.now();
      };
      port2.postMessage(null);
    });
  });
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}

/** Notes when each frame begins, for so long. */
export function watchFrames(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  window.bench.frames = [];
  return new Promise((resolve) => {
    const frame = (at: number) => {
      window.bench.frames.push(at);
      if (at < end) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
}

/** Screen by screen: what an editor does not show, it does not have among its elements. */
export async function scrollToWords(words: string): Promise<void> {
  const scroller = document.querySelector('.cm-scroller');
  if (scroller === null) throw new Error('there is no editor');
  const twoFrames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  for (let top = 0; top < scroller.scrollHeight; top += scroller.clientHeight) {
    scroller.scrollTop = top;
    await twoFrames();
    const line = [...document.querySelectorAll('.cm-line')].find(({ textContent }) => textContent?.includes(words));
    if (line === undefined) continue;
    line.scrollIntoView({ block: 'center' });
    await twoFrames();
    return;
  }
  throw new Error(`nowhere are the words ${words}`);
}
