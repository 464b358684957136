// Figures from a machine that is never quiet: medians, and how far apart the quarters lie.

/** The value that `share` of all do not exceed. */
const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface Spread {
  readonly median: number;
  /** A quarter of all lie below. */
  readonly low: number;
  /** A quarter of all lie above. */
  readonly high: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
});

/** How well a straight line through the points explains them: 1 is a line. */
export const straightness = (points: readonly (readonly [x: number, y: number])[]): number => {
  const meanOf = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [meanOf(([x]) => x), meanOf(([, y]) => y)];
  const covariance = meanOf(([x, y]) => (x - meanX) * (y - meanY));
  const spreadX = meanOf(([x]) => (x - meanX) ** 2);
  const spreadY = meanOf(([, y]) => (y - meanY) ** 2);
  return covariance ** 2 / (spreadX * spreadY);
};
