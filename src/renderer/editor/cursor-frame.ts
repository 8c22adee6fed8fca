/**
 * One frame of the others' figures: read here, all of it before anything is written.
 *
 * R1  A flag shows when its person moves or the pointer is on the caret, and fades after {@link FLAG_SHOWN_MS}.
 * R2  Where more than {@link CROWD} are in sight, moving shows no flag: a hundred of them would hide the text, and cost more than all
 *     else. Whom one points at or begins to follow still says who they are.
 */
import type { Box, CursorFigure, FigurePlacement } from './cursor-figure';
import { placeFlag } from './flag-placement';
import type { Surface } from './span-geometry';
import type { TrackedPerson } from './tracked-person';

const FLAG_SHOWN_MS = 2000;
export const CROWD = 20;
/** How near the pointer must come to a caret, in pixels. */
const HOVER_REACH = 6;

export interface CursorFrame {
  readonly placements: readonly (readonly [CursorFigure, FigurePlacement])[];
  readonly isCrowded: boolean;
  /** Milliseconds until the next flag is over; infinite when there is none. */
  readonly nextFade: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export const EMPTY_FRAME: CursorFrame = { placements: [], isCrowded: false, nextFade: Number.POSITIVE_INFINITY };

export function readFrame(
  tracked: readonly TrackedPerson[],
  surface: Surface,
  { pointer, mine, now }: { readonly pointer: Point | undefined; readonly mine: Box | undefined; readonly now: number },
): CursorFrame {
  const places = tracked.map((person) => ({ person, ...person.geometryOn(surface) }));
  const isCrowded = places.filter(({ caret }) => caret !== undefined).length > CROWD;
  let nextFade = Number.POSITIVE_INFINITY;
  const placements = places.map(({ person, caret, selection }) => {
    const { figure } = person;
    const fadesIn = person.flagSince(isCrowded) + FLAG_SHOWN_MS - now;
    if (fadesIn > 0) nextFade = Math.min(nextFade, fadesIn);
    const hasFlag = caret !== undefined && (fadesIn > 0 || isNear(pointer, caret));
    const flag = hasFlag ? placeFlag({ caret, width: figure.flagWidth, visible: surface.visible, mine }) : ({ type: 'hidden' } as const);
    return [figure, { caret, selection, flag }] as const;
  });
  return { placements, isCrowded, nextFade };
}

function isNear(pointer: Point | undefined, caret: Box): boolean {
  if (pointer === undefined) return false;
  return Math.abs(pointer.x - caret.left) <= HOVER_REACH && pointer.y >= caret.top && pointer.y <= caret.top + caret.height;
}
