// What a start shows while it works: one line per resource as it settles, nothing that needs a terminal to read.
import type { OperationEvent } from '../contract/runner.ts';

const PHASES: Readonly<Record<string, string>> = {
  'importing-module': 'Reading alchemy.run.ts',
  'computing-plan': 'Planning',
};

/** A resource that has settled: what a reader must not mistake for another thing. */
const MARKS: Readonly<Record<string, string>> = {
  created: '+',
  updated: '~',
  replaced: '±',
  deleted: '-',
  fail: '✗',
};

export const createProgress = (write: (line: string) => void) => {
  /** Resources and phases already told; Alchemy opens the stack again to read its state. */
  const settled = new Set<string>();
  return (event: OperationEvent): void => {
    if (event.type === 'phase') {
      const text = PHASES[event.phase];
      if (text === undefined || settled.has(event.phase)) return;
      settled.add(event.phase);
      write(`${text} …`);
    } else if (event.type === 'planned') {
      write(
        event.changing === 0
          ? `All ${event.total} resources are in place`
          : `Deploying ${event.changing} of ${event.total} resources to the local cloud`,
      );
    } else if (event.type === 'resource') {
      const mark = MARKS[event.status];
      if (mark === undefined || settled.has(event.id)) return;
      settled.add(event.id);
      const type = event.resourceType.replace('Cloudflare.', '').padEnd(20);
      write(`  ${mark} ${event.id.padEnd(24)} ${type} ${event.status}`.replace(/fail$/, 'failed'));
    }
  };
};
