/**
 * Where a window was, and where it may be now. Pure.
 *
 * R1 A place is used again only as far as it can be seen and grasped on a display that is there.
 * R2 Whatever is stored gives a place: what is wrong with it becomes the default.
 */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowPlace {
  /** Missing: the system puts the window where it likes. Screen pixels (DIP). */
  readonly position: { readonly x: number; readonly y: number } | undefined;
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

/** As it is kept. An earlier version kept the addresses of documents beside it: they are gone with the next write. */
export interface WindowPlaces {
  readonly latest: WindowPlace;
}

export const SMALLEST_WINDOW = { width: 480, height: 320 };
export const DEFAULT_PLACE: WindowPlace = { position: undefined, width: 1180, height: 800, maximized: false };

const CASCADE = 28;
/** So much of the title bar must be on a display for a hand to grasp it. */
const GRASP = { width: 120, height: 24 };

/** The place for a window, by the displays that are there and the windows that are open. */
export function visiblePlace(place: WindowPlace, displays: readonly Rectangle[], taken: readonly Rectangle[]): WindowPlace {
  if (place.position === undefined) return place;
  let { x, y } = place.position;
  while (taken.some((other) => other.x === x && other.y === y)) {
    x += CASCADE;
    y += CASCADE;
  }
  const display = displays.find((area) => canBeGrasped({ x, y, width: place.width, height: place.height }, area));
  if (display === undefined) return { ...place, position: undefined, ...fitting(place, displays[0]) };
  return { ...place, position: { x, y }, ...fitting(place, display) };
}

export function readWindowPlaces(stored: unknown): WindowPlaces {
  return { latest: readPlace(recordOf(stored).latest) };
}

function readPlace(stored: unknown): WindowPlace {
  const { position, width, height, maximized } = recordOf(stored);
  const { x, y } = recordOf(position);
  return {
    position: isPixels(x) && isPixels(y) ? { x, y } : undefined,
    width: isPixels(width) ? Math.max(width, SMALLEST_WINDOW.width) : DEFAULT_PLACE.width,
    height: isPixels(height) ? Math.max(height, SMALLEST_WINDOW.height) : DEFAULT_PLACE.height,
    maximized: maximized === true,
  };
}

function fitting({ width, height }: WindowPlace, display: Rectangle | undefined): { readonly width: number; readonly height: number } {
  return display === undefined ? { width, height } : { width: Math.min(width, display.width), height: Math.min(height, display.height) };
}

function canBeGrasped(window: Rectangle, display: Rectangle): boolean {
  const width = Math.min(window.x + window.width, display.x + display.width) - Math.max(window.x, display.x);
  const isTopInside = window.y >= display.y && window.y + GRASP.height <= display.y + display.height;
  return width >= GRASP.width && isTopInside;
}

function isPixels(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 100_000;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
