// The parent's end of an operation's process: gives it the job and the word to begin, hears its account, and ends it.
import { fileURLToPath } from 'node:url';

import type { Outcome } from '../contract/runner-protocol.ts';
import { type ChildOrder, type Job, childEventSchema } from '../contract/runner.ts';
import type { Running, Watcher } from './driver.ts';
import { createScrubber, secretsIn } from './secret-texts.ts';

/** A child that was asked to stop drains, then gives up what is in flight; after this it is killed. */
const CANCEL_MS = 15_000;

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface ChildPlace {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ends what the child has started, once it is dead. */
  readonly onKilled?: () => Promise<void>;
}

export interface PreparedChild {
  run(job: Job, watcher: Watcher): Running;
}

/** Starts the process, which loads Alchemy while its job is still to come. */
export const prepareChild = ({ root, env, onKilled }: ChildPlace): PreparedChild => {
  let ended: Outcome | undefined;
  let watcher: Watcher | undefined;
  let isCancelled = false;
  const child = Bun.spawn([process.execPath, file('./operation.ts')], {
    cwd: root,
    env: { ...env },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    ipc: (message) => {
      const event = childEventSchema.parse(message);
      if (event.type === 'step') watcher?.onStep(event.step);
      else if (event.type === 'ended') ended = event.outcome;
      else
        void watcher?.mayBegin(event.plan).then(
          (mayBegin) => order({ order: mayBegin ? 'go' : 'stop' }),
          () => order({ order: 'stop' }),
        );
    },
  });
  const order = (told: ChildOrder): void => {
    // A child that is gone meanwhile has said so by its exit.
    if (child.exitCode === null && child.signalCode === null) child.send(told);
  };
  const errors = new Response(child.stderr).text();
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await child.exited;
    await onKilled?.();
  };
  const outcome = async (): Promise<Outcome> => {
    await child.exited;
    if (ended !== undefined) return ended;
    const said = lastLine(await errors);
    return isCancelled
      ? { status: 'cancelled', message: KILLED }
      : { status: 'failed', message: createScrubber(secretsIn(env))(said) };
  };
  return {
    run: (job, by) => {
      watcher = by;
      order({ order: 'work', job });
      let timer: ReturnType<typeof setTimeout> | undefined;
      return {
        outcome: outcome().finally(() => clearTimeout(timer)),
        kill,
        cancel: () => {
          if (isCancelled) return;
          isCancelled = true;
          order({ order: 'cancel' });
          timer = setTimeout(() => void kill(), CANCEL_MS);
        },
      };
    },
  };
};

const KILLED = 'It did not stop in time and was ended. The next deploy finishes what it had begun.';

/** A process that died without an account usually said why in its last words. */
const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .findLast((line) => line.trim() !== '')
    ?.slice(0, 1_000) ?? 'its process ended without a word.';
