// The repository's secrets on GitHub, set with its own command line. A value goes through stdin: arguments are for every user
// of the machine to read.
import type { Changes } from '../../env-file/env-file.ts';
import { CliProblem, type World } from '../command.ts';

/** Before anything is written: without it the repository would have other secrets than this machine. */
export const requireGh = ({ env }: Pick<World, 'env'>): string => {
  const gh = Bun.which('gh', { PATH: env['PATH'] ?? '' });
  if (gh === null)
    throw new CliProblem('--gh takes the command gh, which is not here: https://cli.github.com');
  return gh;
};

export const setOnGitHub = async (
  gh: string,
  changes: Changes,
  { env }: Pick<World, 'env'>,
): Promise<void> => {
  for (const [name, value] of changes) {
    const words = value === undefined ? ['secret', 'delete', name] : ['secret', 'set', name];
    const run = Bun.spawn([gh, ...words], {
      env: { ...env },
      stdin: new Blob([value ?? '']),
      stdout: 'ignore',
      stderr: 'ignore',
    });
    if ((await run.exited) !== 0)
      throw new CliProblem(
        `The file has the new values, and GitHub refuses ${name}. Is gh logged in, and is this the repository? Then: ${byHand(name, value)}`,
      );
  }
};

/** What does the same, without the value in a command line. */
export const byHand = (name: string, value: string | undefined): string =>
  value === undefined
    ? `gh secret delete ${name}`
    : `bun mcp secrets print ${name} | gh secret set ${name}`;
