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
import { endMarked } from './processes.ts';

const HOST_START_MS = 30_000;
const HOST_END_MS = 5_000;

export interface LocalCloud {
  /** Runs one operation to its end in a fresh process. */
  run(job: Job, onEvent: (event: OperationEvent) => void): Promise<Result<Snapshot, string>>;
  /** Resolves when the host is gone, whether we closed it or it died. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface CloudSettings {
  /** The project's folder: state and local data live in its `.alchemy`. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the host's and the Workers' own output goes. */
  readonly logFile: string;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const openLocalCloud = async (settings: CloudSettings): Promise<Result<LocalCloud, string>> => {
  const mark = randomId();
  const path = pathWithBun(settings.root, settings.env);
  const log = Bun.file(settings.logFile);
  const ready = Promise.withResolvers<string | undefined>();
  const host = Bun.spawn([process.execPath, file('./host.ts')], {
    cwd: settings.root,
    env: hostEnvironment(settings.env, mark, path),
    stdin: 'pipe',
    stdout: log,
    stderr: log,
    ipc: (message) => ready.resolve(hostEventSchema.parse(message).spawner),
    onExit: () => ready.resolve(undefined),
  });
  const timer = setTimeout(() => ready.resolve(undefined), HOST_START_MS);
  const spawner = await ready.promise;
  clearTimeout(timer);

  const close = async (): Promise<void> => {
    await host.stdin.end();
    await Promise.race([host.exited, Bun.sleep(HOST_END_MS)]);
    await endMarked(mark);
  };
  if (spawner === undefined) {
    await close();
    return err(`The local cloud did not start; ${settings.logFile} says why.`);
  }
  const env = operationEnvironment(settings.env, mark, path, spawner);
  return ok({
    run: (job, onEvent) => runOperation(settings.root, env, job, onEvent),
    ended: host.exited.then(() => {}),
    close,
  });
};

const runOperation = async (
  root: string,
  env: Record<string, string>,
  job: Job,
  onEvent: (event: OperationEvent) => void,
): Promise<Result<Snapshot, string>> => {
  let outcome: Result<Snapshot, string> = err('The operation ended without an account of itself.');
  const child = Bun.spawn([process.execPath, file('./operation.ts'), JSON.stringify(job)], {
    cwd: root,
    env,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    ipc: (message) => {
      const event = operationEventSchema.parse(message);
      if (event.type === 'succeeded') outcome = ok(event.snapshot);
      else if (event.type === 'failed') outcome = err(event.message);
      else onEvent(event);
    },
  });
  const errors = new Response(child.stderr).text();
  await child.exited;
  if (!outcome.ok && child.exitCode !== 1) return err(`${outcome.error} ${await errors}`.trim());
  return outcome;
};
