// The whole product on one machine: settings, local cloud, deploy to the hub stage, publish its state to the Worker,
// and stay until told to stop. Whatever fails ends in one sentence and exit code 1, with no process left behind.
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Snapshot } from '../contract/snapshot.ts';
import { versionProblem } from '../runner/versions.ts';
import { banner } from './banner.ts';
import { gitProblem } from './git-ignore.ts';
import { isPortFree } from './is-port-free.ts';
import { ENTRYPOINT, keepUp } from './keep-up.ts';
import { takeLock } from './lock.ts';
import { hasLostData } from './lost-data.ts';
import { completeSettings } from './settings.ts';
import { startCommand } from './start-command.ts';
import { listenForStop } from './stop.ts';

const DELETE = '--delete';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs until stopped; returns the sentence of a failure, or undefined after a requested stop. */
export const start = async (argv: readonly string[]): Promise<string | undefined> => {
  const startedAt = performance.now();
  const unknown = argv.find((word) => word !== DELETE);
  if (unknown !== undefined)
    return `There is no option "${unknown}". There is ${DELETE}, to let what is no longer in the stack be deleted.`;
  const root = process.cwd();
  const problem = folderProblem(root);
  if (problem !== undefined) return problem;
  const note = gitProblem(root);
  if (note !== undefined) say(note);
  const settings = completeSettings(process.env, join(root, '.env'));
  if ('problem' in settings) return settings.problem;
  if (!(await isPortFree(settings.port)))
    return `Port ${settings.port} is taken. Stop what listens there, or choose another port: PORT=${settings.port + 1} ${startCommand()}`;
  // Alchemy's state holds the stack's secrets in clear, and it writes files that everybody may read.
  mkdirSync(join(root, '.alchemy'), { recursive: true, mode: 0o700 });
  chmodSync(join(root, '.alchemy'), 0o700);
  const folder = join(root, '.alchemy', 'mcp');
  mkdirSync(folder, { recursive: true });
  if (hasLostData(root))
    return 'The local data (.alchemy/local) is gone, but Alchemy still takes it for deployed. Delete .alchemy to start anew.';
  const lock = takeLock(join(folder, 'start.lock'));
  if ('heldBy' in lock)
    return `Process ${lock.heldBy} already runs the local cloud of this folder. Stop it first.`;
  try {
    const url = `http://localhost:${settings.port}`;
    const stop = listenForStop();
    const life = {
      settings,
      root,
      url,
      stop,
      say,
      logFile: join(folder, 'cloud.log'),
      mayDelete: argv.includes(DELETE),
    };
    const problem = await keepUp(life, (snapshot) => {
      const seconds = (performance.now() - startedAt) / 1000;
      say(banner({ ...settings, url, seconds, workers: workersOf(snapshot, url) }));
    });
    if (stop.isRequested()) say('Stopped.');
    return problem;
  } finally {
    lock.release();
  }
};

/** Told before anything is written. */
const folderProblem = (root: string): string | undefined =>
  existsSync(join(root, ENTRYPOINT))
    ? versionProblem(root)
    : `There is no ${ENTRYPOINT} in this folder: start where your stack is.`;

/** The stack's own Workers: the local cloud gives each the next free port. */
const workersOf = ({ resources }: Snapshot, server: string) =>
  resources.flatMap(({ id, url }) => (url === null || url === server ? [] : [{ id, url }]));
