// A new version meets the world in steps: nobody but testers, then a share, then all who were let in before. What fails at a
// step is undone by whoever called (undo.ts). The order and the rules stand here; what they do to the world is given.
import { CliProblem } from '../src/cli/command.ts';
import type { CanaryRecord } from './canary-record.ts';
import type { Server } from './stage.ts';

export interface CanaryPlan {
  readonly stage: string;
  /** Percentages on the way; those not below the last one are left out. */
  readonly steps: readonly number[];
  /** How long a step is watched. */
  readonly holdMs: number;
}

export interface CanaryTools {
  /** The server that serves now, and whether it answers; undefined before the first deploy. */
  readonly current: () => Promise<
    { readonly server: Server; readonly percentage?: number } | undefined
  >;
  readonly activeVersion: (worker: string) => Promise<string>;
  readonly setPercentage: (url: string, percentage: number) => Promise<unknown>;
  readonly readPercentage: (url: string) => Promise<number>;
  /** Resolves when the deploy has succeeded and the server answers; else throws a CliProblem. */
  readonly deploy: () => Promise<Server>;
  /** Throws a CliProblem where a check fails. */
  readonly smoke: (url: string, what: 'everything' | 'serving') => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  readonly stop: AbortSignal;
  readonly remember: (record: CanaryRecord) => void;
  readonly tell: (sentence: string) => void;
}

/** A first deploy ends where a server without a canary begins. */
const ALL = 100;

export interface Canary {
  readonly server: Server;
  readonly percentage: number;
}

export const canary = async (plan: CanaryPlan, tools: CanaryTools): Promise<Canary> => {
  const { remember, tell } = tools;
  const before = await tools.current();
  let record: CanaryRecord = {
    stage: plan.stage,
    ...before?.server,
    ...(before?.percentage !== undefined && { before: before.percentage }),
    ...(before !== undefined && { version: await tools.activeVersion(before.server.worker) }),
    isTurned: false,
    isOver: false,
  };
  const note = (more: Partial<CanaryRecord>): void => {
    record = { ...record, ...more };
    remember(record);
  };
  note({});
  if (before?.percentage !== undefined) {
    goOn(tools);
    tell(`The dark launch goes from ${before.percentage}% to 0% while the new version is tried.`);
    note({ isTurned: true });
    await tools.setPercentage(before.server.url, 0);
  }
  goOn(tools);
  const server = await tools.deploy();
  note({ url: server.url, worker: server.worker });
  const target = before?.percentage ?? (await closed(server, before !== undefined, tools));
  note({ isTurned: true, before: target });
  await tools.smoke(server.url, 'everything');
  for (const percentage of [...plan.steps.filter((step) => step < target), target]) {
    goOn(tools);
    if (percentage > 0) await raise(server.url, percentage, plan, tools);
  }
  goOn(tools);
  note({ isOver: true });
  return { server, percentage: target };
};

const raise = async (
  url: string,
  percentage: number,
  { holdMs }: CanaryPlan,
  tools: CanaryTools,
): Promise<void> => {
  await tools.setPercentage(url, percentage);
  tools.tell(`${percentage}% of clients are let in.`);
  await tools.pause(holdMs);
  goOn(tools);
  await tools.smoke(url, 'serving');
};

/**
 * A server that could not be asked before starts from where it is: at 0 where it is new, else closed now, to be raised to what
 * it had.
 */
const closed = async (server: Server, wasThere: boolean, tools: CanaryTools): Promise<number> => {
  const found = await tools.readPercentage(server.url);
  if (found > 0) await tools.setPercentage(server.url, 0);
  return wasThere ? found : ALL;
};

const goOn = ({ stop }: CanaryTools): void => {
  if (stop.aborted) throw new CliProblem('The canary was cancelled.');
};
