// A line of a workflow, or one that a person types, in a copy of the project and with an emulated account for Cloudflare.
import type { Project } from '../../system/project.ts';
import type { Account } from './account.ts';
import { SETTINGS } from './alchemy-cli.ts';

export interface PipelineRun {
  readonly code: number;
  readonly stdout: string;
  /** stdout and stderr. */
  readonly output: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Nobody waits for an edge that is this machine. */
const AT_ONCE = { SETTLE_S: '0', CANARY_HOLD_S: '0' };

/** Each command is this Bun's: `npx -y bun@… ci/deploy.ts`, `bun run smoke …`. */
export const pipelineIn =
  (project: Project, account: Account) =>
  async (line: string, variables: Variables = {}): Promise<PipelineRun> => {
    const words = line.replace(/^npx -y bun@\S+ |^bun /, '').split(' ');
    const child = Bun.spawn([process.execPath, ...words], {
      cwd: project.root,
      env: {
        PATH: process.env['PATH'],
        HOME: project.root,
        NO_COLOR: '1',
        ...account.environment(),
        ...SETTINGS,
        ...AT_ONCE,
        ...variables,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [stdout, stderr] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, stdout, output: stdout + stderr };
  };
