// A stage of its own for a pull request: `bun ci/preview.ts deploy` and `bun ci/preview.ts destroy`. A pull request that is
// closed while its deploy runs leaves nothing behind, in whatever order the two come.
import { CliProblem, readOptions } from '../src/cli/command.ts';
import { STAGE_NAME } from '../src/contract/stage.ts';
import { destroyStage } from './alchemy.ts';
import { type Cloudflare, createCloudflare } from './cloudflare.ts';
import { type PullRequest, pullRequest } from './github.ts';
import { runScript } from './process-world.ts';
import { deployAndWait, requireHealthy } from './serve.ts';
import { CLOUDFLARE, requireSettings } from './settings.ts';
import { namesOf, showStage } from './stage.ts';
import type { PipelineWorld } from './world.ts';

const BUCKET = 'Cloudflare.R2.Bucket';
/** Hours of trying out, and no customers. */
const ENVIRONMENT = 'staging';

export interface PreviewTools {
  readonly pull: PullRequest;
  readonly cloudflare: Pick<Cloudflare, 'emptyBucket'>;
  /** Resolves with its address when the stage is deployed and fit to serve; else throws a CliProblem. */
  readonly serve: (stage: string, env: Variables) => Promise<string>;
}

type Variables = Readonly<Record<'ENVIRONMENT', string>>;

export const preview = async (
  words: readonly string[],
  world: PipelineWorld,
  given: Partial<PreviewTools> = {},
): Promise<number> => {
  const { positionals } = readOptions(words, {}, 1);
  const [action] = positionals;
  if (action !== 'deploy' && action !== 'destroy')
    throw new CliProblem('Write `bun ci/preview.ts deploy` or `bun ci/preview.ts destroy`.');
  const without = reasonForNone(world.env);
  if (without !== undefined) {
    world.note(without);
    world.summary(without);
    return 0;
  }
  const number = numberOf(world.env);
  const stage = `preview-${number}`;
  requireSettings(world.env);
  const place = {
    stage,
    env: { ENVIRONMENT: world.env['ENVIRONMENT'] ?? ENVIRONMENT },
    pull: pullRequest(number, world),
    cloudflare: createCloudflare(world),
    serve: (name: string, env: Variables) => serveFit(name, env, world),
    ...given,
  };
  await (action === 'deploy' ? show(place, world) : takeAway(place, world));
  return 0;
};

interface Place extends PreviewTools {
  readonly stage: string;
  readonly env: Variables;
}

/** GitHub gives a pull request from a fork no secrets, and that is right: its code would have them. */
const reasonForNone = (env: PipelineWorld['env']): string | undefined => {
  if (env['HEAD_REPOSITORY'] !== undefined && env['HEAD_REPOSITORY'] !== env['GITHUB_REPOSITORY'])
    return 'This pull request comes from a fork, which gets no secrets: there is no preview of it.';
  return CLOUDFLARE.every((name) => env[name] === undefined)
    ? 'The repository has no Cloudflare secrets, so there are no previews. docs/deployment.md says which it needs.'
    : undefined;
};

const numberOf = (env: PipelineWorld['env']): number => {
  const text = env['PR_NUMBER'] ?? '';
  if (!/^\d{1,9}$/.test(text) || !STAGE_NAME.test(`preview-${text}`))
    throw new CliProblem('PR_NUMBER must be the number of the pull request.');
  return Number(text);
};

const show = async (place: Place, world: PipelineWorld): Promise<void> => {
  const { stage, env, pull, serve } = place;
  if (!(await pull.isOpen())) {
    world.note('The pull request is closed by now: nothing is deployed.');
    return;
  }
  try {
    const url = await serve(stage, env);
    world.output('url', url);
    world.say(url);
    await pull.comment(
      `**Preview**: stage \`${stage}\` is at ${url} ([health](${url}/health)). It has data of its own and goes when the pull request is closed.`,
    );
  } catch (error) {
    if (error instanceof CliProblem)
      await pull.comment(
        `**Preview**: stage \`${stage}\` could not be deployed; the log of the workflow says why.`,
      );
    throw error;
  }
  if (!(await pull.isOpen())) {
    world.note('The pull request was closed meanwhile.');
    await takeAway(place, world);
  }
};

const serveFit = async (stage: string, env: Variables, world: PipelineWorld): Promise<string> => {
  const { url } = await deployAndWait({ stage, isHub: false, env }, world);
  const as = { ...world, env: { ...world.env, ...env } };
  await requireHealthy(url, { what: 'everything', stage }, as);
  return url;
};

const takeAway = async (
  { stage, env, pull, cloudflare }: Place,
  world: PipelineWorld,
): Promise<void> => {
  // Cloudflare deletes no bucket with objects in it, and Alchemy would leave it behind.
  for (const bucket of namesOf(await showStage(world, stage, { env }), BUCKET))
    await cloudflare.emptyBucket(bucket);
  const { code } = await destroyStage(world, stage, env);
  if (code !== 0) {
    await pull.updateComment(
      `**Preview**: stage \`${stage}\` could not be destroyed; run the workflow's job again, or \`bun alchemy destroy --stage ${stage} --yes\`.`,
    );
    throw new CliProblem(
      `Stage ${stage} could not be destroyed; Alchemy says why above. Run the job again.`,
    );
  }
  await pull.updateComment(`**Preview**: stage \`${stage}\` was destroyed.`);
  world.note(`Stage ${stage} is gone.`);
};

if (import.meta.main) await runScript(preview);
