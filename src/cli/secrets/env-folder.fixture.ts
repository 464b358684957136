// A folder with a `.env` of secrets, and `bun mcp secrets …` in it as a person calls it. Each test finds the file as it began.
import { afterAll, beforeEach, expect } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type CliRun, mcpProcess } from '../../../test/kit/cli.ts';
import {
  ADMIN_TOKEN,
  JWT_SECRET,
  KEYS,
  RUNNER_TOKEN,
  SHARED_SECRET,
} from '../../../test/kit/tokens.ts';
import { parseKeys, type TokenKey } from '../../contract/key-ring.ts';
import { SECRET_NAMES } from './names.ts';

type Env = Readonly<Record<string, string>>;

export const START = [
  '# of the team',
  'ENVIRONMENT=production',
  `MCP_SHARED_SECRET=${SHARED_SECRET}`,
  `export MCP_JWT_SECRET="${JWT_SECRET}" # first`,
  '',
  `MCP_ADMIN_TOKEN='${ADMIN_TOKEN}'`,
  `MCP_RUNNER_TOKEN=${RUNNER_TOKEN}`,
  'OTHER="a  b" # stays',
  '',
].join('\n');

const KNOWN = [
  SHARED_SECRET,
  JWT_SECRET,
  ADMIN_TOKEN,
  RUNNER_TOKEN,
  ...KEYS.map(({ secret }) => secret),
];
/** What is drawn meanwhile looks like this. */
const DRAWN = /[0-9a-f]{32,}/g;

export const useEnvFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const file = join(folder, '.env');
  const told: string[] = [];
  beforeEach(() => writeFileSync(file, START));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    file,
    /** What a process in the folder has in its environment: Bun reads the file, and nobody else. */
    loaded: async (): Promise<Record<string, string>> => {
      const names = JSON.stringify([...SECRET_NAMES, 'ENVIRONMENT', 'OTHER']);
      const code = `console.log(JSON.stringify(Object.fromEntries(${names}.map((n) => [n, process.env[n]]))))`;
      const run = Bun.spawn([process.execPath, '-e', code], {
        cwd: folder,
        env: { PATH: process.env['PATH'] },
        stdout: 'pipe',
      });
      return JSON.parse(await new Response(run.stdout).text());
    },
    secrets: async (words: readonly string[], env: Env = {}): Promise<CliRun> => {
      const run = await mcpProcess(['secrets', ...words], { env, folder });
      told.push(run.out, run.err);
      return run;
    },
    /** The secrets that somebody could read in what the commands so far have printed. */
    secretsTold: (): string[] => {
      const text = told.join('\n');
      return [...KNOWN.filter((secret) => text.includes(secret)), ...(text.match(DRAWN) ?? [])];
    },
  };
};

export const keysOf = (env: Env): readonly TokenKey[] => {
  const parsed = parseKeys(env['MCP_JWT_SECRETS']);
  return parsed.ok ? parsed.value : [];
};

/** One line that says `why`, and nothing on stdout. */
export const refused = async (run: Promise<CliRun>, why: string): Promise<void> => {
  const { code, out, err } = await run;
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(why);
  expect(err.split('\n')).toHaveLength(1);
};
