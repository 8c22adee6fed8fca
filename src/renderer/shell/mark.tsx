import type { VNode } from 'preact';

const CROSSINGS = [6, 16, 26].flatMap((y, row) => [6, 16, 26].map((x, column) => ({ x, y, isWeftOver: (row + column) % 2 === 0 })));

/** Weft's mark: cloth from near by, three threads over and under three. Also in icon.svg. */
export function Mark({ size }: { readonly size: number }): VNode {
  return (
    <svg class="mark icon" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      {CROSSINGS.map(({ x, y, isWeftOver }) =>
        isWeftOver ? (
          <rect key={`${x},${y}`} class="weft" x={x - 5} y={y - 2.5} width="10" height="5" rx="2.5" />
        ) : (
          <rect key={`${x},${y}`} class="warp" x={x - 2.5} y={y - 5} width="5" height="10" rx="2.5" />
        ),
      )}
    </svg>
  );
}
