import { describe, expect, it } from 'bun:test';

import type { Plan } from '../contract/plan.ts';
import { lossProblem } from './loss-problem.ts';

const planOf = (actions: Record<string, Plan['resources'][number]['action']>): Plan => ({
  verb: 'deploy',
  stack: 'demo',
  stage: 'prod',
  digest: '0'.repeat(64),
  fingerprints: {},
  resources: Object.entries(actions).map(([id, action]) => ({
    id,
    type: 'Cloudflare.R2.Bucket',
    action,
    properties: [],
  })),
  warnings: [],
  losses: [],
});

describe('the gate before a start', () => {
  it('lets a stack through that only grows or changes', () => {
    expect(lossProblem(planOf({ a: 'create', b: 'update', c: 'noop' }), 'x')).toBeUndefined();
  });

  it.each(['delete', 'replace'] as const)(
    'names what a start would %s, and the way out',
    (action) => {
      const problem = lossProblem(planOf({ 'demo-storage': action }), 'bun start --delete');
      expect(problem).toContain(`demo-storage (R2.Bucket, ${action}d)`);
      expect(problem).toEndWith('bun start --delete');
    },
  );

  it('stops for a Durable Object class that is gone', () => {
    const plan: Plan = {
      ...planOf({ app: 'update' }),
      warnings: [{ code: 'CLASS_DATA_LOST', id: 'app', message: 'The data of ChatDO is gone.' }],
    };
    expect(lossProblem(plan, 'x')).toContain('The data of ChatDO is gone');
  });

  it('names a few of many', () => {
    const ids = Array.from({ length: 8 }, (_, index) => [`kv-${index}`, 'delete'] as const);
    expect(lossProblem(planOf(Object.fromEntries(ids)), 'x')).toContain('and 3 more');
  });
});
