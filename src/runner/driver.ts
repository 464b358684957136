// Where operations are executed: in the local cloud, or on Cloudflare. Each runs in a child of its own.
import type { Plan } from '../contract/plan.ts';
import type { Job, Step } from '../contract/runner-ipc.ts';
import type { Outcome } from '../contract/runner-protocol.ts';

/** A job as its owner words it; the driver adds what only it knows. */
export type JobOrder = Pick<Job, 'kind' | 'stage' | 'entrypoint' | 'isHub'>;

/** Whoever wants an operation done, and decides whether its effect begins. */
export interface Watcher {
  readonly onStep: (step: Step) => void;
  mayBegin(plan: Plan): Promise<boolean>;
}

export interface Running {
  /** Resolves once the child is gone. */
  readonly outcome: Promise<Outcome>;
  /** Asks it to stop between resources; one that takes too long is killed. */
  cancel(): void;
  /** Ends it now, and whatever it has started. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface Driver {
  readonly mode: 'local' | 'live';
  run(order: JobOrder, watcher: Watcher): Running;
}
