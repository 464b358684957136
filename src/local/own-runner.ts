// The runner within `bun start`: it does in the local cloud what the hub has for it, and says so.
import type { Outcome } from '../contract/runner-protocol.ts';
import { sharedToken } from '../runner/credential.ts';
import type { Driver } from '../runner/driver.ts';
import { createTurns, inTurn } from '../runner/local-cloud/turns.ts';
import { type Runner, startRunner } from '../runner/runner.ts';
import { serveStage, stagesToServe } from './other-stages.ts';
import type { Served } from './served.ts';

export interface OwnRunnerOptions {
  readonly root: string;
  readonly url: string;
  readonly runnerToken: string;
  readonly driver: Driver;
  readonly entrypoint: string;
  readonly stack: string;
  /** The stage that is served already. */
  readonly hub: string;
  readonly served: Served;
  readonly say: (line: string) => void;
}

export interface OwnRunner extends Runner {
  /** Somebody's operation is under way, or stages are being served again. */
  isBusy(): boolean;
}

export const startOwnRunner = (options: OwnRunnerOptions): OwnRunner => {
  const { url, runnerToken, driver, entrypoint, served, say } = options;
  const takeTurn = createTurns();
  let underWay = 0;
  const restored = restore({ ...options, driver: inTurn(driver, takeTurn) });
  const runner = startRunner({
    url,
    credential: sharedToken(runnerToken),
    driver,
    entrypoint,
    takeTurn,
    onBegin: ({ kind, stage, operationId }) => {
      underWay += 1;
      if (kind === 'deploy' || kind === 'destroy') served.unsettle(stage);
      say(`${wordOf(kind)} ${stage} … (${operationId})`);
    },
    onEnd: ({ kind, stage }, outcome) => {
      underWay -= 1;
      if (outcome?.status === 'succeeded' && outcome.snapshot !== undefined)
        served.settle(outcome.snapshot);
      say(`${wordOf(kind)} ${stage}: ${endOf(outcome)}`);
    },
  });
  return {
    isBusy: () => underWay > 0 || restored.isBusy(),
    stop: async (graceMs) => {
      restored.stop();
      await runner.stop(graceMs);
    },
  };
};

/** One stage after the other, and in turn with operations: the first of those must not wait for all of these. */
const restore = (options: OwnRunnerOptions) => {
  let isStopping = false;
  let isBusy = true;
  const work = async (): Promise<void> => {
    for (const stage of stagesToServe(options.root, options.stack, options.hub)) {
      if (isStopping) return;
      await serveStage(stage, options);
    }
  };
  work()
    .catch(() => options.say('Other stages could not be served again.'))
    .finally(() => {
      isBusy = false;
    });
  return {
    isBusy: () => isBusy,
    stop: () => {
      isStopping = true;
    },
  };
};

const wordOf = (kind: string): string =>
  `${kind.charAt(0).toUpperCase()}${kind.slice(1).replace('_', ' ')} of`;

const endOf = (outcome: Outcome | undefined): string => {
  if (outcome === undefined) return 'not begun.';
  return outcome.status === 'succeeded' ? 'done.' : `${outcome.status}. ${outcome.message}`;
};
