// Operations without Alchemy for the tests of a runner: a driver whose work the test writes, and the job it is given.
import type { Plan } from '../contract/plan.ts';
import type { LeasedJob, Outcome } from '../contract/runner-protocol.ts';
import type { Driver, JobOrder, Watcher } from './driver.ts';

export const JOB: LeasedJob = {
  operationId: `prod.${'a'.repeat(32)}`,
  stage: 'prod',
  kind: 'deploy',
  fence: 3,
  isHub: true,
};

export const PLAN: Plan = {
  verb: 'deploy',
  stack: 'demo',
  stage: 'prod',
  digest: '0'.repeat(64),
  fingerprints: { '*': '1'.repeat(64) },
  resources: [],
  warnings: [],
  losses: [],
};

export const DONE: Outcome = { status: 'succeeded' };

/** Does what the test says, or ends when it is killed. */
export class Script implements Driver {
  readonly mode = 'local';
  readonly orders: JobOrder[] = [];
  cancels = 0;
  kills = 0;
  readonly end = Promise.withResolvers<Outcome>();
  readonly #act: (watcher: Watcher, script: Script) => Promise<Outcome>;

  constructor(act: (watcher: Watcher, script: Script) => Promise<Outcome>) {
    this.#act = act;
  }

  run(order: JobOrder, watcher: Watcher) {
    this.orders.push(order);
    return {
      outcome: Promise.race([this.#act(watcher, this), this.end.promise]),
      cancel: () => void this.cancels++,
      kill: () => {
        this.kills++;
        this.end.resolve({ status: 'failed', message: 'killed' });
        return Promise.resolve();
      },
    };
  }
}

/** Tells `count` steps with a breath between, asks to begin half-way, and succeeds. */
export const steady = (count: number) => async (watcher: Watcher) => {
  for (let step = 1; step <= count; step++) {
    watcher.onStep({ type: 'note', status: `step ${step}` });
    if (step === Math.ceil(count / 2)) await watcher.mayBegin(PLAN);
    await Bun.sleep(2);
  }
  return DONE;
};
