// What an application answers may be anything its runtime can copy: dates, maps, bigints, cycles. A tool answers JSON.
import { z } from 'zod';

export const MAX_JSON_CHARACTERS = 65_536;
/** Deeper values than this serve nobody, and would exhaust the stack of whoever walks them. */
const MAX_DEPTH = 100;

/** The value as JSON has it, dates as text; undefined when that would lose something, or be too much. */
export const plainJson = (value: unknown) => {
  try {
    const text = JSON.stringify(value ?? null, lossless);
    // This key would be lost on the way into an object.
    if (text.includes('"__proto__":')) return undefined;
    if (text.length > MAX_JSON_CHARACTERS || depthOf(text) > MAX_DEPTH) return undefined;
    return { value: z.json().parse(JSON.parse(text)) };
  } catch {
    return undefined;
  }
};

/** JSON.stringify would turn a Map into {} and NaN into null without a word. */
const lossless = (_key: string, value: unknown): unknown => {
  const isPlain =
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    Object.getPrototypeOf(value) === Object.prototype;
  const isUntold = typeof value === 'function' || typeof value === 'symbol';
  if (!isPlain || isUntold || (typeof value === 'number' && !Number.isFinite(value)))
    throw new TypeError('not JSON');
  return value;
};

const depthOf = (json: string): number => {
  let depth = 0;
  let deepest = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return deepest;
};
