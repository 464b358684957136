// A stack of 2,000 resources must not fill a model's memory: of each list so much is answered, and no more.

const MAX_ITEMS = 100;
const MAX_CHARACTERS = 24_000;

/** The first items, as many as fit. */
export const bounded = <T>(items: readonly T[]): T[] => {
  const kept: T[] = [];
  let characters = 0;
  for (const item of items.slice(0, MAX_ITEMS)) {
    characters += JSON.stringify(item).length;
    if (characters > MAX_CHARACTERS) break;
    kept.push(item);
  }
  return kept;
};
