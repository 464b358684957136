// A runner anywhere: on a laptop, in a CI job, on a VM. It connects out to the hub and executes what was asked for there.
import { OPERATION_ID } from '../../contract/operation.ts';
import type { LeasedJob, Outcome } from '../../contract/runner-protocol.ts';
import { secretProblem } from '../../contract/secret.ts';
import type { Driver } from '../../runner/driver.ts';
import type { RunnerOptions } from '../../runner/runner.ts';
import { CliProblem, type Command, type World, readOptions } from '../command.ts';
import { isThisMachine, serverUrl } from '../server-url.ts';

const OPTIONS = {
  url: { type: 'string' },
  once: { type: 'string' },
  entry: { type: 'string' },
} as const;
const DEFAULT_ENTRY = 'alchemy.run.ts';
/** The operation that a CI job was started for may still be on its way into the queue. */
const ONCE_MS = 60_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const runner: Command = {
  name: 'runner',
  usage: '[--url URL] [--once OPERATION_ID] [--entry FILE]',
  about:
    'Executes operations with Alchemy: on your Cloudflare account, or in the local cloud that runs in this folder.',
  details: [
    '--url     the MCP server whose operations it does (MCP_URL, else http://localhost:$PORT)',
    '--once    does that one operation and ends: 0 when it succeeded, else 1',
    `--entry   the stack (${DEFAULT_ENTRY})`,
    '',
    'It needs MCP_RUNNER_TOKEN, and for Cloudflare CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID. In the folder of a running',
    '`bun start`, with a server on this machine, it joins that local cloud as a second runner.',
    '',
    'With --once in a workflow of GitHub that may have an identity (id-token: write), it connects with that instead of the token.',
  ],
  run: async (argv, world) => {
    const { values } = readOptions(argv, OPTIONS, 0);
    const token = world.env['MCP_RUNNER_TOKEN'] ?? '';
    const problem = secretProblem('MCP_RUNNER_TOKEN', token);
    if (problem !== undefined) throw new CliProblem(problem);
    if (values.once !== undefined && !OPERATION_ID.test(values.once))
      throw new CliProblem(
        '--once takes the id of an operation, as `deploy_infrastructure` answers it.',
      );
    const url = serverUrl(world, values.url).origin;
    const driver = await driverFor(url, token, world);
    const credential = await credentialOf(token, values.once, world);
    const options = {
      url,
      credential,
      driver,
      entrypoint: values.entry ?? DEFAULT_ENTRY,
      ...told(world),
    };
    return values.once === undefined ? forEver(options, world) : once(values.once, options, world);
  },
};

/** An identity is for one operation; the token opens what it opens anywhere else. */
const credentialOf = async (token: string, once: string | undefined, { env }: World) => {
  const { githubIdentity, sharedToken } = await import('../../runner/credential.ts');
  const identity = once === undefined ? undefined : githubIdentity(env);
  return identity ?? sharedToken(token);
};

/** Alchemy takes over a second to load, so the other commands do not. */
const driverFor = async (url: string, runnerToken: string, { env }: World): Promise<Driver> => {
  const place = { root: process.cwd(), env, runnerToken };
  const { versionProblem } = await import('../../runner/versions.ts');
  const problem = versionProblem(place.root);
  if (problem !== undefined) throw new CliProblem(problem);
  const { joinLocalCloud } = await import('../../runner/local-cloud/local-join.ts');
  const joined = isThisMachine(new URL(url)) ? joinLocalCloud(place) : undefined;
  if (joined !== undefined) return joined;
  const { createLiveDriver } = await import('../../runner/live-driver.ts');
  const live = createLiveDriver(place);
  if (!live.ok) throw new CliProblem(live.error);
  return live.value;
};

const told = ({ note }: World) => ({
  onConnected: (isConnected: boolean) =>
    note(
      isConnected
        ? 'Connected.'
        : 'No connection: the server is not there, or refuses the token. Trying again …',
    ),
  onRefused: (message: string) => note(`The server refuses this runner: ${message}`),
  onBegin: ({ kind, stage, operationId }: LeasedJob) => note(`${kind} ${stage} … (${operationId})`),
  onEnd: ({ kind, stage }: LeasedJob, outcome: Outcome | undefined) =>
    note(`${kind} ${stage}: ${sentenceOf(outcome)}`),
});

const sentenceOf = (outcome: Outcome | undefined): string => {
  if (outcome === undefined) return 'it was not this runner’s to finish.';
  return outcome.status === 'succeeded' ? 'done.' : `${outcome.status}. ${outcome.message}`;
};

const once = async (operationId: string, options: RunnerOptions, world: World): Promise<number> => {
  const { runOnce } = await import('../../runner/runner.ts');
  const outcome = await runOnce(operationId, ONCE_MS, options);
  if (outcome === undefined)
    world.note(
      'There was nothing to do for that operation: it has ended, another runner has it, or it waits.',
    );
  return outcome?.status === 'succeeded' ? 0 : 1;
};

const forEver = async (options: RunnerOptions, world: World): Promise<number> => {
  const { startRunner } = await import('../../runner/runner.ts');
  world.note(`Runner for ${options.url} (${options.driver.mode}). Ctrl-C stops it.`);
  const running = startRunner(options);
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const name of SIGNALS) process.once(name, () => resolve());
  await promise;
  world.note('Stopping; what is under way is stopped between resources …');
  await running.stop();
  return 0;
};
