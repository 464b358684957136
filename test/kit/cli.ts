// `bun mcp …`: as a person runs it, in a process whose environment holds what is given and nothing else; and the same
// without the process, for the many cases that differ in a word.
import { tmpdir } from 'node:os';

import { listen } from '../../ci/listen.ts';
import { run as runInside } from '../../src/cli/run.ts';
import { ADMIN_TOKEN, JWT_SECRET } from './tokens.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Where `.env` is looked for. */
  readonly folder?: string;
}

interface InsideOptions extends Omit<CliOptions, 'folder'> {
  readonly now?: () => number;
}

export const CLI_ENV = { MCP_JWT_SECRET: JWT_SECRET, MCP_ADMIN_TOKEN: ADMIN_TOKEN } as const;

export const mcpProcess = async (
  words: readonly string[],
  options: CliOptions = {},
): Promise<CliRun> => {
  const { env = CLI_ENV, input = '', folder = tmpdir() } = options;
  const run = Bun.spawn([process.execPath, MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { code, stdout, stderr } = await listen(run).ended;
  return { code, out: stdout.trimEnd(), err: stderr.trimEnd() };
};

export const mcp = async (
  words: readonly string[],
  { env = CLI_ENV, input = '', now = Date.now }: InsideOptions = {},
): Promise<CliRun> => {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runInside(words, {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
    now,
    drawId: () => crypto.randomUUID(),
    readInput: async () => input,
    readLine: async () => input.split('\n')[0] ?? '',
    say: (text) => void out.push(text),
    note: (text) => void err.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
};
