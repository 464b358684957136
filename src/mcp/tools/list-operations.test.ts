import { describe, expect, it } from 'bun:test';

import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { deployInfrastructure } from './deploy-infrastructure.ts';
import { listOperations } from './list-operations.ts';

const { cloud } = useOperatedCloud();

const plan = (stage: string) => ask(cloud(), deployInfrastructure, { stage, dryRun: true });

describe('list_operations', () => {
  it('lists those of a stage, newest first, and who asked', async () => {
    const first = await plan('preview-1');
    const second = await plan('preview-1');
    await plan('preview-2');
    const page = await ask(cloud(), listOperations, { stage: 'preview-1' });
    expect(page).toMatchObject({ stage: 'preview-1', count: 2 });
    expect(page.operations.map(({ operationId }) => operationId)).toEqual([
      second.operationId,
      first.operationId,
    ]);
    expect(page.operations[0]).toMatchObject({
      kind: 'deploy_plan',
      status: 'succeeded',
      requestedBy: 'shared-secret',
      planId: second.planId ?? '',
    });
    expect(page.nextBefore).toBeUndefined();
  });

  it('is paged', async () => {
    const made = [await plan('preview-3'), await plan('preview-3'), await plan('preview-3')];
    const stage = 'preview-3';
    const first = await ask(cloud(), listOperations, { stage, limit: 2 });
    const before = first.nextBefore;
    const second = await ask(cloud(), listOperations, { stage, limit: 2, before });
    expect([...first.operations, ...second.operations].map((line) => line.operationId)).toEqual(
      made.map((line) => line.operationId).toReversed(),
    );
    expect(second.nextBefore).toBeUndefined();
  });

  it('is about the server’s own stage unless told another, and empty where nothing was done', async () => {
    expect(await ask(cloud(), listOperations)).toMatchObject({ stage: 'prod' });
    const nothing = await ask(cloud(), listOperations, { stage: 'preview-99' });
    expect(nothing).toEqual({ stage: 'preview-99', operations: [], count: 0 });
  });

  it('takes a limit from 1 to 100', async () => {
    for (const limit of [0, 101, 1.5, '2'])
      expect((await refusal(cloud(), 'list_operations', { limit })).code).toBe('INVALID_ARGUMENT');
  });
});
