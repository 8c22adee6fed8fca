/**
 * What all charts share: readable on light and dark pages. Colours are three roles, not one a relay: ours, the floor, and
 * the others; everything has its figure or name beside it, so that colour says nothing that words do not.
 */
import type { ContenderId } from '../contenders/contender.ts';
import { FLOOR, OURS } from './results.ts';

export type Role = 'ours' | 'floor' | 'other';

export const WIDTH = 720;

export function roleOf(id: ContenderId): Role {
  return id === OURS ? 'ours' : id === FLOOR ? 'floor' : 'other';
}

export function svg(title: string, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" role="img" aria-label="${escapeText(title)}">
<style>${STYLE}</style>
<text class="title" x="0" y="20">${escapeText(title)}</text>
${parts.join('\n')}
</svg>
`;
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

export function figure(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.group { font-weight: 600 }
.unit, .label, .tick { font-weight: 400; fill: #57606a }
.tick { font-size: 11px }
.figure, .tick { font-variant-numeric: tabular-nums }
.ours { fill: #0b7a75; stroke: #0b7a75 } .floor { fill: #b7bec7; stroke: #b7bec7 } .other { fill: #7d8794; stroke: #7d8794 }
rect { stroke: none } path { stroke-width: 2 } path.ours, path.floor, path.other { fill: none } path.floor { stroke-dasharray: 5 4 }
.grid { stroke: #d0d7de; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .unit, .label, .tick { fill: #9aa4af }
  .ours { fill: #2bb5ac; stroke: #2bb5ac } .floor { fill: #4a525c; stroke: #4a525c } .other { fill: #737d89; stroke: #737d89 }
  path.ours, path.floor, path.other { fill: none } .grid { stroke: #30363d }
}`;
