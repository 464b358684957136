// One operation, in a process of its own: module caches and Alchemy's sessions would otherwise show a second operation
// the stack as it was for the first. The job comes over IPC, and the account of it goes back the same way.
import { type ChildEvent, type Job, childOrderSchema } from '../contract/runner-ipc.ts';
import { runJob } from './run-job.ts';

/** How long calls in flight may still take after a stop was asked for; then they are cut off. */
const DRAIN_MS = 10_000;

const tell = (event: ChildEvent): void => void process.send?.(event);

/** Resolves once it is with the parent: a large account would be cut off by an exit. */
const told = (event: ChildEvent): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(event, undefined, undefined, () => resolve());
  });

const decision = Promise.withResolvers<boolean>();
const gaveUp = Promise.withResolvers<void>();
let isStopping = false;

const stop = (): void => {
  if (isStopping) return;
  isStopping = true;
  decision.resolve(false);
  setTimeout(gaveUp.resolve, DRAIN_MS);
};

const work = async (job: Job): Promise<void> => {
  const outcome = await runJob(job, {
    tell: (step) => tell({ type: 'step', step }),
    mayBegin: (plan) => {
      tell({ type: 'planned', plan });
      return decision.promise;
    },
    isStopping: () => isStopping,
    gaveUp: gaveUp.promise,
  });
  await told({ type: 'ended', outcome });
  // Alchemy leaves sockets to the sidecar open; with the account complete, the process is done.
  process.disconnect?.();
  process.exit(outcome.status === 'succeeded' ? 0 : 1);
};

process.on('message', (message) => {
  const order = childOrderSchema.parse(message);
  if (order.order === 'work') void work(order.job);
  else if (order.order === 'cancel') stop();
  else decision.resolve(order.order === 'go');
});
// Whoever ordered the operation is gone.
process.once('disconnect', () => process.exit(1));
