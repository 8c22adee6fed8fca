/** How costs grow, on log-log axes: a straight line is a power of the size, a level one is no growth. One panel a curve. */
import type { Curve } from '../scenarios/scenario.ts';
import { type ContenderResults, growthOf, medianOf, type ScenarioResults } from './results.ts';
import { escapeText, figure, roleOf, svg, WIDTH } from './svg.ts';
import { powerWords } from './tables.ts';

const LEFT = 56;
const RIGHT = 250;
const PANEL = 170;
const HEAD = 30;
const FOOT = 46;
const TITLE = 34;
const LABEL_STEP = 16;
const TICKS = [1, 2, 5];

interface Scale {
  readonly from: number;
  readonly to: number;
  at(value: number): number;
}

export function drawGrowth(title: string, scenarios: readonly ScenarioResults[]): string {
  let y = TITLE;
  const parts: string[] = [];
  for (const scenario of scenarios) {
    for (const curve of scenario.curves) {
      const contenders = scenario.contenders.filter((each) => curve.points.some(({ key }) => !Number.isNaN(medianOf(each, key))));
      if (contenders.length === 0) continue;
      parts.push(...panel(curve, contenders, y + HEAD));
      y += HEAD + PANEL + FOOT;
    }
  }
  return svg(title, y, parts);
}

function panel(curve: Curve, contenders: readonly ContenderResults[], top: number): string[] {
  const costs = contenders
    .flatMap((contender) => curve.points.map(({ key }) => medianOf(contender, key)))
    .filter((cost) => !Number.isNaN(cost));
  const sizes = curve.points.map(({ size }) => size);
  const x = logScale(Math.min(...sizes), Math.max(...sizes), LEFT, WIDTH - RIGHT);
  const y = logScale(Math.min(...costs) / 1.25, Math.max(...costs) * 1.25, top + PANEL, top);
  const bottom = top + PANEL;
  return [
    `<text class="group" x="0" y="${top - 12}">${escapeText(curve.title)} <tspan class="unit">${escapeText(`${curve.unit}, by ${curve.axis}`)}</tspan></text>`,
    ...ticksOf(y).flatMap((tick) => [
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.at(tick).toFixed(1)}" y2="${y.at(tick).toFixed(1)}"/>`,
      `<text class="tick" x="${LEFT - 8}" y="${(y.at(tick) + 4).toFixed(1)}" text-anchor="end">${figure(tick)}</text>`,
    ]),
    ...sizes.map(
      (size) => `<text class="tick" x="${x.at(size).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${figure(size)}</text>`,
    ),
    ...linesOf(curve, contenders, x, y),
  ];
}

function linesOf(curve: Curve, contenders: readonly ContenderResults[], x: Scale, y: Scale): string[] {
  const lines = contenders.map((contender) => {
    const points = curve.points
      .map(({ size, key }) => ({ x: x.at(size), y: y.at(medianOf(contender, key)) }))
      .filter((point) => !Number.isNaN(point.y));
    return { contender, points, end: points.at(-1)?.y ?? 0 };
  });
  let lowest = Number.NEGATIVE_INFINITY;
  return [...lines]
    .sort((one, other) => one.end - other.end)
    .flatMap(({ contender, points, end }) => {
      const role = roleOf(contender.id);
      lowest = Math.max(end, lowest + LABEL_STEP);
      const label = `${contender.shortName} ${powerWords(growthOf(contender, curve))}`;
      return [
        `<path class="${role}" d="M${points.map((point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join(' L')}"/>`,
        ...points.map((point) => `<circle class="${role}" cx="${point.x.toFixed(1)}" cy="${point.y.toFixed(1)}" r="3"/>`),
        `<text class="label" x="${WIDTH - RIGHT + 12}" y="${(lowest + 4).toFixed(1)}">${escapeText(label)}</text>`,
      ];
    });
}

function logScale(from: number, to: number, start: number, end: number): Scale {
  const span = Math.log(to) - Math.log(from) || 1;
  return { from, to, at: (value) => start + ((Math.log(value) - Math.log(from)) / span) * (end - start) };
}

function ticksOf({ from, to }: Scale): readonly number[] {
  const decades = Array.from({ length: 12 }, (_, index) => 10 ** (index - 4));
  return decades.flatMap((decade) => TICKS.map((tick) => tick * decade)).filter((tick) => tick >= from && tick <= to);
}
