import { describe, expect, it } from 'bun:test';

import { ownerProblem } from './server-owner.ts';

const HUB = { id: 'ops', stack: 'shop', stage: 'live', hub: 'live' };
const OTHER = { ...HUB, stage: 'staging' };
const owners = (entries: Record<string, string>) =>
  new Map(
    Object.entries(entries).map(([name, owner]) => {
      const [stack = '', stage = ''] = owner.split('/');
      return [name, { stack, stage }];
    }),
  );

describe('a deploy', () => {
  it('goes on where nobody has the name, or the stage itself has it', () => {
    expect(ownerProblem(HUB, new Map())).toBeUndefined();
    expect(ownerProblem(HUB, owners({ ops: 'shop/live' }))).toBeUndefined();
    const both = owners({ ops: 'shop/live', 'ops-staging': 'shop/staging' });
    expect(ownerProblem(OTHER, both)).toBeUndefined();
    expect(ownerProblem(OTHER, owners({ ops: 'other/prod' }))).toBeUndefined();
  });

  it('does not take over the server of another stack', () => {
    expect(ownerProblem(HUB, owners({ ops: 'other/prod' }))).toContain('stack other, stage prod');
    const taken = owners({ 'ops-staging': 'other/staging' });
    expect(ownerProblem(OTHER, taken)).toContain('another id than "ops"');
  });

  it('does not make another hub, nor an ordinary stage of the hub, because a setting was forgotten', () => {
    const known = owners({ ops: 'shop/live' });
    for (const stage of ['prod', 'live', 'staging'])
      expect(ownerProblem({ ...HUB, stage, hub: 'prod' }, known)).toContain('MCP_HUB_STAGE=live');
  });

  it('does not take over the server of a stage that is called alike', () => {
    const problem = ownerProblem(OTHER, owners({ 'ops-staging': 'shop/else' }));
    expect(problem).toContain('the server of stage else');
  });
});
