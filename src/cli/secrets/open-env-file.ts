// The file of secrets as a command opens it: it has to be there, and to be what counts. What is wrong with it ends the command.
import { existsSync } from 'node:fs';

import { type Changes, readEnvFile } from '../../env-file/env-file.ts';
import type { Result } from '../../lib/result.ts';
import { CliProblem, type World } from '../command.ts';

export const DEFAULT_FILE = '.env';

export interface EnvFile {
  /** Undefined where it has no such line, or an empty one. */
  get(name: string): string | undefined;
  change(changes: Changes): void;
}

/**
 * `file` as it is, after a look whether the environment has one of `names` otherwise: then it would win, and a change would
 * be in vain.
 */
export const openEnvFile = (
  file: string,
  names: readonly string[],
  { env }: Pick<World, 'env'>,
): EnvFile => {
  if (!existsSync(file))
    throw new CliProblem(
      `There is no ${file} here. Say with --env which file holds the secrets; \`bun start\` draws one.`,
    );
  const envFile = readEnvFile(file);
  const get = (name: string) => orProblem(envFile.get(name));
  const other = names.find((name) => env[name] !== undefined && env[name] !== get(name));
  if (other !== undefined)
    throw new CliProblem(
      `${other} is in the environment with another value than in ${file}, and would win. Unset it, or load the file anew: set -a; . ./${file}; set +a`,
    );
  return { get, change: (changes) => void orProblem(envFile.change(changes)) };
};

const orProblem = <T>(result: Result<T, string>): T => {
  if (!result.ok) throw new CliProblem(result.error);
  return result.value;
};
