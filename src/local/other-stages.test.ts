import { describe, expect, it } from 'bun:test';

import type { PlannedResource } from '../contract/plan.ts';
import { changeProblem } from './other-stages.ts';

const row = (action: PlannedResource['action'], ...paths: string[]): PlannedResource => ({
  id: 'demo-app',
  type: 'Cloudflare.Worker',
  action,
  properties: paths.map((path) => ({ path, from: 'a', to: 'b' })),
});

describe('serving a stage again', () => {
  it('is allowed when nothing changes, or only code, which local Workers follow anyway', () => {
    expect(changeProblem({ resources: [row('noop'), row('update', 'code')] })).toBeUndefined();
  });

  it('is refused for any other change, with the names of what differs', () => {
    const changes = [
      row('update', 'code', 'env.LEVEL'),
      row('update'),
      row('create', 'code'),
      row('adopt'),
      row('replace', 'code'),
      row('delete'),
      row('run'),
    ];
    for (const change of changes)
      expect(changeProblem({ resources: [row('noop'), change] })).toContain('(demo-app)');
  });
});
