/** What was promised of ours, beside what came out. */
import type { Bound } from '../scenarios/scenario.ts';
import { type ContenderResults, findContender, medianOf, OURS, type Results, type ScenarioResults, valuesOf } from './results.ts';

export type Judgement =
  | 'holds'
  | 'does not hold'
  | 'not measured'
  /** What smaller sizes show says nothing about what was promised: most of a small figure is what a process costs by itself. */
  | 'promised of full sizes';

export interface Verdict {
  readonly scenario: string;
  readonly what: string;
  /** With the least and the most of the runs. */
  readonly found: string;
  readonly bound: string;
  readonly judgement: Judgement;
}

export function judgeBounds(results: Results): readonly Verdict[] {
  return results.scenarios.flatMap((scenario) => judgeScenario(results, scenario));
}

/** @param results where other scenarios are that a bound compares with */
export function judgeScenario(results: Results, scenario: ScenarioResults): readonly Verdict[] {
  return scenario.bounds.map((bound) => judge(results, scenario, bound));
}

function judge(results: Results, scenario: ScenarioResults, bound: Bound): Verdict {
  const column = scenario.columns.find(({ key }) => key === bound.key);
  const ours = findContender(scenario, OURS);
  const other = compared(results, scenario, bound);
  const isRatio = other !== undefined && bound.plus === undefined;
  const found = medianOf(ours, bound.key) / (isRatio ? medianOf(other.contender, bound.key) : 1);
  const base = other === undefined || isRatio ? 1 : medianOf(other.contender, bound.key);
  const most = bound.atMost === undefined ? Number.POSITIVE_INFINITY : bound.atMost * base + (bound.plus ?? 0);
  // Less than nothing is no cost: what it is compared with was not measured right.
  const isKnown = !Number.isNaN(found) && !Number.isNaN(most) && (!isRatio || found >= 0);
  const isKept = found <= most && found >= (bound.atLeast ?? Number.NEGATIVE_INFINITY);
  const unit = isRatio ? `× ${other.name}` : (column?.unit ?? '');
  const limit = bound.atLeast === undefined ? `≤ ${short(most)}` : `≥ ${short(bound.atLeast)}`;
  const runs = ours === undefined ? [] : runsOf(ours, isRatio ? other.contender : undefined, bound.key);
  const range = runs.length < 2 ? '' : ` (${short(Math.min(...runs))} to ${short(Math.max(...runs))})`;
  return {
    scenario: scenario.id,
    what: column?.label ?? bound.key,
    found: isKnown ? `${short(found)} ${unit}${range}` : '–',
    bound: `${Number.isNaN(most) ? '≤ ?' : limit} ${unit}${other === undefined || isRatio ? '' : ` (${other.name} + ${bound.plus})`}`,
    judgement: !isKnown ? 'not measured' : scenario.facts.scale !== 1 ? 'promised of full sizes' : isKept ? 'holds' : 'does not hold',
  };
}

interface Compared {
  readonly name: string;
  readonly contender: ContenderResults | undefined;
}

function compared(results: Results, scenario: ScenarioResults, { than, thanScenario }: Bound): Compared | undefined {
  if (than !== undefined) {
    const contender = findContender(scenario, than);
    return { name: contender?.shortName ?? than, contender };
  }
  if (thanScenario === undefined) return undefined;
  // Figures of two starts of the bench do not compare: the machine was another one.
  const elsewhere = results.scenarios.find(({ id, facts }) => id === thanScenario && facts.startedAt === scenario.facts.startedAt);
  return { name: thanScenario, contender: findContender(elsewhere, OURS) };
}

/** Of each run; runs beside each other are compared with each other, when none is missing. */
function runsOf(ours: ContenderResults, other: ContenderResults | undefined, key: string): readonly number[] {
  const values = valuesOf(ours, key);
  if (other === undefined) return values;
  const others = valuesOf(other, key);
  return others.length === values.length ? values.map((value, run) => value / (others[run] as number)) : [];
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
