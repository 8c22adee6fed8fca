/** What was promised of ours, beside what came out. */
import type { Bound } from '../scenarios/scenario.ts';
import { findContender, medianOf, OURS, type Results, type ScenarioResults } from './results.ts';

export interface Verdict {
  readonly scenario: string;
  readonly what: string;
  readonly found: string;
  readonly bound: string;
  /** `undefined`: something that it takes was not measured. */
  readonly isKept: boolean | undefined;
}

export function judgeBounds(results: Results): readonly Verdict[] {
  return results.scenarios.flatMap((scenario) => scenario.bounds.map((bound) => judge(results, scenario, bound)));
}

function judge(results: Results, scenario: ScenarioResults, bound: Bound): Verdict {
  const column = scenario.columns.find(({ key }) => key === bound.key);
  const ours = medianOf(findContender(scenario, OURS), bound.key);
  const { name, value: other } = compared(results, scenario, bound);
  const isRatio = name !== undefined && bound.plus === undefined;
  const found = isRatio ? ours / other : ours;
  const most = bound.atMost === undefined ? undefined : isRatio ? bound.atMost : bound.atMost * other + (bound.plus ?? 0);
  const isKnown = !Number.isNaN(found) && !Number.isNaN(other);
  const isKept = (most === undefined || found <= most) && (bound.atLeast === undefined || found >= bound.atLeast);
  const unit = isRatio ? `× ${name}` : (column?.unit ?? '');
  const limit = bound.atLeast === undefined ? `≤ ${short(most ?? Number.NaN)}` : `≥ ${short(bound.atLeast)}`;
  return {
    scenario: scenario.id,
    what: column?.label ?? bound.key,
    found: isKnown ? `${short(found)} ${unit}` : 'not measured',
    bound: `${limit} ${unit}${bound.plus === undefined ? '' : ` (${name} + ${bound.plus})`}`,
    isKept: isKnown ? isKept : undefined,
  };
}

function compared(results: Results, scenario: ScenarioResults, { key, than, thanScenario }: Bound) {
  if (than !== undefined) {
    const contender = findContender(scenario, than);
    return { name: contender?.shortName ?? than, value: medianOf(contender, key) };
  }
  if (thanScenario === undefined) return { name: undefined, value: 1 };
  const elsewhere = results.scenarios.find(({ id }) => id === thanScenario);
  return { name: thanScenario, value: medianOf(findContender(elsewhere, OURS), key) };
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
