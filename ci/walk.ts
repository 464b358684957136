// The whole way of a stage on a real account, on two stages that this makes and takes away: deployed, deployed again, broken,
// seen to be broken, failing half-way, mended, beside another, destroyed. Whatever happens, it ends with both destroyed.
import { z } from 'zod';

import { CliProblem } from '../src/cli/command.ts';
import { createAskServer } from '../src/cli/doctor/ask-server.ts';
import { deployStage, destroyStage, driftOf, repairStage } from './alchemy.ts';
import { type Cloudflare, createCloudflare } from './cloudflare.ts';
import { type Served, deployAndWait, requireHealthy } from './serve.ts';
import { requireSettings } from './settings.ts';
import { namesOf, showStage } from './stage.ts';
import type { PipelineWorld } from './world.ts';

const BUCKET = 'Cloudflare.R2.Bucket';
const NAMESPACE = 'Cloudflare.KV.Namespace';
const NO_CHANGE = /Plan: no changes$/m;

/** Any change of a setting that the server shows. */
const CHANGED = { ENVIRONMENT: 'staging' } as const;
const FIRST = { ENVIRONMENT: 'development' } as const;

interface Walk {
  readonly stage: string;
  readonly second: string;
  readonly cloudflare: Cloudflare;
  readonly world: PipelineWorld;
  /** The stages that may be there, and what they were last seen to serve. */
  readonly there: Map<string, Served | undefined>;
}

type Step = readonly [string, (walk: Walk) => Promise<void>];

const STEPS: readonly Step[] = [
  ['a new stage is deployed, and its server serves', deployed],
  ['a second deploy changes nothing', unchanged],
  ['a namespace that is deleted behind Alchemy is seen as drift', drifted],
  ['a deploy that fails half-way leaves the version before it serving', failing],
  ['a repair and a deploy mend it', mended],
  ['a second stage stands beside it, and goes without it', beside],
];

export const walk = async (
  world: PipelineWorld,
  cloudflare: Cloudflare = createCloudflare(world),
): Promise<number> => {
  requireSettings(world.env);
  const stage = `smoke-${world.drawId().slice(0, 8)}`;
  const way: Walk = { stage, second: `${stage}-b`, cloudflare, world, there: new Map() };
  world.note(`The walk uses the stages ${way.stage} and ${way.second}.`);
  try {
    for (const [sentence, step] of STEPS) {
      if (world.stop.aborted) throw new CliProblem('The walk was cancelled.');
      await told(sentence, () => step(way), world);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    return 1;
  } finally {
    await told('everything is destroyed again', () => cleared(way), world);
  }
};

const told = async (sentence: string, step: () => Promise<void>, world: PipelineWorld) => {
  const startedAt = world.now();
  try {
    await step();
    world.say(`✓ ${sentence} (${Math.round((world.now() - startedAt) / 1_000)} s)`);
  } catch (error) {
    if (error instanceof CliProblem) world.say(`✗ ${sentence}: ${error.message}`);
    throw error;
  }
};

const serve = async (
  { world, there }: Walk,
  stage: string,
  env: { readonly ENVIRONMENT: string },
): Promise<Served> => {
  if (!there.has(stage)) there.set(stage, undefined);
  const served = await deployAndWait({ stage, isHub: false, env }, world);
  there.set(stage, served);
  return served;
};

const requireFit = (
  { url }: Served,
  stage: string,
  env: { readonly ENVIRONMENT: string },
  { world }: Walk,
): Promise<void> => {
  const as = { ...world, env: { ...world.env, ...env } };
  return requireHealthy(url, { what: 'everything', stage }, as);
};

async function deployed(way: Walk): Promise<void> {
  await requireFit(await serve(way, way.stage, FIRST), way.stage, FIRST, way);
}

async function unchanged({ stage, world }: Walk): Promise<void> {
  const { code, output } = await deployStage(world, stage, FIRST);
  if (code !== 0 || !NO_CHANGE.test(output))
    throw new CliProblem('Alchemy found something to change.');
}

async function drifted({ stage, cloudflare, world, there }: Walk): Promise<void> {
  const flags = there
    .get(stage)
    ?.resources.find(({ id, type }) => type === NAMESPACE && id.endsWith('-flags'));
  if (flags?.physicalName == null) throw new CliProblem('The stage has no namespace of flags.');
  await cloudflare.deleteNamespace(flags.physicalName);
  const drift = await driftOf(world, stage, FIRST);
  if (drift.get(flags.id) !== 'create')
    throw new CliProblem(`${flags.id} was deleted, and Alchemy does not see it.`);
}

/** The Worker's upload binds a namespace that is not there. */
async function failing(way: Walk): Promise<void> {
  const { code } = await deployStage(way.world, way.stage, CHANGED);
  if (code === 0) throw new CliProblem('The deploy should have failed.');
  await requireEnvironment(FIRST.ENVIRONMENT, way);
}

async function mended(way: Walk): Promise<void> {
  const { code } = await repairStage(way.world, way.stage, CHANGED);
  if (code !== 0) throw new CliProblem('Alchemy could not repair the stage.');
  const served = await serve(way, way.stage, CHANGED);
  await requireEnvironment(CHANGED.ENVIRONMENT, way);
  await requireFit(served, way.stage, CHANGED, way);
}

async function beside(way: Walk): Promise<void> {
  await serve(way, way.second, FIRST);
  await destroyed(way.second, way);
  await requireEnvironment(CHANGED.ENVIRONMENT, way);
}

const cleared = async (way: Walk): Promise<void> => {
  const problems: string[] = [];
  for (const stage of way.there.keys())
    try {
      await destroyed(stage, way);
    } catch (error) {
      if (!(error instanceof CliProblem)) throw error;
      problems.push(error.message);
    }
  if (problems.length > 0) throw new CliProblem(problems.join(' '));
};

const destroyed = async (stage: string, { there, cloudflare, world }: Walk): Promise<void> => {
  const known = there.get(stage)?.resources;
  const resources = known ?? (await showStage(world, stage, { env: FIRST, isMending: true }));
  for (const bucket of namesOf(resources, BUCKET)) await cloudflare.emptyBucket(bucket);
  const { code } = await destroyStage(world, stage, FIRST);
  if (code !== 0)
    throw new CliProblem(
      `Stage ${stage} is not gone: bun alchemy destroy --stage ${stage} --yes, once more.`,
    );
  there.delete(stage);
};

const health = z.object({ environment: z.string() });

const requireEnvironment = async (
  expected: string,
  { stage, there, world }: Walk,
): Promise<void> => {
  const url = there.get(stage)?.url ?? '';
  const answer = await createAskServer(new URL(url), world.now)('/health');
  const found = health.safeParse(answer?.json).data?.environment;
  if (found !== expected)
    throw new CliProblem(`${url} serves with ENVIRONMENT=${String(found)}, and not ${expected}.`);
};
