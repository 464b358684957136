// `bun run test:mutation`: tells one lie at a time in the pure rules, runs the tests nearest to it, and reports the lies
// nobody noticed. It fails where one of them is not in the list of equivalent mutants, or one of the list was noticed. It
// works on copies of the tree in a temporary folder. Name files to do only those.
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT, readSource } from '../kit/sources.ts';
import { isEquivalent } from './equivalents.ts';
import { type Mutant, mutantsOf, mutated } from './mutants.ts';
import { TARGETS } from './targets.ts';

/** A mutant that runs this much longer than the tests take is noticed: it hangs. */
const SLOWER = 6;
const LEAST_MS = 15_000;

const WORKERS = Number(process.env['MUTATION_WORKERS'] ?? availableParallelism());

interface Outcome {
  readonly file: string;
  readonly mutant: Mutant;
  readonly isNoticed: boolean;
  /** By the list of equivalents nobody can notice it. */
  readonly isListed: boolean;
}

const copyOfTree = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'mutation-'));
  for (const name of ['src', 'test', 'ci', 'demo', 'docs', 'alchemy.run.ts', 'package.json'])
    cpSync(ROOT + name, join(folder, name), { recursive: true });
  for (const name of ['tsconfig.json', 'tsconfig.base.json', 'tsconfig.bun.json', 'README.md'])
    cpSync(ROOT + name, join(folder, name));
  symlinkSync(`${ROOT}node_modules`, join(folder, 'node_modules'));
  return folder;
};

/** Whether all of them pass, within the time. */
const pass = async (
  folder: string,
  tests: readonly string[],
  limitMs: number,
): Promise<boolean> => {
  const run = Bun.spawn([process.execPath, 'test', '--bail', '--timeout=60000', ...tests], {
    cwd: folder,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  return (await run.exited) === 0;
};

/** How long each group of tests may take; they must pass on the truth. */
const limitsOf = async (folder: string, file: string): Promise<readonly number[]> => {
  const limits: number[] = [];
  for (const tests of TARGETS[file] ?? []) {
    const begin = performance.now();
    if (!(await pass(folder, tests, 120_000)))
      throw new Error(`The tests of ${file} fail without any mutant: ${tests.join(' ')}`);
    limits.push(Math.max(LEAST_MS, Math.ceil((performance.now() - begin) * SLOWER)));
  }
  return limits;
};

const isNoticed = async (
  folder: string,
  file: string,
  mutant: Mutant,
  limits: readonly number[],
): Promise<boolean> => {
  const source = readSource(file);
  writeFileSync(join(folder, file), mutated(source, mutant));
  try {
    for (const [index, tests] of (TARGETS[file] ?? []).entries()) {
      const limitMs = limits[index] ?? LEAST_MS;
      // Twice: on a busy machine a test that starts workerd may fail without having noticed anything.
      if (!(await pass(folder, tests, limitMs)) && !(await pass(folder, tests, limitMs)))
        return true;
    }
    return false;
  } finally {
    writeFileSync(join(folder, file), source);
  }
};

const examine = async (folders: readonly string[], file: string): Promise<Outcome[]> => {
  const limits = await limitsOf(folders[0] ?? '', file);
  const source = readSource(file);
  const waiting = [...mutantsOf(file, source)];
  const outcomes: Outcome[] = [];
  const work = async (folder: string): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
      outcomes.push({
        file,
        mutant,
        isNoticed: await isNoticed(folder, file, mutant, limits),
        isListed: isEquivalent(file, source, mutant),
      });
  };
  await Promise.all(folders.map(work));
  return outcomes;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const share = (outcomes: readonly Outcome[]): string => {
  const noticed = outcomes.filter((outcome) => outcome.isNoticed).length;
  const percent = outcomes.length === 0 ? 100 : (noticed / outcomes.length) * 100;
  return `${percent.toFixed(1)} % (${noticed} of ${outcomes.length})`;
};

const report = (name: string, outcomes: readonly Outcome[]): void => {
  const judged = outcomes.filter(({ isListed }) => !isListed);
  const conditions = judged.filter(({ mutant }) => mutant.kind === 'condition');
  const listed = outcomes.length - judged.length;
  say(
    `${name}: mutants noticed ${share(judged)}, conditions ${share(conditions)}; ${listed} equivalent`,
  );
};

/** Where what happened is not what the list says. */
const surprises = (outcomes: readonly Outcome[]): readonly Outcome[] =>
  outcomes.filter(({ isNoticed, isListed }) => isNoticed === isListed);

const sayWhich = ({ file, mutant, isListed }: Outcome): void => {
  const source = readSource(file);
  const line = source.slice(0, mutant.start).split('\n').length;
  const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
  const change = `${onOneLine(source.slice(mutant.start, mutant.end))} → ${onOneLine(mutant.replacement)}`;
  const why = isListed ? ' (listed as equivalent, and noticed)' : '';
  say(`  ${file}:${line} ${mutant.kind}: ${change}${why}`);
};

const main = async (named: readonly string[]): Promise<void> => {
  const unknown = named.filter((file) => !(file in TARGETS));
  if (unknown.length > 0) throw new Error(`Not in test/mutation/targets.ts: ${unknown.join(', ')}`);
  const folders = Array.from({ length: WORKERS }, copyOfTree);
  const all: Outcome[] = [];
  try {
    for (const file of named.length > 0 ? named : Object.keys(TARGETS)) {
      const outcomes = await examine(folders, file);
      all.push(...outcomes);
      report(file, outcomes);
      surprises(outcomes).forEach(sayWhich);
    }
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
  report('\nAll', all);
  if (surprises(all).length > 0) process.exitCode = 1;
};

await main(process.argv.slice(2));
