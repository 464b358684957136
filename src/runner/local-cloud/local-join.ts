// A second runner in the folder of a running `bun start`: it works in that cloud, with the same state and the same data.
import { join } from 'node:path';

import type { Driver } from '../driver.ts';
import { operationEnvironment, pathWithOwnBun } from '../environment.ts';
import { knownCloud } from './cloud-file.ts';
import { createLocalDriver } from './local-driver.ts';

export interface JoinSettings {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runnerToken: string;
}

/** Undefined when no local cloud runs in this folder. */
export const joinLocalCloud = ({ root, env, runnerToken }: JoinSettings): Driver | undefined => {
  const cloud = knownCloud(root);
  if (cloud === undefined) return undefined;
  return createLocalDriver({
    root,
    // The mark opens the cloud's doors, and lets its owner end what runs here along with it.
    env: operationEnvironment(env, { root, mark: cloud.mark, path: pathWithOwnBun(root, env) }),
    runnerToken,
    logFile: join(root, '.alchemy', 'mcp', 'cloud.log'),
    spawner: () => {
      const now = knownCloud(root);
      if (now === undefined) return { problem: 'The local cloud of this folder has stopped.' };
      return now.mark === cloud.mark
        ? now.spawner
        : { problem: 'The local cloud was started anew: start this runner again too.' };
    },
  });
};
