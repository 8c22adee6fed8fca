import assert from 'node:assert/strict';
import { it } from 'node:test';
import { randomFrom } from '../src/generator/random.ts';
import { fitGrowth } from '../src/measure/growth-fit.ts';
import { DelayHistogram, median, percentile, spread } from '../src/measure/statistics.ts';

it('medians are in the middle, of an even number too, and NaN of nothing', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

it('percentiles are values that were measured (nearest rank)', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(percentile(hundred, 95), 95);
  assert.equal(percentile(hundred, 99), 99);
  assert.equal(percentile(hundred, 100), 100);
  assert.equal(percentile([7], 99), 7);
  assert.equal(percentile([1, 2], 95), 2);
});

it('spread is half the distance between the extremes, as a part of the median', () => {
  assert.equal(spread([9, 10, 12]), 0.15);
  assert.equal(spread([10]), 0);
});

it('a histogram of delays says what sorting them all would, to a tenth of a millisecond', () => {
  const random = randomFrom(7);
  const delays = Array.from({ length: 20_000 }, () => 200 * random() ** 4);
  const histogram = new DelayHistogram();
  for (const delay of delays) histogram.add(delay);
  for (const percent of [1, 50, 95, 99, 100]) {
    assert.ok(Math.abs(histogram.percentile(percent) - percentile(delays, percent)) <= 0.11, `p${percent}`);
  }
  assert.equal(histogram.total, delays.length);
  assert.ok(Number.isNaN(new DelayHistogram().percentile(50)));
});

it('a histogram keeps what is too long for it, and what clocks make negative', () => {
  const histogram = new DelayHistogram();
  histogram.add(-1);
  histogram.add(10_000_000);
  assert.equal(histogram.percentile(1), 0);
  assert.ok(histogram.percentile(99) > 59_000);
});

it('growth is the power of the size, exactly when it is exact', () => {
  for (const power of [0, 0.5, 1, -0.3]) {
    const fit = fitGrowth([10, 100, 1_000, 10_000].map((size) => [size, 5 * size ** power] as const));
    assert.ok(Math.abs(fit.power - power) < 1e-9, `${fit.power}`);
    assert.ok(fit.spread < 1e-6);
  }
});

it('growth says how sure it is: of noisy runs, 95 intervals of 100 hold the truth', () => {
  const random = randomFrom(11);
  const noise = () => Math.exp(0.2 * (random() + random() + random() + random() - 2));
  let right = 0;
  const rounds = 1_000;
  for (let round = 0; round < rounds; round++) {
    const points = [10, 30, 100, 300, 1_000].flatMap((size) => [0, 1, 2].map(() => [size, 3 * size ** 0.25 * noise()] as const));
    const { power, spread: half } = fitGrowth(points);
    if (Math.abs(power - 0.25) <= half) right++;
  }
  assert.ok(Math.abs(right / rounds - 0.95) < 0.02, `${right} of ${rounds}`);
});

it('growth of one size, or of two points, claims no certainty', () => {
  assert.ok(
    Number.isNaN(
      fitGrowth([
        [10, 1],
        [10, 2],
      ]).power,
    ),
  );
  assert.ok(
    Number.isNaN(
      fitGrowth([
        [10, 1],
        [20, 2],
      ]).spread,
    ),
  );
});
