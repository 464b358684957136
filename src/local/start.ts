// The whole product on one machine: settings, local cloud, deploy to the hub stage, publish its state to the Worker,
// and stay until told to stop. Whatever fails ends in one sentence and exit code 1, with no process left behind.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Snapshot } from '../contract/snapshot.ts';
import { HUB_STAGE } from '../contract/stage.ts';
import { now } from '../lib/clock.ts';
import { type Result, err } from '../lib/result.ts';
import { type LocalCloud, openLocalCloud } from '../runner/local-cloud.ts';
import { publishSnapshot } from '../runner/publish.ts';
import { awaitWorkers, serverProblem } from '../runner/readiness.ts';
import { banner } from './banner.ts';
import { takeLock } from './lock.ts';
import { hasLostData } from './lost-data.ts';
import { isPortFree } from './port.ts';
import { createProgress } from './progress.ts';
import { type Settings, completeSettings } from './settings.ts';
import { type Stop, listenForStop } from './stop.ts';
import { untilSilent } from './watch.ts';

const ENTRYPOINT = 'alchemy.run.ts';
const MAX_FAILURES = 5;
/** A cloud that was up for this long starts with a clean record. */
const LONG_LIFE_MS = 5 * 60_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs until stopped; returns the sentence of a failure, or undefined after a requested stop. */
export const start = async (): Promise<string | undefined> => {
  const startedAt = performance.now();
  const root = process.cwd();
  const settings = completeSettings(process.env, join(root, '.env'));
  if ('problem' in settings) return settings.problem;
  if (!(await isPortFree(settings.port)))
    return `Port ${settings.port} is taken. Stop what listens there, or choose another port: PORT=${settings.port + 1} npx -y bun@${Bun.version} start`;
  // Alchemy's state holds the stack's secrets in clear, and it writes files that everybody may read.
  mkdirSync(join(root, '.alchemy'), { recursive: true, mode: 0o700 });
  chmodSync(join(root, '.alchemy'), 0o700);
  const folder = join(root, '.alchemy', 'mcp');
  mkdirSync(folder, { recursive: true });
  if (hasLostData(root))
    return 'The local data (.alchemy/local) is gone, but Alchemy still takes it for deployed. Delete .alchemy to start anew.';
  const lock = takeLock(join(folder, 'start.lock'));
  if ('heldBy' in lock)
    return `Process ${lock.heldBy} already runs the local cloud of this folder. Stop it first.`;
  try {
    const url = `http://localhost:${settings.port}`;
    const stop = listenForStop();
    const life = { settings, root, logFile: join(folder, 'cloud.log'), url, stop };
    const problem = await keepUp(life, (snapshot) => {
      const seconds = (performance.now() - startedAt) / 1000;
      say(banner({ ...settings, url, seconds, workers: workersOf(snapshot, url) }));
    });
    if (stop.isRequested()) say('Stopped.');
    return problem;
  } finally {
    lock.release();
  }
};

/** The stack's own Workers: the local cloud gives each the next free port. */
const workersOf = ({ resources }: Snapshot, server: string) =>
  resources.flatMap(({ id, url }) => (url === null || url === server ? [] : [{ id, url }]));

interface Life {
  readonly settings: Settings;
  readonly root: string;
  readonly logFile: string;
  readonly url: string;
  readonly stop: Stop;
}

/** Keeps the cloud up until told to stop. One that has died or fallen silent is opened again, a few times in a row. */
const keepUp = async (
  life: Life,
  announce: (snapshot: Snapshot) => void,
): Promise<string | undefined> => {
  let wasUp = false;
  for (let failures = 0; failures <= MAX_FAILURES; failures++) {
    if (wasUp) say('The local cloud has stopped answering; starting it again …');
    const openedAt = now();
    const problem = await live(life, (snapshot) => {
      if (wasUp) say('Ready again.');
      else announce(snapshot);
      wasUp = true;
    });
    // What cannot come up the first time has a reason to be told; later it may just be busy with what stopped it.
    if (life.stop.isRequested() || !wasUp) return problem;
    if (now() - openedAt > LONG_LIFE_MS) failures = 0;
  }
  return `The local cloud keeps failing; ${life.logFile} says why.`;
};

/** From opening the cloud to closing it. Undefined when it was stopped or is gone; else why it could not come up. */
const live = async (
  { settings, root, logFile, url, stop }: Life,
  onReady: (snapshot: Snapshot) => void,
) => {
  const failure = Promise.withResolvers<string>();
  let onFailure: (sentence: string) => void = failure.resolve;
  const opened = await openLocalCloud({
    root,
    env: settings.env,
    logFile,
    onFailure: (sentence) => onFailure(sentence),
  });
  if (!opened.ok) return opened.error;
  const cloud = opened.value;
  const over = new AbortController();
  try {
    const up = await Promise.race([
      bringUp(cloud, settings, url),
      failure.promise.then(err),
      stop.requested,
    ]);
    if (up === undefined || stop.isRequested()) return undefined;
    if (!up.ok) return up.error;
    onReady(up.value);
    // From here on a Worker that fails is one that somebody is editing.
    onFailure = (sentence) => say(`${sentence}. What ran before goes on.`);
    const workers = workersOf(up.value, url).map((worker) => worker.url);
    await Promise.race([stop.requested, cloud.ended, untilSilent(url, workers, over.signal)]);
    return undefined;
  } finally {
    over.abort();
    await cloud.close();
  }
};

/** Deploys the hub stage: what it consists of, once its server answers and knows it. */
const bringUp = async (
  cloud: LocalCloud,
  settings: Settings,
  url: string,
): Promise<Result<Snapshot, string>> => {
  const deployed = await cloud.run(
    { kind: 'deploy', stage: HUB_STAGE, entrypoint: ENTRYPOINT },
    createProgress(say),
  );
  if (!deployed.ok) return err(`The stack could not be deployed: ${deployed.error}`);
  const problem =
    (await awaitWorkers(deployed.value)) ??
    (await serverProblem(url)) ??
    (await publishSnapshot(url, settings.runnerToken, deployed.value));
  return problem === undefined ? deployed : err(problem);
};
