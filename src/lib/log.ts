// One JSON line per fact, through here only. Facts are named fields of simple values, so that neither an argument nor
// an error object with a secret in its message can slip in whole.

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes `{"level":"ERROR","event":"tool.call",…}`: the level is a word, so `wrangler tail | grep ERROR` finds failures. */
export const log = (level: Level, event: string, facts: Facts): void => {
  console.log(JSON.stringify({ level, event, ...facts }));
};
