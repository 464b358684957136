// From a deploy to a server that answers: what the canary, the previews and the walk have in common.
import { CliProblem } from '../src/cli/command.ts';
import { createAskServer } from '../src/cli/doctor/ask-server.ts';
import type { SnapshotResource } from '../src/contract/snapshot.ts';
import { deployStage } from './alchemy.ts';
import { failures, hasFailed } from './smoke/check.ts';
import { type Examination, examine } from './smoke/examine.ts';
import { say } from './smoke/say.ts';
import { type Server, serverOf, showStage } from './stage.ts';
import type { PipelineWorld, RunOptions } from './world.ts';

/** A certificate of a new domain may take minutes. */
const PATIENCE_MS = 300_000;
const PAUSE_MS = 2_000;
/** Cloudflare's edge has a new version within seconds; what answers before may be the one before. SETTLE_S says otherwise. */
const SETTLE_S = 5;

const settle = ({ env, pause }: PipelineWorld): Promise<void> =>
  pause(Number(env['SETTLE_S'] ?? SETTLE_S) * 1_000);

type Env = NonNullable<RunOptions['env']>;

/** Where a stage's server is called: at its domain, where it has one. `{stage}` in MCP_DOMAIN is every stage's own. */
export const addressOf = (
  server: Server,
  stage: string,
  { env }: Pick<PipelineWorld, 'env'>,
  isHub: boolean,
): Server => {
  const domain = env['MCP_DOMAIN']?.trim();
  const isOurs = domain !== undefined && (isHub || domain.includes('{stage}'));
  return isOurs ? { ...server, url: `https://${domain.replaceAll('{stage}', stage)}` } : server;
};

export interface Deploy {
  readonly stage: string;
  readonly isHub: boolean;
  readonly env?: Env;
}

export interface Served extends Server {
  readonly resources: readonly SnapshotResource[];
}

/** Throws a CliProblem where the deploy fails, or nothing answers after it. */
export const deployAndWait = async (
  { stage, isHub, env = {} }: Deploy,
  world: PipelineWorld,
): Promise<Served> => {
  const { code } = await deployStage(world, stage, env);
  if (world.stop.aborted) throw new CliProblem('The deploy was cancelled.');
  if (code !== 0)
    throw new CliProblem(`The deploy of stage ${stage} has failed; Alchemy says why above.`);
  const resources = await showStage(world, stage, { env });
  const server = serverOf(resources);
  if (server === undefined)
    throw new CliProblem(`Stage ${stage} is deployed, but has no MCP server: see alchemy.run.ts.`);
  const there = addressOf(server, stage, world, isHub);
  await settle(world);
  await awaitServer(there.url, world);
  return { ...there, resources };
};

const awaitServer = async (url: string, world: PipelineWorld): Promise<void> => {
  const ask = createAskServer(new URL(url), world.now);
  const deadline = world.now() + PATIENCE_MS;
  while ((await ask('/health'))?.status !== 200) {
    if (world.stop.aborted) throw new CliProblem('The deploy was cancelled.');
    if (world.now() > deadline)
      throw new CliProblem(
        `${url}/health does not answer 200 after ${PATIENCE_MS / 60_000} minutes.`,
      );
    await world.pause(PAUSE_MS);
  }
};

/** A check that fails is given a second chance: a server that was just deployed has cold objects behind it. */
export const requireHealthy = async (
  url: string,
  examination: Examination,
  world: PipelineWorld,
): Promise<void> => {
  const look = () => examine(new URL(url), examination, world);
  let checks = await look();
  if (hasFailed(checks)) {
    say(checks, world);
    world.note('Some checks have failed; once more …');
    await settle(world);
    checks = await look();
  }
  say(checks, world);
  if (hasFailed(checks))
    throw new CliProblem(`The smoke test of ${url} has failed. ${failures(checks)}`);
};
