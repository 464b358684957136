/** The one place that reads the clock. Rules take `now` as an argument and never call this. */
export const now = (): number => Date.now();
