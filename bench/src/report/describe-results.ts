/** Results in words and tables, as Markdown: for a file of their own, or for a page that has other things to say too. */

import { judgeBounds, judgeScenario } from './bounds.ts';
import type { Results, RunFacts, ScenarioResults } from './results.ts';
import { boundsTable, curveTable, notesOn, scenarioTable, summaryTable, toMarkdown } from './tables.ts';

export interface Surroundings {
  /** `##` in a file of its own. */
  readonly heading: string;
  /** Where the charts are, from where the text is. */
  readonly charts: string;
}

export const BAR_CHART = 'relays.svg';
export const GROWTH_CHART = 'growth.svg';

export function describeResults(results: Results, { heading, charts }: Surroundings): string {
  const { scenarios } = results;
  const curves = scenarios.filter((scenario) => scenario.curves.length > 0);
  const parts = [
    ...startsOf(scenarios).map(describeStart),
    `![What each relay costs](${charts}${BAR_CHART})`,
    toMarkdown(summaryTable(results)),
    `${heading} What was promised, and what holds`,
    toMarkdown(boundsTable(judgeBounds(results))),
    ...scenarios.filter(({ curves: { length } }) => length === 0).flatMap((scenario) => describeScenario(results, scenario, heading)),
  ];
  if (curves.length > 0) parts.push(`${heading} Growth`, `![How costs grow](${charts}${GROWTH_CHART})`);
  for (const scenario of curves) {
    parts.push(
      `${scenario.description}.`,
      ...scenario.curves.map((curve) => toMarkdown(curveTable(scenario, curve))),
      ...notesOn(scenario),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

function describeScenario(results: Results, scenario: ScenarioResults, heading: string): string[] {
  const verdicts = judgeScenario(results, scenario).map(
    ({ what, found, bound, judgement }) => `- ${what}: ${found}; promised ${bound}: **${judgement}**`,
  );
  return [
    `${heading} ${scenario.id}`,
    `${scenario.description}.`,
    toMarkdown(scenarioTable(scenario)),
    ...(verdicts.length === 0 ? [] : [verdicts.join('\n')]),
    ...notesOn(scenario),
  ];
}

interface Start {
  readonly facts: RunFacts;
  readonly scenarios: readonly ScenarioResults[];
}

/** Scenarios by the start of the bench that measured them. */
function startsOf(scenarios: readonly ScenarioResults[]): readonly Start[] {
  const starts = new Map<string, ScenarioResults[]>();
  for (const scenario of scenarios) starts.set(scenario.facts.startedAt, [...(starts.get(scenario.facts.startedAt) ?? []), scenario]);
  return [...starts.values()].map((group) => ({ facts: (group[0] as ScenarioResults).facts, scenarios: group }));
}

function describeStart({ facts, scenarios }: Start, _index: number, all: readonly Start[]): string {
  const { machine, startedAt, commit, scale, runs, measureMs, warmUpMs } = facts;
  const loads = scenarios.flatMap(({ loadAverages }) => loadAverages);
  const which = all.length === 1 ? '' : `${scenarios.map(({ id }) => id).join(', ')}: `;
  return [
    `${which}measured ${startedAt.slice(0, 10)} at ${commit}, ${machine.processor} (${machine.cores} cores, ${machine.memoryGiB} GiB), Linux ${machine.kernel}, Node ${machine.node} for every relay.`,
    scale === 1 ? 'Sizes in full.' : `**Sizes scaled to ${scale} of the full ones.**`,
    `Up to ${runs} alternating runs of ${measureMs / 1000} s after ${warmUpMs / 1000} s of warm-up; medians, ± half the distance between the extremes.`,
    `Load average of the machine before the runs: ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.`,
    'Every edit of every run was seen to arrive at every client; a run in which one did not is counted as failed.',
  ].join(' ');
}
