// The local cloud from opening it to closing it, again and again until told to stop: bring up the hub's stage, do what the
// hub has for a runner, and watch that it goes on answering. A Worker that fails once the cloud was up ends nothing.
import type { Snapshot } from '../contract/snapshot.ts';
import { now } from '../lib/clock.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { lastWordsIn } from '../runner/local-cloud/host-log.ts';
import { type LocalCloud, openLocalCloud } from '../runner/local-cloud/local-cloud.ts';
import { publishSnapshot } from '../runner/publish-snapshot.ts';
import { awaitAnswer, serverProblem } from '../runner/readiness.ts';
import { lossProblem } from './loss-problem.ts';
import { isSettled } from './other-stages.ts';
import { startOwnRunner } from './own-runner.ts';
import { createProgress } from './progress.ts';
import { type ServedWorker, createServed } from './served.ts';
import type { Settings } from './settings.ts';
import { type Silence, createSilence, nameOf } from './silence.ts';
import { startCommand } from './start-command.ts';
import type { Stop } from './stop.ts';
import { untilSilent } from './watch.ts';

export const ENTRYPOINT = 'alchemy.run.ts';
const MAX_FAILURES = 5;
/** A cloud that was up for this long starts with a clean record. */
const LONG_LIFE_MS = 5 * 60_000;
/** An operation that is under way when we are told to stop. */
const LAST_OPERATION_MS = 3_000;

export interface Life {
  readonly settings: Settings;
  readonly root: string;
  readonly logFile: string;
  readonly url: string;
  readonly stop: Stop;
  /** What is no longer in the stack may go. */
  readonly mayDelete: boolean;
  readonly say: (text: string) => void;
}

/** Why a life ended. */
interface End {
  readonly problem?: string;
  /** Trying again would come to the same. */
  readonly isFinal?: boolean;
  /** The cloud itself was well; it is opened again for the sake of these. */
  readonly lost?: readonly ServedWorker[];
}

/** What is known of earlier lives. */
interface Past {
  readonly silence: Silence;
  /** One has come up: what fails now is somebody's edit, and the others must not go unserved over it. */
  wasUp: boolean;
}

/** Keeps the cloud up until told to stop. One that has died or fallen silent is opened again, a few times in a row. */
export const keepUp = async (
  life: Life,
  announce: (snapshot: Snapshot) => void,
): Promise<string | undefined> => {
  const { say, stop, logFile } = life;
  const isBroken = (id: string) => lastWordsIn(logFile).get(id)?.problem !== undefined;
  const past: Past = { silence: createSilence({ say, isBroken }), wasUp: false };
  for (let failures = 0; failures <= MAX_FAILURES;) {
    const openedAt = now();
    const end = await live(life, past, (snapshot) => {
      if (past.wasUp) say('Ready again.');
      else announce(snapshot);
      past.wasUp = true;
    });
    // What cannot come up the first time has a reason to be told; later it may just be busy with what stopped it.
    if (stop.isRequested() || !past.wasUp || end.isFinal === true) return end.problem;
    if (now() - openedAt > LONG_LIFE_MS) failures = 0;
    const { lost = [] } = end;
    // Each Worker gets one try, so this ends.
    if (lost.length === 0) failures += 1;
    past.silence.onReopened();
    if (failures > MAX_FAILURES) break;
    say(
      lost.length === 0
        ? 'The local cloud has stopped answering; starting it again …'
        : `${lost.map(nameOf).join(' and ')} stopped answering; starting the local cloud again …`,
    );
  }
  return `The local cloud keeps failing; ${logFile} says why.`;
};

/** From opening the cloud to closing it. */
const live = async (
  life: Life,
  past: Past,
  onReady: (snapshot: Snapshot) => void,
): Promise<End> => {
  const { settings, root, logFile, stop, say } = life;
  const failure = Promise.withResolvers<string>();
  // Alchemy closes the door to what ran before. Once the file is saved as it should be, it opens again.
  const tell = (sentence: string) =>
    say(`${sentence}. It does not answer until that is mended; everything else goes on.`);
  let onFailure: (sentence: string) => void = past.wasUp ? tell : failure.resolve;
  const opened = await openLocalCloud({
    root,
    env: settings.env,
    runnerToken: settings.runnerToken,
    logFile,
    onFailure: (sentence) => onFailure(sentence),
  });
  if (!opened.ok) return { problem: opened.error };
  const cloud = opened.value;
  try {
    const failed = failure.promise.then((problem) => err({ problem }));
    const up = await Promise.race([bringUp(cloud, life, past), failed, stop.requested]);
    if (up === undefined || stop.isRequested()) return {};
    if (!up.ok) return up.error;
    onReady(up.value);
    onFailure = tell;
    return { lost: await serve(cloud, life, { snapshot: up.value, silence: past.silence }) };
  } finally {
    await cloud.close();
  }
};

interface Up {
  readonly snapshot: Snapshot;
  readonly silence: Silence;
}

/** Does the hub's work until told to stop, or until something falls silent: the lost Workers, if the cloud itself is well. */
const serve = async (
  cloud: LocalCloud,
  life: Life,
  { snapshot, silence }: Up,
): Promise<readonly ServedWorker[]> => {
  const { settings, root, url, stop, say } = life;
  const over = new AbortController();
  const served = createServed();
  served.settle(snapshot);
  const runner = startOwnRunner({
    root,
    url,
    runnerToken: settings.runnerToken,
    driver: cloud.driver,
    served,
    say,
    entrypoint: ENTRYPOINT,
    stack: snapshot.stack,
    hub: settings.hub,
  });
  const { signal } = over;
  try {
    const end = await Promise.race([
      stop.requested,
      cloud.ended.then(() => undefined),
      untilSilent({
        server: url,
        workers: () => served.workers(),
        silence,
        isBusy: () => runner.isBusy(),
        signal,
      }),
    ]);
    return end ?? [];
  } finally {
    over.abort();
    await runner.stop(LAST_OPERATION_MS);
  }
};

/** Deploys the hub stage: what it consists of, once its server answers and knows it. */
const bringUp = async (
  { driver }: LocalCloud,
  { settings, url, mayDelete, say }: Life,
  { wasUp }: Past,
): Promise<Result<Snapshot, End>> => {
  const progress = createProgress(say);
  let refusal: string | undefined;
  const { outcome } = driver.run(
    { kind: 'deploy', stage: settings.hub, entrypoint: ENTRYPOINT, isHub: true },
    {
      onStep: progress.onStep,
      mayBegin: (plan) => {
        refusal = mayDelete ? undefined : lossProblem(plan, REMEDY);
        if (refusal === undefined) progress.onPlan(plan);
        return Promise.resolve(refusal === undefined);
      },
    },
  );
  const deployed = await outcome;
  const { snapshot } = deployed;
  if (refusal !== undefined) return err({ problem: refusal, isFinal: true });
  if (snapshot === undefined || (deployed.status !== 'succeeded' && !wasUp)) {
    const reason = deployed.status === 'succeeded' ? 'it has no state.' : deployed.message;
    return err({ problem: `The stack could not be deployed: ${reason}` });
  }
  // Of Workers that do not run, the host's log or the watch tells; of resources, nobody else does.
  if (deployed.status !== 'succeeded' && !snapshot.resources.every(isSettled))
    say(`Not all of the stack is there: ${deployed.message}`);
  if (deployed.status !== 'succeeded') await awaitAnswer(`${url}/health`);
  const problem =
    (await serverProblem(url)) ?? (await publishSnapshot(url, settings.runnerToken, snapshot));
  return problem === undefined ? ok(snapshot) : err({ problem });
};

const REMEDY = startCommand('--delete');
