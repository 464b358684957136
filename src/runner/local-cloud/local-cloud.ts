// The local cloud as its owner sees it: open it, run operations in it, close it. The host is a child whose stdin we
// hold, so it also ends when we are killed without a chance to say so.
import { fileURLToPath } from 'node:url';

import { hostEventSchema } from '../../contract/runner-ipc.ts';
import { randomId } from '../../lib/ids.ts';
import { type Result, err, ok } from '../../lib/result.ts';
import { prepareChild } from '../child.ts';
import type { Driver } from '../driver.ts';
import { hostEnvironment, operationEnvironment, prepareBun } from '../environment.ts';
import { endMarked } from '../processes.ts';
import { forgetCloud, rememberCloud } from './cloud-file.ts';
import { createHostLog } from './host-log.ts';
import { createLocalDriver } from './local-driver.ts';

const HOST_START_MS = 30_000;
const HOST_END_MS = 5_000;

export interface LocalCloud {
  readonly driver: Driver;
  /** Resolves when the host is gone, whether we closed it or it died. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

export interface CloudSettings {
  /** The project's folder: state and local data live in its `.alchemy`. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runnerToken: string;
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
  const { root, env, runnerToken, logFile } = settings;
  const place = { root, mark, path: prepareBun(root, env) };
  const childPlace = { root, env: operationEnvironment(env, place) };
  // Loading Alchemy takes a process over a second: the first operation's does it while the host starts.
  const first = prepareChild(childPlace);
  const host = await startHost(settings, hostEnvironment(env, place));
  const close = async (): Promise<void> => {
    forgetCloud(root, mark);
    await host.close();
    await endMarked(mark);
  };
  if (host.spawner === undefined) {
    await close();
    return err(`The local cloud did not start; ${logFile} says why.`);
  }
  const { spawner } = host;
  rememberCloud(root, { spawner, mark, pid: process.pid });
  const driver = createLocalDriver(
    { ...childPlace, runnerToken, logFile, spawner: () => spawner },
    first,
  );
  return ok({ driver, ended: host.ended, close });
};

const startHost = async (
  { root, logFile, onFailure }: CloudSettings,
  env: Record<string, string>,
) => {
  const ready = Promise.withResolvers<string | undefined>();
  const log = createHostLog(logFile, onFailure);
  const host = Bun.spawn([process.execPath, file('./host-process.ts')], {
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
