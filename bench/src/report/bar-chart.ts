/** Main figures as horizontal bars, one group a scenario. */
import { mainColumn, medianOf, type ScenarioResults } from './results.ts';
import { escapeText, figure, type Role, roleOf, svg, WIDTH } from './svg.ts';

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly role: Role;
}

const LABEL_WIDTH = 170;
const FIGURE_WIDTH = 90;
const BAR = 16;
const STEP = 22;
const TITLE = 34;
const GAP = 14;

export function drawBars(title: string, scenarios: readonly ScenarioResults[]): string {
  let y = TITLE;
  const parts: string[] = [];
  for (const scenario of scenarios) {
    const main = mainColumn(scenario);
    const bars = main === undefined ? [] : barsOf(scenario, main.key);
    if (main === undefined || bars.length === 0) continue;
    const most = Math.max(...bars.map(({ value }) => value));
    y += GAP;
    parts.push(
      `<text class="group" x="0" y="${y + 12}">${escapeText(`${scenario.id}: ${main.label}`)} <tspan class="unit">${escapeText(main.unit)}</tspan></text>`,
    );
    y += STEP;
    for (const { label, value, role } of bars) {
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
  return svg(title, y + GAP, parts);
}

function barsOf({ contenders }: ScenarioResults, key: string): readonly Bar[] {
  return contenders
    .map((contender) => ({ label: contender.shortName, value: medianOf(contender, key), role: roleOf(contender.id) }))
    .filter(({ value }) => !Number.isNaN(value));
}
