// `bun run test`: installs what is missing, runs the whole suite, and ends with the counts alone on a line. The tests that
// start whole clouds mostly wait for processes, so the suite runs as a few processes side by side.
// Imports nothing that an install brings.
import { readdirSync } from 'node:fs';

import { installDependencies } from '../src/local/install.ts';

const TEST_TIMEOUT_MS = 60_000;
const SYSTEM = 'test/system';

/** Parts that take about as long: the units and what tests a start, operations of a local cloud, and a real account's. */
const parts = (): string[][] => {
  const system = testsIn(SYSTEM);
  const isStart = (file: string) => /\/(?:start|walk|two-projects)/.test(file);
  const isLive = (file: string) => /\/(?:live|package|pipeline|rollback|smoke)/.test(file);
  return [
    [
      './src',
      './bench',
      './ci',
      './test/kit',
      './test/mutation',
      ...testsIn('test'),
      ...system.filter(isStart),
    ],
    [...testsIn('test/conformance'), ...system.filter((file) => !isStart(file) && !isLive(file))],
    system.filter(isLive),
  ];
};

const testsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .toSorted()
    .map((name) => `./${folder}/${name}`);

interface Counts {
  readonly pass: number;
  readonly fail: number;
  readonly skip: number;
}

const countOf = (output: string, word: string): number =>
  Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(output)?.[1] ?? 0);

const runPart = async (files: readonly string[]): Promise<Counts> => {
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
  const fail = countOf(output, 'fail');
  return {
    pass: countOf(output, 'pass'),
    // A file that does not load, or a crash, is a failure even when no test of it was counted.
    fail: fail + (code !== 0 && fail === 0 ? 1 : 0),
    skip: countOf(output, 'skip') + countOf(output, 'todo'),
  };
};

const runSuite = async (files: readonly string[]): Promise<number> => {
  const counts = await Promise.all((files.length > 0 ? [[...files]] : parts()).map(runPart));
  const sum = (of: keyof Counts) => counts.reduce((total, part) => total + part[of], 0);
  process.stdout.write(`\n${sum('pass')} passed, ${sum('fail')} failed, ${sum('skip')} skipped\n`);
  return sum('fail') === 0 ? 0 : 1;
};

const problem = await installDependencies();
if (problem !== undefined) process.stderr.write(`${problem}\n`);
process.exit(problem === undefined ? await runSuite(process.argv.slice(2)) : 1);
