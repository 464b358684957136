// The local cloud as its owner sees it: open it, run operations in it, close it. The host is a child whose stdin we
// hold, so it also ends when we are killed without a chance to say so.
import { fileURLToPath } from 'node:url';

import {
  type Job,
  type OperationEvent,
  hostEventSchema,
  operationEventSchema,
} from '../contract/runner.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { randomId } from '../lib/ids.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { hostEnvironment, operationEnvironment, pathWithBun } from './environment.ts';
import { createHostLog } from './host-log.ts';
import { endMarked } from './processes.ts';

const HOST_START_MS = 30_000;
const HOST_END_MS = 5_000;

/** A job as its owner words it: the cloud adds where it is to run. */
export type LocalJob = Omit<Job, 'spawner'>;

type OnEvent = (event: OperationEvent) => void;

export interface LocalCloud {
  /** Runs one operation to its end in a fresh process. */
  run(job: LocalJob, onEvent: OnEvent): Promise<Result<Snapshot, string>>;
  /** Resolves when the host is gone, whether we closed it or it died. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

export interface CloudSettings {
  /** The project's folder: state and local data live in its `.alchemy`. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the host's and the Workers' own output goes. */
  readonly logFile: string;
  /** Called with a sentence when a Worker's code does not build or start, of which no operation tells. */
  readonly onFailure: (sentence: string) => void;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const openLocalCloud = async (
  settings: CloudSettings,
): Promise<Result<LocalCloud, string>> => {
  const mark = randomId();
  const { root, env } = settings;
  const place = { root, mark, path: pathWithBun(root, env) };
  const prepare = () => prepareOperation(root, operationEnvironment(env, place));
  // Loading Alchemy takes a process over a second: the first operation's does it while the host starts.
  let prepared: PreparedOperation | undefined = prepare();
  const host = await startHost(settings, hostEnvironment(env, place));

  const close = async (): Promise<void> => {
    await host.close();
    await endMarked(mark);
  };
  if (host.spawner === undefined) {
    await close();
    return err(`The local cloud did not start; ${settings.logFile} says why.`);
  }
  const { spawner } = host;
  return ok({
    run: async (job, onEvent) => {
      const operation = prepared ?? prepare();
      prepared = undefined;
      return operation.run({ ...job, spawner }, onEvent);
    },
    ended: host.ended,
    close,
  });
};

const startHost = async (
  { root, logFile, onFailure }: CloudSettings,
  env: Record<string, string>,
) => {
  const ready = Promise.withResolvers<string | undefined>();
  const log = createHostLog(logFile, onFailure);
  const host = Bun.spawn([process.execPath, file('./host.ts')], {
    cwd: root,
    env,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    ipc: (message) => ready.resolve(hostEventSchema.parse(message).spawner),
    onExit: () => ready.resolve(undefined),
  });
  const logged = Promise.all([log.follow(host.stdout), log.follow(host.stderr)]);
  const timer = setTimeout(() => ready.resolve(undefined), HOST_START_MS);
  const spawner = await ready.promise;
  clearTimeout(timer);
  return {
    spawner,
    ended: host.exited,
    close: async () => {
      await host.stdin.end();
      await Promise.race([Promise.all([host.exited, logged]), Bun.sleep(HOST_END_MS)]);
    },
  };
};

interface PreparedOperation {
  run(job: Job, onEvent: OnEvent): Promise<Result<Snapshot, string>>;
}

const prepareOperation = (root: string, env: Record<string, string>): PreparedOperation => {
  let outcome: Result<Snapshot, string> | undefined;
  let listener: OnEvent = () => {};
  const child = Bun.spawn([process.execPath, file('./operation.ts')], {
    cwd: root,
    env,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    ipc: (message) => {
      const event = operationEventSchema.parse(message);
      if (event.type === 'succeeded') outcome = ok(event.snapshot);
      else if (event.type === 'failed') outcome = err(event.message);
      else listener(event);
    },
  });
  const errors = new Response(child.stderr).text();
  return {
    run: async (job, onEvent) => {
      listener = onEvent;
      child.send(job);
      await child.exited;
      return outcome ?? err(lastLine(await errors));
    },
  };
};

/** A process that died without an account usually said why in its last words. */
const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .findLast((line) => line.trim() !== '') ?? 'its process ended without a word.';
