import { describe, expect, it } from 'bun:test';

import type { Plan } from '../contract/plan.ts';
import type { Step } from '../contract/runner-ipc.ts';
import { createProgress } from './progress.ts';

const shown = (...steps: Step[]): string[] => {
  const lines: string[] = [];
  const { onStep } = createProgress((line) => lines.push(line));
  for (const step of steps) onStep(step);
  return lines;
};

const resource = (status: string): Step => ({
  type: 'resource',
  id: 'demo-db',
  resourceType: 'Cloudflare.D1Database',
  status,
});

describe('createProgress', () => {
  it('shows a resource once, when it has settled', () => {
    const lines = shown(resource('creating'), resource('created'), resource('updated'));
    expect(lines).toEqual(['  + demo-db                  D1Database           created']);
  });

  it('marks a resource that failed', () => {
    expect(shown(resource('fail'))).toEqual([
      '  ✗ demo-db                  D1Database           failed',
    ]);
  });

  it('does not let a deletion look like a creation', () => {
    expect(shown(resource('deleted'))).toEqual([
      '  - demo-db                  D1Database           deleted',
    ]);
  });

  it('says so when nothing has to change', () => {
    const lines: string[] = [];
    const resources: Plan['resources'] = ['a', 'b'].map((id) => ({
      id,
      type: 'T',
      action: 'noop',
      properties: [],
    }));
    createProgress((line) => lines.push(line)).onPlan({ resources });
    expect(lines).toEqual(['All 2 resources are in place']);
  });

  it('tells a phase once, and none that means nothing to a reader', () => {
    const reading: Step = { type: 'phase', status: 'importing-module' };
    expect(shown(reading, { type: 'phase', status: 'plan-ready' }, reading)).toEqual([
      'Reading alchemy.run.ts …',
    ]);
  });
});
