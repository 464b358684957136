// What a run is given and what it answers stays data, unlogged, and for those who may start one.
import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { callTool, refusal } from '../../../test/kit/mcp-calls.ts';
import { bearer } from '../../../test/kit/tokens.ts';
import { stepsOf, trigger, untilEnded } from '../../../test/kit/workflow-runs.ts';

const cloud = useCloud({ oddApp: true });
const ONBOARD = { workflowName: 'OnboardingWorkflow', params: { userId: 'user-124' } };

describe('trigger_workflow', () => {
  it('tells an output that JSON has no form for as JSON would', async () => {
    const args = { workflowName: 'OddOutputWorkflow', instanceId: 'odd' };
    await trigger(cloud(), args);
    const run = await untilEnded(cloud(), args);
    expect(run).toMatchObject({
      status: 'complete',
      output: { text: 'hidden \\u{202E}text', at: '1970-01-01T00:00:00.000Z' },
    });
  });

  it('hands params over as data: what looks like SQL or code stays text', async () => {
    const userId = "'; DROP TABLE users; --";
    const args = { workflowName: 'OnboardingWorkflow', params: { userId }, instanceId: 'inject' };
    await trigger(cloud(), args);
    expect(await untilEnded(cloud(), args)).toMatchObject({
      status: 'complete',
      output: { userId, user: null },
    });
    const users = (await cloud().database()).prepare('SELECT count(*) AS n FROM users');
    expect(await users.first('n')).toBe(12);
  });

  it('never logs params', async () => {
    await trigger(cloud(), { ...ONBOARD, params: { userId: 'canary-param' } });
    expect(cloud().logs.join('\n')).not.toContain('canary-param');
  });

  it('is for tokens that say so: reading is not enough', async () => {
    const args = { ...ONBOARD, instanceId: 'forbidden' };
    for (const claims of [{}, { scope: 'infra:read object:send' }]) {
      const { code } = await refusal(cloud(), 'trigger_workflow', args, bearer(claims));
      expect(code).toBe('SCOPE_MISSING');
    }
    expect(await stepsOf(cloud(), 'forbidden')).toEqual([]);
    const allowed = bearer({ scope: 'workflow:trigger' });
    expect((await callTool(cloud(), 'trigger_workflow', args, allowed)).isError ?? false).toBe(
      false,
    );
  });
});
