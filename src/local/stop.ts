// When to stop: Ctrl-C, SIGTERM, a closed terminal, or one of the programs between the user and us being gone. `npx`
// and `bun run` stand there, and npx dies of a signal without passing it on.
import { now } from '../lib/clock.ts';
import { ancestors, isAlive } from '../runner/processes.ts';

const ANCESTOR_POLL_MS = 250;
const FORCED_EXIT_CODE = 130;
const SAME_REQUEST_MS = 1_000;

export interface Stop {
  /** Resolves at the first request to stop. */
  readonly requested: Promise<undefined>;
  readonly isRequested: () => boolean;
}

export const listenForStop = (): Stop => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let isRequested = false;
  let requestedAt = 0;
  const request = (): void => {
    // A second Ctrl-C means now; the host still ends, since its stdin closes with us. One Ctrl-C can arrive twice,
    // from the terminal and from the program that runs us.
    if (isRequested && now() - requestedAt < SAME_REQUEST_MS) return;
    if (isRequested) process.exit(FORCED_EXIT_CODE);
    isRequested = true;
    requestedAt = now();
    resolve(undefined);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, request);
  watchLaunchers(() => {
    if (!isRequested) request();
  });
  return { requested: promise, isRequested: () => isRequested };
};

/** `bun run` and `npm exec` live as long as what they run, so one that is gone was ended to end us. */
const watchLaunchers = (onGone: () => void): void => {
  const launchers = launchersOf(ancestors(process.pid));
  if (launchers.length === 0) return;
  const timer = setInterval(() => {
    if (launchers.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, ANCESTOR_POLL_MS);
};

/**
 * Of the processes above us, those that only exist to run us: `bun start`, and the `npm exec` around it with its shell.
 * A shell that no npm stands behind is a person's or a script's, and may go while we stay.
 */
export const launchersOf = (
  chain: readonly { readonly pid: number; readonly command: string }[],
): number[] => {
  const [first, second, third] = chain;
  if (first === undefined || !BUN.test(first.command)) return [];
  if (second !== undefined && NPM.test(second.command)) return [first.pid, second.pid];
  if (second !== undefined && third !== undefined && NPM.test(third.command))
    return [first.pid, second.pid, third.pid];
  return [first.pid];
};

const BUN = /^(\S*\/)?bun(\.exe)? /;
const NPM = /^(\S*\/)?(npm|npx) |(npm|npx)-cli/;
