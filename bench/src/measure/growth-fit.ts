/** How a cost grows with a size: the power of the size that fits best, and how sure that is. (pure) */

export interface GrowthFit {
  /** The slope on log-log axes: 0 is no growth, 1 is in proportion. */
  readonly power: number;
  /** Half of the 95 % confidence interval; NaN of fewer than three points. */
  readonly spread: number;
}

/** Of all points of all runs together. @param points size and cost, both above 0 */
export function fitGrowth(points: readonly (readonly [size: number, cost: number])[]): GrowthFit {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const count = logs.length;
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / count;
  const squares = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (!(squares > 0)) return { power: Number.NaN, spread: Number.NaN };
  const power = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / squares;
  const errors = logs.reduce((sum, [x, y]) => sum + (y - meanY - power * (x - meanX)) ** 2, 0);
  const freedom = count - 2;
  return { power, spread: freedom < 1 ? Number.NaN : studentsT(freedom) * Math.sqrt(errors / freedom / squares) };
}

/** Two-sided, 95 %. */
const QUANTILES = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** Above ten degrees by Cornish and Fisher's expansion, right to a thousandth. */
function studentsT(freedom: number): number {
  const known = QUANTILES[freedom - 1];
  if (known !== undefined) return known;
  const z = 1.959964;
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}
