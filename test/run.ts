// `bun run test`: installs what is missing, runs the whole suite, and ends with the counts alone on a line. Bun hands the files
// to a few processes. The files that take long begin first: one of them alone at the end would have everybody wait.
// test/timings.json says which those are. Imports nothing that an install brings.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { installDependencies } from '../src/local/install.ts';

const TEST_TIMEOUT_MS = 60_000;
const EVERYTHING = ['./src', './bench', './ci', './test'];
/** One more than there are processors: the tests that start whole clouds mostly wait for other processes. */
const PROCESSES = Math.max(3, availableParallelism() + 1);

/** Bun would begin with the files of which it knows nothing: all the others are said to be short. */
const TIMINGS = '.cache/test-timings.json';

const writeTimings = (): void => {
  const long = JSON.parse(readFileSync('test/timings.json', 'utf8')) as Timings;
  const all = new Bun.Glob('{src,bench,ci,test}/**/*.test.ts').scanSync('.');
  const files = { ...Object.fromEntries([...all].map((file) => [file, 1])), ...long.files };
  mkdirSync('.cache', { recursive: true });
  writeFileSync(TIMINGS, JSON.stringify({ ...long, files }));
};

interface Timings {
  /** Of the format. */
  readonly version: number;
  /** Milliseconds. */
  readonly files: Readonly<Record<string, number>>;
}

const countOf = (output: string, word: string): number =>
  Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(output)?.[1] ?? 0);

const runSuite = async (files: readonly string[]): Promise<number> => {
  writeTimings();
  const suite = Bun.spawn(
    [
      process.execPath,
      'test',
      `--timeout=${TEST_TIMEOUT_MS}`,
      `--parallel=${PROCESSES}`,
      '--no-isolate',
      `--timings=${TIMINGS}`,
      ...files,
    ],
    {
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'pipe',
      env: { ...process.env, NO_COLOR: '1' },
    },
  );
  let output = '';
  const decoder = new TextDecoder();
  for await (const chunk of suite.stderr) {
    process.stderr.write(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  const code = await suite.exited;
  const failed = countOf(output, 'fail');
  // Whatever ends a run before its end is a failure, even when no test of it was counted.
  const fail = failed + (code !== 0 && failed === 0 ? 1 : 0);
  const skip = countOf(output, 'skip') + countOf(output, 'todo');
  process.stdout.write(`\n${countOf(output, 'pass')} passed, ${fail} failed, ${skip} skipped\n`);
  return fail === 0 ? 0 : 1;
};

const problem = await installDependencies();
if (problem !== undefined) process.stderr.write(`${problem}\n`);
const named = process.argv.slice(2);
process.exit(problem === undefined ? await runSuite(named.length > 0 ? named : EVERYTHING) : 1);
