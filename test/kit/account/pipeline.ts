// A line of a workflow, or one that a person types, in a copy of the project and with an emulated account for Cloudflare.
import { type Listening, listen } from '../../../ci/listen.ts';
import type { Project } from '../../system/project.ts';
import type { Account } from './account.ts';
import { TRANSPILED } from './alchemy-cli.ts';

export interface Running extends Listening {
  kill(signal: NodeJS.Signals): void;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Nobody waits for an edge that is this machine. */
const AT_ONCE = { SETTLE_S: '0', CANARY_HOLD_S: '0' };
const COMMAND = /^npx -y bun@\S+ |^bun /;

/**
 * Each command is this Bun's: `npx -y bun@… ci/deploy.ts`, `bun run smoke …`. It has the variables that are given, and nothing
 * else of ours.
 */
export const pipelineIn =
  (project: Project, account: Account) =>
  (line: string, variables: Variables): Running => {
    const {
      CLOUDFLARE_API_TOKEN: _,
      CLOUDFLARE_ACCOUNT_ID: __,
      ...loopback
    } = account.environment();
    const child = Bun.spawn([process.execPath, ...line.replace(COMMAND, '').split(' ')], {
      cwd: project.root,
      env: {
        PATH: process.env['PATH'],
        HOME: project.root,
        NO_COLOR: '1',
        ...TRANSPILED,
        ...loopback,
        ...AT_ONCE,
        ...variables,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    return { ...listen(child), kill: (signal) => child.kill(signal) };
  };
