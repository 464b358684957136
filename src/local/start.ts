// The whole product on one machine: settings, local cloud, deploy to the hub stage, publish its state to the Worker,
// and stay until told to stop. Whatever fails ends in one sentence and exit code 1, with no process left behind.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { HUB_STAGE } from '../contract/stage.ts';
import { type LocalCloud, openLocalCloud } from '../runner/local-cloud.ts';
import { publishSnapshot } from '../runner/publish.ts';
import { awaitWorkers, serverProblem } from '../runner/readiness.ts';
import { banner } from './banner.ts';
import { takeLock } from './lock.ts';
import { isPortFree } from './port.ts';
import { createProgress } from './progress.ts';
import { type Settings, completeSettings } from './settings.ts';
import { type Stop, listenForStop } from './stop.ts';
import { untilSilent } from './watch.ts';

const ENTRYPOINT = 'alchemy.run.ts';
const MAX_RESTARTS = 5;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs until stopped; returns the sentence of a failure, or undefined after a requested stop. */
export const start = async (): Promise<string | undefined> => {
  const startedAt = performance.now();
  const root = process.cwd();
  const settings = completeSettings(process.env, join(root, '.env'));
  if ('problem' in settings) return settings.problem;
  if (!(await isPortFree(settings.port)))
    return `Port ${settings.port} is taken. Stop what listens there, or choose another port: PORT=${settings.port + 1} bun start`;
  const folder = join(root, '.alchemy', 'mcp');
  mkdirSync(folder, { recursive: true });
  const lock = takeLock(join(folder, 'start.lock'));
  if ('heldBy' in lock)
    return `Process ${lock.heldBy} already runs the local cloud of this folder. Stop it first.`;
  try {
    const url = `http://localhost:${settings.port}`;
    const stop = listenForStop();
    const life = { settings, root, logFile: join(folder, 'cloud.log'), url, stop };
    const problem = await keepUp(life, () => {
      const seconds = (performance.now() - startedAt) / 1000;
      say(banner({ ...settings, url, seconds }));
    });
    if (stop.isRequested()) say('Stopped.');
    return problem;
  } finally {
    lock.release();
  }
};

interface Life {
  readonly settings: Settings;
  readonly root: string;
  readonly logFile: string;
  readonly url: string;
  readonly stop: Stop;
}

/** Keeps the cloud up until told to stop. One that has died or fallen silent is opened again, a few times. */
const keepUp = async (life: Life, announce: () => void): Promise<string | undefined> => {
  for (let restart = 0; restart <= MAX_RESTARTS; restart++) {
    if (restart > 0) say('The local cloud has stopped answering; starting it again …');
    const problem = await live(life, restart === 0 ? announce : () => say('Ready again.'));
    if (problem !== undefined || life.stop.isRequested()) return problem;
  }
  return `The local cloud keeps failing; ${life.logFile} says why.`;
};

/** From opening the cloud to closing it. Undefined when it was stopped or is gone; else why it could not come up. */
const live = async ({ settings, root, logFile, url, stop }: Life, onReady: () => void) => {
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
    const problem = await Promise.race([
      bringUp(cloud, settings, url),
      failure.promise,
      stop.requested,
    ]);
    if (problem !== undefined || stop.isRequested()) return problem;
    onReady();
    // From here on a Worker that fails is one that somebody is editing.
    onFailure = say;
    await Promise.race([stop.requested, cloud.ended, untilSilent(url, over.signal)]);
    return undefined;
  } finally {
    over.abort();
    await cloud.close();
  }
};

/** Deploys the hub stage; undefined when its server answers and knows its stage. */
const bringUp = async (cloud: LocalCloud, settings: Settings, url: string) => {
  const deployed = await cloud.run(
    { kind: 'deploy', stage: HUB_STAGE, entrypoint: ENTRYPOINT },
    createProgress(say),
  );
  if (!deployed.ok) return `The stack could not be deployed: ${deployed.error}`;
  return (
    (await awaitWorkers(deployed.value)) ??
    (await serverProblem(url)) ??
    (await publishSnapshot(url, settings.runnerToken, deployed.value))
  );
};
