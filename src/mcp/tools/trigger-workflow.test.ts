// The tool that starts a Workflow of the application: one run for one id, and what became of it.
import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { refusal } from '../../../test/kit/mcp-calls.ts';
import { stepsOf, trigger, untilEnded } from '../../../test/kit/workflow-runs.ts';

const cloud = useCloud({ oddApp: true });
const ONBOARD = { workflowName: 'OnboardingWorkflow', params: { userId: 'user-124' } };

describe('trigger_workflow', () => {
  it('starts a run with the params given, and tells its output once it is complete', async () => {
    const args = { ...ONBOARD, instanceId: 'run-1' };
    expect(await trigger(cloud(), args)).toMatchObject({ instanceId: 'run-1', started: true });
    expect(await untilEnded(cloud(), args)).toMatchObject({
      started: false,
      status: 'complete',
      output: { userId: 'user-124', user: 'Alan Turing', folder: 'uploads/user-124/welcome.txt' },
    });
    expect(await stepsOf(cloud(), 'run-1')).toEqual([
      { step: 'find-user', user_id: 'user-124', result: 'Alan Turing' },
      { step: 'create-folder', user_id: 'user-124', result: 'uploads/user-124/welcome.txt' },
      { step: 'queue-mail', user_id: 'user-124', result: 'queued' },
    ]);
  });

  it('starts each call a run of its own when no instanceId is given', async () => {
    const [first, second] = [await trigger(cloud(), ONBOARD), await trigger(cloud(), ONBOARD)];
    expect(first.instanceId).not.toBe(second.instanceId);
    expect([first.started, second.started]).toEqual([true, true]);
  });

  it('starts one run for one instanceId, however often it is asked', async () => {
    const args = { ...ONBOARD, params: { userId: 'user-125' }, instanceId: 'once' };
    const answers = [];
    for (let call = 0; call < 3; call++) answers.push(await trigger(cloud(), args));
    expect(answers.map(({ started }) => started)).toEqual([true, false, false]);
    await untilEnded(cloud(), args);
    expect(await stepsOf(cloud(), 'once')).toHaveLength(3);
  });

  it('tells why a run failed, in the words of the application', async () => {
    const args = { workflowName: 'FailingWorkflow', instanceId: 'failing' };
    await trigger(cloud(), args);
    const run = await untilEnded(cloud(), args);
    expect(run).toMatchObject({ status: 'errored', started: false });
    expect(run.error).toContain('The step "charge" was declined.');
    expect(run.output).toBeUndefined();
  });

  it('starts one instance when twenty ask for the same id at once', async () => {
    const args = {
      workflowName: 'OnboardingWorkflow',
      params: { userId: 'user-123' },
      instanceId: 'twenty-at-once',
    };
    const runs = await Promise.all(Array.from({ length: 20 }, () => trigger(cloud(), args)));
    expect(runs.filter(({ started }) => started)).toHaveLength(1);
  });

  it('lists the known workflows when asked for another, and starts nothing', async () => {
    for (const workflowName of ['Onboarding', 'ChatDO', 'onboardingworkflow']) {
      const { code, message } = await refusal(cloud(), 'trigger_workflow', { workflowName });
      expect(code).toBe('UNKNOWN_WORKFLOW');
      expect(message).toContain('Known: OnboardingWorkflow, FailingWorkflow, OddOutputWorkflow.');
    }
  });

  it.each([
    {},
    { workflowName: 'OnboardingWorkflow', params: 'user-123' },
    { workflowName: 'OnboardingWorkflow', params: ['user-123'] },
    { workflowName: 'OnboardingWorkflow', instanceId: '' },
    { workflowName: 'OnboardingWorkflow', instanceId: 'a b' },
    { workflowName: 'OnboardingWorkflow', instanceId: '../x' },
    { workflowName: 'OnboardingWorkflow', instanceId: '-x' },
    { workflowName: 'OnboardingWorkflow', instanceId: 'x'.repeat(101) },
    { workflow: 'OnboardingWorkflow' },
  ])('refuses %o', async (args) => {
    expect((await refusal(cloud(), 'trigger_workflow', args)).code).toBe('INVALID_ARGUMENT');
  });
});
