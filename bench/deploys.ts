// What we add to Alchemy: the demo stack planned and deployed in one local cloud, by Alchemy's own API and by our runner,
// in turn. Each in a fresh process; a stage that was deployed is destroyed before the next.
import { z } from 'zod';

import { operationEnvironment, pathWithOwnBun } from '../src/runner/environment.ts';
import { knownCloud } from '../src/runner/local-cloud/cloud-file.ts';
import { awaitAnswer } from '../src/runner/readiness.ts';
import { Cloud } from '../test/system/cloud.ts';
import { median } from './statistics.ts';

const ROUNDS = 5;
const STAGE = 'measured';

export interface DeployFigures {
  /** Milliseconds, medians. */
  readonly planAlone: number;
  readonly plan: number;
  /** Until Alchemy returns, which is before its Workers serve. */
  readonly deployReturned: number;
  /** Until what was deployed serves, as our runner waits for it. */
  readonly deployAlone: number;
  readonly deploy: number;
  /** How much longer ours takes, in the same round: the median share. */
  readonly planShare: number;
  readonly deployShare: number;
}

export const measureDeploys = async (): Promise<DeployFigures> => {
  await using cloud = await Cloud.open();
  const known = knownCloud(cloud.project.root);
  if (known === undefined) throw new Error('The local cloud cannot be found.');
  const { root } = cloud.project;
  const place = { root, mark: known.mark, path: pathWithOwnBun(root, cloud.env) };
  const env = operationEnvironment(cloud.env, place);
  const alone = async (verb: 'plan' | 'deploy'): Promise<string[]> => {
    const script = new URL('alchemy-alone.ts', import.meta.url).pathname;
    const child = Bun.spawn([process.execPath, script, verb, STAGE, known.spawner], {
      cwd: root,
      env,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [said, errors] = [new Response(child.stdout).text(), new Response(child.stderr).text()];
    if ((await child.exited) !== 0) throw new Error(await errors);
    return urlsSchema.parse(JSON.parse((await said).trim().split('\n').at(-1) ?? ''));
  };
  // The first operation of a cloud starts what all later ones use.
  await cloud.deploy(STAGE);
  await destroyed(cloud);
  const times = {
    planAlone: [] as number[],
    plan: [] as number[],
    deployReturned: [] as number[],
    deployAlone: [] as number[],
    deploy: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.planAlone.push(await timed(() => alone('plan')));
    times.plan.push(await timed(() => cloud.plan(STAGE)));
    const startedAt = performance.now();
    const urls = await alone('deploy');
    times.deployReturned.push(performance.now() - startedAt);
    if (!(await Promise.all(urls.map(awaitAnswer))).every(Boolean)) throw new Error('No answer.');
    times.deployAlone.push(performance.now() - startedAt);
    await destroyed(cloud);
    times.deploy.push(await timed(() => cloud.deploy(STAGE)));
    await destroyed(cloud);
  }
  const shareOf = (all: readonly number[], alone: readonly number[]) =>
    median(all.map((ms, round) => ms / (alone[round] ?? Number.NaN) - 1));
  return {
    planAlone: median(times.planAlone),
    plan: median(times.plan),
    deployReturned: median(times.deployReturned),
    deployAlone: median(times.deployAlone),
    deploy: median(times.deploy),
    planShare: shareOf(times.plan, times.planAlone),
    deployShare: shareOf(times.deploy, times.deployAlone),
  };
};

/** What the demo stack returns: its Workers' addresses. A plan returns nothing. */
const urlsSchema = z
  .record(z.string(), z.url())
  .nullable()
  .transform((urls) => Object.values(urls ?? {}));

const destroyed = async (cloud: Cloud): Promise<void> => {
  const { outcome } = await cloud.run('destroy', STAGE);
  if (outcome.status !== 'succeeded') throw new Error(JSON.stringify(outcome));
};

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};
