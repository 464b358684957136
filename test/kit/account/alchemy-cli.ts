// Alchemy's own command line in a copy of the project, as an operator runs it, with an emulated account for Cloudflare.
import { listen } from '../../../ci/listen.ts';
import type { Project } from '../../system/project.ts';
import { ADMIN_TOKEN, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from '../tokens.ts';
import type { Account } from './account.ts';
import type { JournalEntry } from './control-plane.ts';

export interface Run {
  readonly code: number;
  readonly output: string;
  /** The calls of the API it made. */
  readonly calls: readonly JournalEntry[];
}

type Variables = Readonly<Record<string, string>>;

/** What an operator sets for a deploy of this stack. */
export const SETTINGS: Variables = {
  ENVIRONMENT: 'production',
  MCP_SHARED_SECRET: SHARED_SECRET,
  MCP_JWT_SECRET: JWT_SECRET,
  MCP_RUNNER_TOKEN: RUNNER_TOKEN,
  MCP_ADMIN_TOKEN: ADMIN_TOKEN,
};

/**
 * What Bun has made of Alchemy's sources. It would keep that in the home folder, and each of these projects is a home of its
 * own.
 */
export const TRANSPILED: Variables = {
  BUN_RUNTIME_TRANSPILER_CACHE_PATH: new URL('../../../.cache/transpiled', import.meta.url)
    .pathname,
};

/** `bun alchemy <command> …` */
export const alchemyIn =
  (project: Project, account: Account) =>
  async (command: string, settings: Variables = {}): Promise<Run> => {
    const before = account.journal.length;
    const child = Bun.spawn([process.execPath, 'alchemy', ...command.split(' ')], {
      cwd: project.root,
      env: {
        PATH: process.env['PATH'],
        HOME: project.root,
        NO_COLOR: '1',
        ...TRANSPILED,
        ...account.environment(),
        ...SETTINGS,
        ...settings,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const { code, stdout, stderr } = await listen(child).ended;
    return { code, output: `${stdout}\n${stderr}`, calls: account.journal.slice(before) };
  };
