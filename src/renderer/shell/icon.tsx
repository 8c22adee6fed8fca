import { h, type VNode } from 'preact';

/** What a lucide icon module exports: elements of a 24 × 24 drawing. */
export type IconNode = readonly (readonly [tag: string, attributes: Readonly<Record<string, string | number | undefined>>])[];

/** Draws an icon by elements, never by markup: the page's policy forbids `innerHTML`. Decorative; the control has the label. */
export function Icon({ node, size = 16 }: { readonly node: IconNode; readonly size?: number }): VNode {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={1.75}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {node.map(([tag, attributes]) => h(tag, attributes))}
    </svg>
  );
}
