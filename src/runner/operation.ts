// One operation, in a process of its own: Node-style module caches and Alchemy's sessions would otherwise show a second
// operation the stack as it was for the first. The job comes as an argument, the account goes out over IPC.
import { jobSchema, type OperationEvent } from '../contract/runner.ts';
import { deployLocally } from './alchemy.ts';

const tell = (event: OperationEvent): void => void process.send?.(event);

const job = jobSchema.parse(JSON.parse(process.argv[2] ?? ''));
const result = await deployLocally(job, tell);
tell(
  result.ok
    ? { type: 'succeeded', snapshot: result.value }
    : { type: 'failed', message: result.error },
);
// Alchemy leaves sockets to the sidecar open; the account above is complete, so the process is done.
process.disconnect?.();
process.exit(result.ok ? 0 : 1);
