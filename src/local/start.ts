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
import { listenForStop } from './stop.ts';

const ENTRYPOINT = 'alchemy.run.ts';

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
    return await runCloud(settings, root, join(folder, 'cloud.log'), startedAt);
  } finally {
    lock.release();
  }
};

const runCloud = async (settings: Settings, root: string, logFile: string, startedAt: number) => {
  const stop = listenForStop();
  const opened = await openLocalCloud({ root, env: settings.env, logFile });
  if (!opened.ok) return opened.error;
  const cloud = opened.value;
  try {
    const url = `http://localhost:${settings.port}`;
    const problem = await Promise.race([
      bringUp(cloud, settings, url),
      cloud.failure,
      stop.requested,
    ]);
    if (problem !== undefined) return problem;
    if (stop.isRequested()) return undefined;
    const seconds = (performance.now() - startedAt) / 1000;
    say(banner({ ...settings, url, seconds }));
    await Promise.race([stop.requested, cloud.ended]);
    return stop.isRequested()
      ? undefined
      : `The local cloud ended unexpectedly; ${logFile} says why.`;
  } finally {
    await cloud.close();
    if (stop.isRequested()) say('Stopped.');
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
