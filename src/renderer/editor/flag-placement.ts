import { type Box, FLAG_HEIGHT, type FlagPlacement } from './cursor-figure';

/** How far from my caret a flag keeps, in pixels: what I have just written and am about to write. */
const BEFORE_MY_CARET = 320;
const AFTER_MY_CARET = 160;

/**
 * Where a name flag goes: above its caret, below it where there is no room (the first line), and nowhere near the text that
 * I am typing. (pure)
 */
export function placeFlag({
  caret,
  width,
  visible,
  mine,
}: {
  readonly caret: Box;
  readonly width: number;
  /** What of the content can be seen. */
  readonly visible: Box;
  readonly mine: Box | undefined;
}): FlagPlacement {
  const left = Math.max(visible.left, Math.min(caret.left, visible.left + visible.width - width));
  for (const top of [caret.top - FLAG_HEIGHT, caret.top + caret.height]) {
    const flag = { left, top, width, height: FLAG_HEIGHT };
    const fits = top >= visible.top && top + FLAG_HEIGHT <= visible.top + visible.height;
    if (fits && !covers(flag, mine)) return { type: 'shown', left, top };
  }
  return { type: 'hidden' };
}

function covers(flag: Box, mine: Box | undefined): boolean {
  if (mine === undefined) return false;
  // A pixel of the neighbouring line is nobody's text.
  const sameLine = flag.top + flag.height > mine.top + 2 && flag.top < mine.top + mine.height - 2;
  return sameLine && flag.left + flag.width > mine.left - BEFORE_MY_CARET && flag.left < mine.left + AFTER_MY_CARET;
}
