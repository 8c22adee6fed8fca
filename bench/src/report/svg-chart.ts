/**
 * One chart of horizontal bars as SVG, readable on light and dark pages. Colours are three roles, not one a relay: ours,
 * the floor, and the others; every bar has its figure beside it, so that colour says nothing that words do not.
 */

export interface ChartGroup {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly role: 'ours' | 'floor' | 'other' }[];
}

const WIDTH = 720;
const LABEL_WIDTH = 170;
const FIGURE_WIDTH = 90;
const BAR = 16;
const STEP = 22;
const TITLE = 34;
const GAP = 14;

export function drawBars(title: string, groups: readonly ChartGroup[]): string {
  let y = TITLE;
  const parts: string[] = [];
  for (const group of groups) {
    const most = Math.max(...group.bars.map(({ value }) => value));
    y += GAP;
    parts.push(
      `<text class="group" x="0" y="${y + 12}">${escapeText(group.title)} <tspan class="unit">${escapeText(group.unit)}</tspan></text>`,
    );
    y += STEP;
    for (const { label, value, role } of group.bars) {
      const width = Math.max(1, (value / most) * (WIDTH - LABEL_WIDTH - FIGURE_WIDTH));
      const middle = y + BAR - 4;
      parts.push(
        `<text class="label" x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escapeText(label)}</text>`,
        `<rect class="${role}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>`,
        `<text class="figure" x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${middle}">${figure(value)}</text>`,
      );
      y += STEP;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + GAP}" role="img" aria-label="${escapeText(title)}">
<style>${STYLE}</style>
<text class="title" x="0" y="20">${escapeText(title)}</text>
${parts.join('\n')}
</svg>
`;
}

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.group { font-weight: 600 }
.unit, .label { font-weight: 400; fill: #57606a }
.figure { font-variant-numeric: tabular-nums }
.ours { fill: #0b7a75 } .floor { fill: #b7bec7 } .other { fill: #7d8794 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .unit, .label { fill: #9aa4af }
  .ours { fill: #2bb5ac } .floor { fill: #4a525c } .other { fill: #737d89 }
}`;

function figure(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
