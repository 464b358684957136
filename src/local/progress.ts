// What a start shows while it works: one line per resource as it settles, nothing that needs a terminal to read.
import { type Plan, summaryOf } from '../contract/plan.ts';
import type { Step } from '../contract/runner-ipc.ts';

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
  const onPlan = ({ resources }: Pick<Plan, 'resources'>): void => {
    const changing = resources.length - summaryOf(resources).noop;
    write(
      changing === 0
        ? `All ${resources.length} resources are in place`
        : `Deploying ${changing} of ${resources.length} resources to the local cloud`,
    );
  };
  const onStep = ({ type, id, resourceType, status }: Step): void => {
    if (type === 'phase') {
      const text = PHASES[status];
      if (text === undefined || settled.has(status)) return;
      settled.add(status);
      write(`${text} …`);
    } else if (type === 'resource' && id !== undefined) {
      const mark = MARKS[status];
      if (mark === undefined || settled.has(id)) return;
      settled.add(id);
      const shortType = (resourceType ?? '').replace('Cloudflare.', '').padEnd(20);
      write(`  ${mark} ${id.padEnd(24)} ${shortType} ${status}`.replace(/fail$/, 'failed'));
    }
  };
  return { onPlan, onStep };
};
