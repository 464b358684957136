// What a start writes holds secrets. In this repository git ignores it; in a project that has just got this package nobody
// may have said so yet, and the next `git add .` would publish it.
const PRIVATE = ['.env', '.alchemy/'] as const;

/** A sentence when git would take any of it; undefined too where there is no git, or no repository. */
export const gitProblem = (root: string): string | undefined => {
  const taken = PRIVATE.filter((path) => wouldTake(root, path));
  return taken.length === 0
    ? undefined
    : `Git does not ignore ${taken.join(' and ')}, which will hold secrets: add ${taken.length === 1 ? 'it' : 'them'} to .gitignore.`;
};

/** Git says 0 for what it ignores, 1 for what it does not, and 128 where there is no repository. */
const NOT_IGNORED = 1;

const wouldTake = (root: string, path: string): boolean => {
  try {
    const asked = Bun.spawnSync(['git', 'check-ignore', '--quiet', path], { cwd: root });
    return asked.exitCode === NOT_IGNORED;
  } catch {
    return false;
  }
};
