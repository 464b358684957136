// Operations in a local cloud, be it this process's own or one that another process holds open.
import { CODE_PROPERTY } from '../../contract/plan.ts';
import type { Outcome } from '../../contract/runner-protocol.ts';
import type { Snapshot } from '../../contract/snapshot.ts';
import { type PreparedChild, prepareChild } from '../child.ts';
import type { Driver, JobOrder, Running } from '../driver.ts';
import { awaitWorkers } from '../readiness.ts';
import { type LastWords, lastWords, lastWordsIn, logSize, readLog } from './host-log.ts';

const POLL_MS = 100;
/** A Worker that was changed says within this whether it runs. */
const WORD_MS = 5_000;

export interface LocalPlace {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly runnerToken: string;
  /** What the host and its Workers print. */
  readonly logFile: string;
  /** Where the host listens, or why it does not. */
  readonly spawner: () => string | { readonly problem: string };
}

/** `first`: a child that was started ahead of its job. */
export const createLocalDriver = (place: LocalPlace, first?: PreparedChild): Driver => {
  let prepared = first;
  return {
    mode: 'local',
    run: (order, watcher) => {
      const spawner = place.spawner();
      if (typeof spawner !== 'string') return failed(spawner.problem);
      const child = prepared ?? prepareChild(place);
      prepared = undefined;
      const logged = logSize(place.logFile);
      const changing = new Set<string>();
      const running = child.run(
        { ...order, driver: { mode: 'local', spawner }, runnerToken: place.runnerToken },
        {
          onStep: watcher.onStep,
          mayBegin: (plan) => {
            for (const row of plan.resources) if (isApplied(row)) changing.add(row.id);
            return watcher.mayBegin(plan);
          },
        },
      );
      return {
        ...running,
        outcome: running.outcome.then((outcome) =>
          whenServed(order, outcome, { logFile: place.logFile, logged, changing }),
        ),
      };
    },
  };
};

const failed = (message: string): Running => ({
  outcome: Promise.resolve({ status: 'failed', message }),
  cancel: () => {},
  kill: () => Promise.resolve(),
});

/** Code alone is not applied: local Workers follow it by themselves. */
const isApplied = ({
  action,
  properties,
}: {
  action: string;
  properties: readonly { path: string }[];
}) =>
  action !== 'noop' && action !== 'delete' && properties.some(({ path }) => path !== CODE_PROPERTY);

interface Log {
  readonly logFile: string;
  /** How long the log was when the operation began, in bytes. */
  readonly logged: number;
  readonly changing: ReadonlySet<string>;
}

/** Alchemy calls a deploy done before its Workers serve, and also when one does not build. */
const whenServed = async (order: JobOrder, outcome: Outcome, log: Log): Promise<Outcome> => {
  if (order.kind !== 'deploy' || outcome.status !== 'succeeded') return outcome;
  const { snapshot } = outcome;
  if (snapshot === undefined) return outcome;
  const problem = await problemOf(snapshot, log);
  return problem === undefined ? outcome : { status: 'failed', message: problem, snapshot };
};

const problemOf = async (snapshot: Snapshot, log: Log): Promise<string | undefined> => {
  const workers = snapshot.resources.filter(({ url }) => url !== null).map(({ id }) => id);
  let answered: { problem: string | undefined } | undefined;
  void awaitWorkers(snapshot).then((problem) => {
    answered = { problem };
  });
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const recent = lastWords(readLog(log.logFile, log.logged));
    const failure = failureOf(workers, recent, lastWordsIn(log.logFile));
    if (failure !== undefined) return failure;
    const isTold = workers.every((id) => !log.changing.has(id) || recent.has(id));
    if (answered !== undefined && (isTold || waitedMs >= WORD_MS)) return answered.problem;
    await Bun.sleep(POLL_MS);
  }
};

/** Code that does not build is every stage's; a start that failed, before this operation, may have been another's. */
const failureOf = (workers: readonly string[], recent: LastWords, all: LastWords) => {
  const words = workers.flatMap((id) => {
    const last = all.get(id);
    return [recent.get(id)?.problem, last?.isBuild === true ? last.problem : undefined];
  });
  return words.find((problem) => problem !== undefined);
};
