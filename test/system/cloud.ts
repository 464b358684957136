// A local cloud in a project's copy, without `bun start` around it: operations as a runner executes them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { OperationKind } from '../../src/contract/operation.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { Step } from '../../src/contract/runner-ipc.ts';
import type { Outcome } from '../../src/contract/runner-protocol.ts';
import type { Running } from '../../src/runner/driver.ts';
import { type LocalCloud, openLocalCloud } from '../../src/runner/local-cloud/local-cloud.ts';
import { Project, freePort } from './project.ts';

const secret = (letter: string): string => `${letter}0123456789abcdef`.repeat(3);
const RUNNER_TOKEN = secret('c');

export interface Ran {
  readonly outcome: Outcome;
  readonly plan: Plan | undefined;
  readonly steps: readonly Step[];
}

export interface RunOptions {
  /** Hears each step as it is taken. */
  readonly onStep?: (step: Step, running: Running) => void;
  readonly isHub?: boolean;
  /** Whether its effect may begin. */
  readonly mayBegin?: boolean;
  /** Called once the effect may begin. */
  readonly onBegun?: (running: Running) => void;
}

export class Cloud implements AsyncDisposable {
  readonly project: Project;
  readonly env: Record<string, string | undefined>;
  #cloud: LocalCloud;

  private constructor(
    project: Project,
    env: Record<string, string | undefined>,
    cloud: LocalCloud,
  ) {
    this.project = project;
    this.env = env;
    this.#cloud = cloud;
  }

  static async open(): Promise<Cloud> {
    const project = new Project();
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: String(await freePort()),
      ENVIRONMENT: 'development',
      MCP_SHARED_SECRET: secret('a'),
      MCP_JWT_SECRET: secret('b'),
      MCP_RUNNER_TOKEN: RUNNER_TOKEN,
      MCP_ADMIN_TOKEN: secret('d'),
    };
    return new Cloud(project, env, await openIn(project, env));
  }

  /** Another host in the same folder, as after a restart of `bun start`. */
  async reopen(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#cloud.close();
    this.#cloud = await openIn(this.project, { ...this.env, ...changes });
  }

  /** What `work` finds with a file changed; it is changed back. */
  async edited<T>(
    file: string,
    change: (text: string) => string,
    work: () => Promise<T>,
  ): Promise<T> {
    const undo = this.project.edit(file, change);
    try {
      return await work();
    } finally {
      undo();
    }
  }

  async run(kind: OperationKind, stage: string, options: RunOptions = {}): Promise<Ran> {
    const steps: Step[] = [];
    let plan: Plan | undefined;
    const running = this.#cloud.driver.run(
      { kind, stage, entrypoint: 'alchemy.run.ts', isHub: options.isHub ?? false },
      {
        onStep: (step) => {
          steps.push(step);
          options.onStep?.(step, running);
        },
        mayBegin: (made) => {
          plan = made;
          if (options.mayBegin !== false) queueMicrotask(() => options.onBegun?.(running));
          return Promise.resolve(options.mayBegin !== false);
        },
      },
    );
    const outcome = await running.outcome;
    return { outcome, steps, plan: outcome.status === 'succeeded' ? (outcome.plan ?? plan) : plan };
  }

  /** A plan that must come about. */
  async plan(
    stage: string,
    kind: 'deploy_plan' | 'destroy_plan' = 'deploy_plan',
    isHub = false,
  ): Promise<Plan> {
    const { outcome, plan } = await this.run(kind, stage, { isHub });
    if (plan === undefined) throw new Error(JSON.stringify(outcome));
    return plan;
  }

  async deploy(stage: string): Promise<Outcome & { status: 'succeeded' }> {
    const { outcome } = await this.run('deploy', stage, { isHub: stage === 'prod' });
    if (outcome.status !== 'succeeded') throw new Error(outcome.message);
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cloud.close();
    await this.project[Symbol.asyncDispose]();
  }
}

const openIn = async (project: Project, env: Record<string, string | undefined>) => {
  const folder = join(project.root, '.alchemy', 'mcp');
  mkdirSync(folder, { recursive: true });
  const opened = await openLocalCloud({
    root: project.root,
    env,
    runnerToken: RUNNER_TOKEN,
    logFile: join(folder, 'cloud.log'),
    onFailure: () => {},
  });
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
};

/** Each resource that a plan touches, as `action id`. */
export const touched = ({ resources }: Plan): string[] =>
  resources.filter(({ action }) => action !== 'noop').map(({ id, action }) => `${action} ${id}`);
