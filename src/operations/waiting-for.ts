/** Why a queued operation does not move; undefined when it is about to. `runners` is undefined when nobody can say. */
export const waitingFor = (before: number, runners: number | undefined): string | undefined => {
  if (before > 0) return before === 1 ? '1 operation before it' : `${before} operations before it`;
  return runners === 0 ? 'no runner is connected' : undefined;
};
