// The world as a step of a workflow has it, and as a person's terminal has it: then there is no file to hand facts on in.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { CliProblem } from '../src/cli/command.ts';
import { now } from '../src/lib/clock.ts';
import { randomId } from '../src/lib/ids.ts';
import { within } from '../src/lib/within.ts';
import { listen } from './listen.ts';
import type { PipelineWorld, Ran, RunOptions } from './world.ts';

const MEMORY = '.alchemy/canary.json';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Script = (words: readonly string[], world: PipelineWorld) => Promise<number>;

/** Runs a script and turns what it throws into one sentence and an exit code. */
export const runScript = async (script: Script): Promise<void> => {
  const world = processWorld();
  try {
    process.exitCode = await script(process.argv.slice(2), world);
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    world.note(isWorkflow(world.env) ? `::error::${escaped(error.message)}` : error.message);
    process.exitCode = 1;
  }
};

const isWorkflow = (env: PipelineWorld['env']): boolean => env['GITHUB_ACTIONS'] === 'true';

/** A workflow command is one line. */
const escaped = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const processWorld = (): PipelineWorld => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  const stopping = new AbortController();
  for (const signal of SIGNALS) process.on(signal, () => stopping.abort());
  return {
    env,
    now,
    drawId: randomId,
    readInput: () => Bun.stdin.text(),
    readLine: async () => '',
    say: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    bun: (words, options) => runBun(words, env, stopping.signal, options),
    pause: (ms) => within(aborted(stopping.signal), ms),
    output: (name, value) => append(env['GITHUB_OUTPUT'], `${name}=${oneLine(value)}\n`),
    summary: (markdown) => append(env['GITHUB_STEP_SUMMARY'], `${markdown}\n`),
    stop: stopping.signal,
    memory: {
      read: () => (existsSync(MEMORY) ? readFileSync(MEMORY, 'utf8') : undefined),
      write: (text) => {
        mkdirSync(dirname(MEMORY), { recursive: true });
        writeFileSync(MEMORY, text);
      },
    },
  };
};

const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ');

const append = (file: string | undefined, text: string): void => {
  if (file !== undefined) appendFileSync(file, text);
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const runBun = async (
  words: readonly string[],
  env: PipelineWorld['env'],
  stop: AbortSignal,
  { env: over = {}, isMending = false, isQuiet = false }: RunOptions = {},
): Promise<Ran> => {
  const child = Bun.spawn([process.execPath, ...words], {
    env: { ...env, ...over },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const end = (): void => child.kill('SIGINT');
  if (!isMending) stop.addEventListener('abort', end, { once: true });
  const ran = await listen(child, (part) => {
    if (!isQuiet) process.stderr.write(part);
  }).ended;
  stop.removeEventListener('abort', end);
  return ran;
};
