// Two projects of one user, with Workers of the same names, at the same time: neither may touch the other's data.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import { Project, SYSTEM_TEST_MS, type Running } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const first = new Project();
const second = new Project();

afterAll(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

describe('two starts of one user', () => {
  let there: Running;

  beforeAll(async () => {
    await first.start();
    there = await second.start();
  });

  const steps = async (project: Project) => {
    const query = 'SELECT count(*) FROM onboarding_steps';
    return (await project.call('query_database', { query }))['rows'];
  };

  it('keep their workflows and their databases apart', async () => {
    const run = {
      workflowName: 'OnboardingWorkflow',
      params: { userId: 'user-123' },
      instanceId: 'here',
    };
    await first.call('trigger_workflow', run);
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline && JSON.stringify(await steps(first)) !== '[[3]]')
      await Bun.sleep(100);
    expect(await steps(first)).toEqual([[3]]);
    expect(await steps(second)).toEqual([[0]]);
  });

  it('keep their Durable Objects apart', async () => {
    const message = { objectName: 'ChatDO', message: 'only here' };
    await first.call('send_durable_object_message', message);
    const reply = await second.call('send_durable_object_message', message);
    expect(reply['reply']).toMatchObject({ messages: 1 });
  });

  it('go on when the other ends', async () => {
    there.kill('SIGTERM');
    await there.exited;
    const status = await first.call('get_resource_status', {});
    expect(status).toMatchObject({ summary: { unhealthy: 0 } });
  });
});
