// When to stop: Ctrl-C, SIGTERM, a closed terminal, or the program that ran us being gone. `npx` and `bun run` stand
// between the user and us, and not each of them passes a signal on before it dies.
const PARENT_POLL_MS = 250;
const FORCED_EXIT_CODE = 130;

export interface Stop {
  /** Resolves at the first request to stop. */
  readonly requested: Promise<void>;
  readonly isRequested: () => boolean;
}

export const listenForStop = (): Stop => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isRequested = false;
  const request = (): void => {
    // A second Ctrl-C means now. The host still ends: its stdin closes with us.
    if (isRequested) process.exit(FORCED_EXIT_CODE);
    isRequested = true;
    resolve();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, request);
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(request);
  return { requested: promise, isRequested: () => isRequested };
};

/** `bun run` outlives its script, so a new parent means that ours was killed. */
const watchParent = (onGone: () => void): void => {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_POLL_MS);
};
