// Alchemy's own command line, as a person would use it.
import { CliProblem } from '../src/cli/command.ts';
import type { PipelineWorld, Ran, RunOptions } from './world.ts';

type Env = NonNullable<RunOptions['env']>;

/** The same for every run: nothing may ask a person, or report to anybody. */
const QUIETLY = { CI: '1', NO_COLOR: '1', ALCHEMY_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };

export const deployStage = (world: PipelineWorld, stage: string, env: Env = {}): Promise<Ran> =>
  alchemy(world, ['deploy', '--stage', stage, '--yes'], env);

export const destroyStage = (world: PipelineWorld, stage: string, env: Env = {}): Promise<Ran> =>
  alchemy(world, ['destroy', '--stage', stage, '--yes'], env);

export const repairStage = (world: PipelineWorld, stage: string, env: Env = {}): Promise<Ran> =>
  alchemy(world, ['drift', '--stage', stage, '--repair'], env);

/** Would a deploy change nothing? Where that cannot be told for sure, it might. */
export const isUnchanged = async (
  world: PipelineWorld,
  stage: string,
  env: Env = {},
): Promise<boolean> => {
  const { code, output } = await alchemy(world, ['plan', '--stage', stage], env);
  if (code !== 0)
    throw new CliProblem(
      `Alchemy cannot plan stage ${stage}; nothing was touched. It says why above.`,
    );
  return /Plan: no changes$/m.test(output);
};

/** The resources that Cloudflare no longer has as Alchemy's state says, by what a repair would do: create or update. */
export const driftOf = async (
  world: PipelineWorld,
  stage: string,
  env: Env = {},
): Promise<ReadonlyMap<string, string>> => {
  const { code, output } = await alchemy(world, ['drift', '--stage', stage], env);
  if (code !== 0) throw new CliProblem(`Alchemy cannot look for drift of stage ${stage}.`);
  const rows = output.matchAll(/\[([^\]]+)\] (create|update|replace|delete)$/gm);
  return new Map([...rows].map(([, id = '', action = '']) => [id, action]));
};

const alchemy = (world: PipelineWorld, words: readonly string[], env: Env): Promise<Ran> =>
  world.bun(['alchemy', ...words], { env: { ...QUIETLY, ...env } });
