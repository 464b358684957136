// The local cloud from opening it to closing it, again and again until told to stop: bring up the hub's stage, do what the
// hub has for a runner, and watch that all of it goes on answering.
import type { Snapshot } from '../contract/snapshot.ts';
import { HUB_STAGE } from '../contract/stage.ts';
import { now } from '../lib/clock.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { type LocalCloud, openLocalCloud } from '../runner/local-cloud.ts';
import { publishSnapshot } from '../runner/publish.ts';
import { serverProblem } from '../runner/readiness.ts';
import { lossProblem } from './gate.ts';
import { startOperations } from './operations.ts';
import { createProgress } from './progress.ts';
import { createServed } from './served.ts';
import type { Settings } from './settings.ts';
import type { Stop } from './stop.ts';
import { untilSilent } from './watch.ts';

const ENTRYPOINT = 'alchemy.run.ts';
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

/** Why a life ended that nobody asked to end. */
interface End {
  readonly problem: string;
  /** Trying again would come to the same. */
  readonly isFinal: boolean;
}

/** Keeps the cloud up until told to stop. One that has died or fallen silent is opened again, a few times in a row. */
export const keepUp = async (
  life: Life,
  announce: (snapshot: Snapshot) => void,
): Promise<string | undefined> => {
  const { say, stop } = life;
  let wasUp = false;
  for (let failures = 0; failures <= MAX_FAILURES; failures++) {
    if (wasUp) say('The local cloud has stopped answering; starting it again …');
    const openedAt = now();
    const end = await live(life, (snapshot) => {
      if (wasUp) say('Ready again.');
      else announce(snapshot);
      wasUp = true;
    });
    // What cannot come up the first time has a reason to be told; later it may just be busy with what stopped it.
    if (stop.isRequested() || !wasUp || end?.isFinal === true) return end?.problem;
    if (now() - openedAt > LONG_LIFE_MS) failures = 0;
  }
  return `The local cloud keeps failing; ${life.logFile} says why.`;
};

/** From opening the cloud to closing it. Undefined when it was stopped or is gone; else why it could not come up. */
const live = async (
  life: Life,
  onReady: (snapshot: Snapshot) => void,
): Promise<End | undefined> => {
  const { settings, root, logFile, stop, say } = life;
  const failure = Promise.withResolvers<string>();
  let onFailure: (sentence: string) => void = failure.resolve;
  const opened = await openLocalCloud({
    root,
    env: settings.env,
    runnerToken: settings.runnerToken,
    logFile,
    onFailure: (sentence) => onFailure(sentence),
  });
  if (!opened.ok) return { problem: opened.error, isFinal: false };
  const cloud = opened.value;
  try {
    const failed = failure.promise.then((problem) => err({ problem, isFinal: false }));
    const up = await Promise.race([bringUp(cloud, life), failed, stop.requested]);
    if (up === undefined || stop.isRequested()) return undefined;
    if (!up.ok) return up.error;
    onReady(up.value);
    // From here on a Worker that fails is one that somebody is editing, or an operation tells of it.
    onFailure = (sentence) => say(`${sentence}. What ran before goes on.`);
    await serve(cloud, life, up.value);
    return undefined;
  } finally {
    await cloud.close();
  }
};

/** Does the hub's work until told to stop, or until somebody goes unserved. */
const serve = async (cloud: LocalCloud, life: Life, snapshot: Snapshot): Promise<void> => {
  const { settings, root, url, stop, say } = life;
  const over = new AbortController();
  const served = createServed();
  served.settle(snapshot);
  const runner = startOperations({
    root,
    url,
    runnerToken: settings.runnerToken,
    driver: cloud.driver,
    served,
    say,
    entrypoint: ENTRYPOINT,
    stack: snapshot.stack,
  });
  try {
    await Promise.race([
      stop.requested,
      cloud.ended,
      untilSilent(url, () => served.urls(), over.signal),
    ]);
  } finally {
    over.abort();
    await runner.stop(LAST_OPERATION_MS);
  }
};

/** Deploys the hub stage: what it consists of, once its server answers and knows it. */
const bringUp = async (
  { driver }: LocalCloud,
  { settings, url, mayDelete, say }: Life,
): Promise<Result<Snapshot, End>> => {
  const progress = createProgress(say);
  let refusal: string | undefined;
  const { outcome } = driver.run(
    { kind: 'deploy', stage: HUB_STAGE, entrypoint: ENTRYPOINT, isHub: true },
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
  if (refusal !== undefined) return err({ problem: refusal, isFinal: true });
  if (deployed.status !== 'succeeded' || deployed.snapshot === undefined) {
    const reason = deployed.status === 'succeeded' ? 'it has no state.' : deployed.message;
    return err({ problem: `The stack could not be deployed: ${reason}`, isFinal: false });
  }
  const problem =
    (await serverProblem(url)) ??
    (await publishSnapshot(url, settings.runnerToken, deployed.snapshot));
  return problem === undefined ? ok(deployed.snapshot) : err({ problem, isFinal: false });
};

const REMEDY = `npx -y bun@${Bun.version} start --delete`;
