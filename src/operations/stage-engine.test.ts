// The engine and the hub in real workerd, over real WebSockets.
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { eventually } from '../../test/kit/eventually.ts';
import { type OperationsCloud, startOperations } from '../../test/kit/operations-cloud.ts';
import {
  ALICE,
  admitted,
  planOf,
  snapshotOf,
  stepOf,
  submissionOf,
} from '../../test/kit/operations.ts';
import { connectRunner } from '../../test/kit/runner-socket.ts';

let cloud: OperationsCloud;
beforeAll(async () => {
  cloud = await startOperations();
}, 30_000);
afterAll(() => cloud[Symbol.asyncDispose]());

describe('a protected stage', () => {
  it('is planned, deployed by the plan, and destroyed by plan, phrase and another person', async () => {
    const engine = cloud.engine('prod');
    const runner = await connectRunner(cloud.url);

    const asked = admitted(await engine.submit(submissionOf('deploy_plan')));
    const planning = await runner.lease('prod');
    expect(planning).toMatchObject({ operationId: asked.operationId, fence: 1, isHub: true });
    if (planning === null) throw new Error('no job');
    expect(await runner.events(planning, [stepOf(1)])).toBe(1);
    await runner.finish(planning, { status: 'succeeded', plan: planOf('deploy', 'prod') });
    const planned = await engine.operation(asked.operationId);
    expect(planned).toMatchObject({ status: 'succeeded', lastSeq: 1, plan: { verb: 'deploy' } });

    const planId = planned?.planId ?? '';
    const deploy = admitted(await engine.submit(submissionOf('deploy', { planId })));
    const job = await runner.lease('prod');
    if (job === null) throw new Error('no job');
    expect(job).toMatchObject({ operationId: deploy.operationId, planId, fence: 2 });
    expect(await runner.begin(job, planOf('deploy', 'prod'))).toBe(true);
    expect(await engine.operation(deploy.operationId)).toMatchObject({ status: 'running' });
    const outcome = { status: 'succeeded', snapshot: snapshotOf('prod') } as const;
    await runner.finish(job, { ...outcome, outputs: { url: 'https://demo.example.com' } });
    expect(await engine.operation(deploy.operationId)).toMatchObject({
      status: 'succeeded',
      plan: { verb: 'deploy' },
      outputs: { url: 'https://demo.example.com' },
    });
    expect(await engine.snapshot()).toEqual(snapshotOf('prod'));
    const stages = await eventually(async () => {
      const known = await cloud.hub.stages();
      return known.length > 0 ? known : undefined;
    });
    expect(stages).toEqual([
      { name: 'prod', url: 'https://mcp-server-prod.example.com', updatedAt: expect.any(String) },
    ]);

    const destroyPlan = admitted(await engine.submit(submissionOf('destroy_plan')));
    const again = await runner.lease('prod');
    if (again === null) throw new Error('no job');
    await runner.finish(again, { status: 'succeeded', plan: planOf('destroy', 'prod') });
    const secondPlan = (await engine.operation(destroyPlan.operationId))?.planId ?? '';
    const bare = await engine.submit(submissionOf('destroy', { planId: secondPlan }));
    expect(bare).toMatchObject({
      ok: false,
      error: {
        code: 'PHRASE_REQUIRED',
        message: expect.stringContaining('"destroy prod 1 resources"'),
      },
    });
    const phrase = 'destroy prod 1 resources';
    const destroy = admitted(
      await engine.submit(submissionOf('destroy', { planId: secondPlan, phrase })),
    );
    expect(destroy.status).toBe('awaiting_approval');
    expect(await runner.lease('prod')).toBeNull();
    const { digest } = planOf('destroy', 'prod');
    expect(
      await engine.approve(destroy.operationId, { approver: 'admin:Alice', digest }),
    ).toMatchObject({ error: { code: 'APPROVAL_REFUSED' } });
    admitted(await engine.approve(destroy.operationId, { approver: 'admin:bob', digest }));
    const last = await runner.lease('prod');
    if (last === null) throw new Error('no job');
    expect(await runner.begin(last, planOf('destroy', 'prod'))).toBe(true);
    await runner.finish(last, {
      status: 'succeeded',
      snapshot: snapshotOf('prod', { resources: [], publishedAt: '2026-11-22T11:00:00.000Z' }),
    });
    await eventually(async () => ((await cloud.hub.stages()).length === 0 ? true : undefined));

    const verdict = await engine.verifyJournal();
    expect(verdict).toMatchObject({ isIntact: true, stage: 'prod' });
    const journal = await engine.journal({ limit: 100 });
    expect(journal.map(({ type, outcome }) => `${type} ${outcome ?? ''}`.trim())).toEqual([
      'requested',
      `leased test ${runner.runnerId}`,
      'ended succeeded',
      'planned',
      'requested',
      `leased test ${runner.runnerId}`,
      'begun',
      'ended succeeded',
      'requested',
      `leased test ${runner.runnerId}`,
      'ended succeeded',
      'planned',
      'refused PHRASE_REQUIRED',
      'requested',
      'refused APPROVAL_REFUSED',
      'approved',
      `leased test ${runner.runnerId}`,
      'begun',
      'ended succeeded',
    ]);
    expect(journal[0]?.requester).toEqual(ALICE);
    runner.close();
  });
});
