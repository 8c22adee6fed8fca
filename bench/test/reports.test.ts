import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ContenderId } from '../src/contenders/contender.ts';
import { Progress } from '../src/progress.ts';
import { judgeBounds } from '../src/report/bounds.ts';
import { describeResults } from '../src/report/describe-results.ts';
import { drawGrowth } from '../src/report/line-chart.ts';
import { comparePage, withFigures } from '../src/report/performance-page.ts';
import { type ContenderResults, mergeResults, type RunFacts, type ScenarioResults } from '../src/report/results.ts';
import { curveTable, notesOn, scenarioTable, summaryTable } from '../src/report/tables.ts';
import type { Bound, Figures } from '../src/scenarios/scenario.ts';

const FACTS: RunFacts = {
  startedAt: '2030-01-02T03:04:05Z',
  commit: 'abc1234',
  machine: { processor: 'a processor', cores: 2, memoryGiB: 8, kernel: '6', node: 'v22' },
  scale: 1,
  runs: 3,
  measureMs: 10_000,
  warmUpMs: 3_000,
};

const contender = (id: ContenderId, ...runs: Figures[]): ContenderResults => ({ id, name: `the ${id}`, shortName: id, runs, failures: [] });

function scenario(id: string, contenders: readonly ContenderResults[], bounds: readonly Bound[] = [], facts = FACTS): ScenarioResults {
  const columns = [
    { key: 'cost', label: 'cost', unit: 'µs', digits: 1, isMain: true },
    { key: 'generatorBusy', label: 'busy', unit: '%', digits: 0 },
  ];
  return { id, facts, description: `about ${id}`, columns, bounds, curves: [], loadAverages: [0.1], contenders };
}

const costs = (...values: number[]) => values.map((cost) => ({ cost }));

it('a bound holds up to its value and not beyond, alone, as a ratio, and with something added', () => {
  const others = [contender('bare-ws', ...costs(10, 20, 30)), contender('ours', ...costs(4, 9, 14))];
  const judged = (bound: Bound) => judgeBounds({ scenarios: [scenario('room', others, [bound])] })[0]?.judgement;
  assert.equal(judged({ key: 'cost', atMost: 9 }), 'holds');
  assert.equal(judged({ key: 'cost', atMost: 8.99 }), 'does not hold');
  assert.equal(judged({ key: 'cost', than: 'bare-ws', atMost: 0.45 }), 'holds');
  assert.equal(judged({ key: 'cost', than: 'bare-ws', atMost: 0.44 }), 'does not hold');
  assert.equal(judged({ key: 'cost', than: 'bare-ws', atLeast: 0.46 }), 'does not hold');
  assert.equal(judged({ key: 'cost', than: 'bare-ws', atMost: 0.25, plus: 4 }), 'holds');
  assert.equal(judged({ key: 'cost', than: 'bare-ws', atMost: 0.25, plus: 3.9 }), 'does not hold');
});

it('smaller sizes are held to nothing that was promised of the full ones', () => {
  const small = scenario('room', [contender('ours', ...costs(4))], [{ key: 'cost', atMost: 1 }], { ...FACTS, scale: 0.1 });
  assert.equal(judgeBounds({ scenarios: [small] })[0]?.judgement, 'promised of full sizes');
});

it('a bound says what it found, with the least and the most of the runs, run beside run', () => {
  const others = [contender('bare-ws', ...costs(10, 20, 30)), contender('ours', ...costs(5, 5, 30))];
  const [verdict] = judgeBounds({ scenarios: [scenario('room', others, [{ key: 'cost', than: 'bare-ws', atMost: 1 }])] });
  assert.equal(verdict?.found, '0.25 × bare-ws (0.25 to 1)');
});

it('a bound whose figures are missing, or make no sense, does not hold: it was not measured', () => {
  const bound: Bound = { key: 'cost', than: 'bare-ws', atMost: 1 };
  const judged = (...all: ContenderResults[]) => judgeBounds({ scenarios: [scenario('room', all, [bound])] })[0]?.judgement;
  assert.equal(judged(contender('ours', ...costs(1))), 'not measured');
  assert.equal(judged(contender('ours'), contender('bare-ws', ...costs(1))), 'not measured');
  assert.equal(judged(contender('ours', ...costs(1)), contender('bare-ws', ...costs(-5))), 'not measured');
});

it('scenarios compare with each other only when one start of the bench measured both', () => {
  const bound: Bound = { key: 'cost', thanScenario: 'crowd-50', atMost: 1.2 };
  const small = scenario('crowd-50', [contender('ours', ...costs(10))]);
  const large = (facts: RunFacts) => scenario('crowd-1000', [contender('ours', ...costs(11))], [bound], facts);
  assert.equal(judgeBounds({ scenarios: [small, large(FACTS)] })[0]?.judgement, 'holds');
  assert.equal(judgeBounds({ scenarios: [small, large({ ...FACTS, startedAt: 'later' })] })[0]?.judgement, 'not measured');
});

it('tables have medians, how far runs lie apart, and how many times theirs ours is', () => {
  const results = scenario('room', [contender('bare-ws', ...costs(10, 20, 30)), contender('ours', ...costs(5, 5, 5))]);
  assert.deepEqual(scenarioTable(results).rows, [
    ['the bare-ws', '20.0 ±50%', '0.25×'],
    ['the ours', '5.0', '1.00×'],
  ]);
  assert.deepEqual(summaryTable({ scenarios: [results] }).rows, [['room: cost, µs', '20.0 ±50% · 0.25×', '', '', '', '5.0']]);
});

it('a run says so when the generator was the limit, when one failed, and when it was scaled', () => {
  const busy = contender('ours', { cost: 1, generatorBusy: 97 });
  const failed: ContenderResults = { ...contender('bare-ws'), failures: ['an edit was lost'] };
  const notes = notesOn(scenario('saturated', [failed, busy], [], { ...FACTS, scale: 0.5 })).join('\n');
  assert.match(notes, /generator was the limit with ours, 97 % busy/);
  assert.match(notes, /A run of the bare-ws failed: an edit was lost/);
  assert.match(notes, /scaled to 0.5/);
  assert.deepEqual(notesOn(scenario('room', [contender('ours', { cost: 1, generatorBusy: 60 })])), []);
});

it('growth is told for each relay, in the table and in the chart', () => {
  const points = [10, 100, 1_000].map((size) => ({ size, key: String(size) }));
  const curve = { title: 'cost', axis: 'members', unit: 'µs', digits: 1, points };
  const growing = { ...scenario('growth', [contender('ours', { 10: 1, 100: 10, 1000: 100 })]), curves: [curve] };
  assert.deepEqual(curveTable(growing, curve).rows, [['the ours', '1.0', '10.0', '100.0', 'n^1.00 ± 0.00']]);
  assert.match(drawGrowth('growth', [growing]), /ours n\^1\.00/);
  // A class's colour would else fill what a line encloses.
  assert.match(drawGrowth('growth', [growing]), /path\.ours[^{]*\{ fill: none \}/);
});

it('what is measured again takes the place of what was there, and the order stays', () => {
  const old = ['a', 'b', 'c'].map((id) => scenario(id, [contender('ours', ...costs(1))]));
  const again = scenario('b', [contender('ours', ...costs(2))], [], { ...FACTS, startedAt: 'later' });
  const { scenarios } = mergeResults({ scenarios: old }, { scenarios: [again] }, ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    scenarios.map(({ id, facts }) => `${id} ${facts.startedAt}`),
    [`a ${FACTS.startedAt}`, 'b later', `c ${FACTS.startedAt}`],
  );
  assert.match(describeResults({ scenarios }, { heading: '##', charts: '' }), /b: measured later/);
});

it('progress says what is measured, and how long the rest will take at the pace so far', () => {
  const lines: string[] = [];
  let now = 0;
  const steps = [60, 60, 600].map((seconds, index) => ({ what: `step ${index}`, seconds }));
  const progress = new Progress(
    steps,
    (line) => lines.push(line),
    () => now,
  );
  progress.next();
  now = 120_000;
  progress.next();
  now = 240_000;
  progress.next();
  assert.deepEqual(lines, ['[1/3, about 12 min left] step 0 …', '[2/3, about 22 min left] step 1 …', '[3/3, about 20 min left] step 2 …']);
});

it('the page has exactly the figures that were measured', () => {
  const { is, shouldBe } = comparePage();
  assert.equal(is, shouldBe, 'docs/performance.md differs from docs/performance/results.json: npm run page');
});

it('a page without a place for figures is left alone', () => {
  assert.throws(() => withFigures('# A page', { scenarios: [] }), /no place/);
});
