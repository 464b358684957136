// `bun run test`: installs what is missing, runs the whole suite, and ends with the counts alone on a line.
// Imports nothing that an install brings.
import { installDependencies } from '../src/local/install.ts';

const TEST_TIMEOUT_MS = 60_000;

const countOf = (output: string, word: string): number =>
  Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(output)?.[1] ?? 0);

const runSuite = async (files: readonly string[]): Promise<number> => {
  const suite = Bun.spawn([process.execPath, 'test', `--timeout=${TEST_TIMEOUT_MS}`, ...files], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'pipe',
    env: { ...process.env, NO_COLOR: '1' },
  });
  let output = '';
  const decoder = new TextDecoder();
  for await (const chunk of suite.stderr) {
    process.stderr.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  const code = await suite.exited;
  const failed = countOf(output, 'fail');
  // A file that does not load, or a crash, is a failure even when no test of it was counted.
  const unaccounted = code !== 0 && failed === 0 ? 1 : 0;
  process.stdout.write(
    `\n${countOf(output, 'pass')} passed, ${failed + unaccounted} failed, ${countOf(output, 'skip') + countOf(output, 'todo')} skipped\n`,
  );
  return code;
};

const problem = await installDependencies();
if (problem !== undefined) process.stderr.write(`${problem}\n`);
process.exit(problem === undefined ? await runSuite(process.argv.slice(2)) : 1);
