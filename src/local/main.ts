// `bun start`. It imports nothing that an install brings, because on a fresh clone it is what runs the install.
import { installDependencies } from './install.ts';

const run = async (): Promise<string | undefined> => {
  const problem = await installDependencies();
  if (problem !== undefined) return problem;
  const { start } = await import('./start.ts');
  return start(process.argv.slice(2));
};

const problem = await run().catch(
  (error: unknown) => `Could not start: ${error instanceof Error ? error.message : String(error)}.`,
);
if (problem !== undefined) process.stderr.write(`${problem}\n`);
process.exit(problem === undefined ? 0 : 1);
