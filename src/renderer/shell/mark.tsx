import type { VNode } from 'preact';

/** Weft's mark: two threads going over and under two others. Also in icon.svg. */
export function Mark({ size }: { readonly size: number }): VNode {
  return (
    <svg class="mark icon" width={size} height={size} viewBox="0 0 32 32" fill="none" stroke-width="4" stroke-linecap="round" aria-hidden="true">
      <g class="warp">
        <path d="M11 3v4.5M11 14.5V29" />
        <path d="M21 3v14.5M21 24.5V29" />
      </g>
      <g class="weft">
        <path d="M3 11h14.5M24.5 11H29" />
        <path d="M3 21h4.5M14.5 21H29" />
      </g>
    </svg>
  );
}
