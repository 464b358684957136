// A plot as SVG: points, the straight line through them, two axes. Nothing that needs a library.
import type { Curve } from './scaling.ts';

const WIDTH = 480;
const HEIGHT = 300;
const MARGIN = { left: 64, right: 20, top: 36, bottom: 44 };
const TICKS = 4;

const number = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** The least of 1, 2, 2.5 and 5 times a power of ten that holds `most` in a few steps. */
const stepFor = (most: number): number => {
  const rough = most / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
};

export const plot = ({ title, x: xName, points, straightness }: Curve): string => {
  const scaleOf = (values: readonly number[], from: number, to: number) => {
    const step = stepFor(Math.max(...values));
    const top = Math.ceil(Math.max(...values) / step) * step;
    const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step);
    return { ticks, at: (value: number) => Math.round(from + (value / top) * (to - from)) };
  };
  const xs = scaleOf(
    points.map(([x]) => x),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const ys = scaleOf(
    points.map(([, y]) => y),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const line = lineThrough(points);
  const first = points[0]?.[0] ?? 0;
  const last = points.at(-1)?.[0] ?? 0;
  const bottom = HEIGHT - MARGIN.bottom;
  const parts = [
    `<text x="${MARGIN.left}" y="20" font-size="13">${title}</text>`,
    `<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 8}" text-anchor="end">${xName}</text>`,
    `<text x="8" y="${MARGIN.top - 4}">ms</text>`,
    ...ys.ticks.map(
      (tick) =>
        `<path d="M${MARGIN.left} ${ys.at(tick)}H${WIDTH - MARGIN.right}" stroke="#ddd"/><text x="${MARGIN.left - 6}" y="${ys.at(tick) + 4}" text-anchor="end">${number.format(tick)}</text>`,
    ),
    ...xs.ticks.map(
      (tick) =>
        `<text x="${xs.at(tick)}" y="${bottom + 16}" text-anchor="middle">${number.format(tick)}</text>`,
    ),
    `<path d="M${xs.at(first)} ${ys.at(line(first))}L${xs.at(last)} ${ys.at(line(last))}" stroke="#999" stroke-dasharray="4 3"/>`,
    ...points.map(([x, y]) => `<circle cx="${xs.at(x)}" cy="${ys.at(y)}" r="4" fill="#d9480f"/>`),
    `<text x="${WIDTH - MARGIN.right}" y="${MARGIN.top + 12}" text-anchor="end">r² = ${straightness.toFixed(3)}</text>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>\n`;
};

/** Least squares. */
const lineThrough = (points: Curve['points']): ((x: number) => number) => {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const slope = covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return (x) => meanY + slope * (x - meanX);
};
