// One operation, in a process of its own: module caches and Alchemy's sessions would otherwise show a second operation
// the stack as it was for the first. The job comes over IPC, and the account of it goes back the same way.
import { type OperationEvent, jobSchema } from '../contract/runner.ts';
import { deployLocally } from './alchemy.ts';

const tell = (event: OperationEvent): void => void process.send?.(event);

process.once('message', async (message) => {
  const result = await deployLocally(jobSchema.parse(message), tell);
  tell(
    result.ok
      ? { type: 'succeeded', snapshot: result.value }
      : { type: 'failed', message: result.error },
  );
  // Alchemy leaves sockets to the sidecar open; with the account complete, the process is done.
  process.disconnect?.();
  process.exit(result.ok ? 0 : 1);
});
// Whoever ordered the operation is gone.
process.once('disconnect', () => process.exit(1));
