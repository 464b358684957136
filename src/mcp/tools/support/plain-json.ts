// What an application answers may be anything its runtime can copy: dates, maps, bigints, cycles. A tool answers JSON.
import { z } from 'zod';

export const MAX_JSON_CHARACTERS = 65_536;
/** Deeper values than this serve nobody, and would exhaust the stack of whoever walks them. */
const MAX_DEPTH = 100;

/** The value as JSON has it (dates as text, no functions); undefined when it is no JSON, or too much of it. */
export const plainJson = (value: unknown) => {
  try {
    const text = JSON.stringify(value ?? null);
    if (text.length > MAX_JSON_CHARACTERS || depthOf(text) > MAX_DEPTH) return undefined;
    return { value: z.json().parse(JSON.parse(text)) };
  } catch {
    return undefined;
  }
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
