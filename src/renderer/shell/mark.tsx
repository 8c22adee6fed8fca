import type { VNode } from 'preact';

const CROSSINGS = [6, 16, 26].flatMap((y, row) => [6, 16, 26].map((x, column) => ({ x, y, isWeftOver: (row + column) % 2 === 0 })));

/** Weft's mark: cloth from near by, three threads over and under three. Also in icon.svg. */
export function Mark({ size }: { readonly size: number }): VNode {
  return (
    <svg class="mark icon" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      {CROSSINGS.map(({ x, y, isWeftOver }) =>
        isWeftOver ? (
          <rect key={`${x},${y}`} class="weft" x={x - 5.25} y={y - 3} width="10.5" height="6" rx="3" />
        ) : (
          <rect key={`${x},${y}`} class="warp" x={x - 3} y={y - 5.25} width="6" height="10.5" rx="3" />
        ),
      )}
    </svg>
  );
}
