import { describe, expect, it } from 'bun:test';

import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { resource } from '../../../test/kit/scripted-stage.ts';
import { cancelOperation } from './cancel-operation.ts';
import { deployInfrastructure } from './deploy-infrastructure.ts';
import { destroyInfrastructure } from './destroy-infrastructure.ts';
import { getOperation } from './get-operation.ts';

const { cloud, stages, runner } = useOperatedCloud();

const cancel = (operationId: unknown) => ask(cloud(), cancelOperation, { operationId });

describe('cancel_operation', () => {
  it('ends one that waits, and it never starts', async () => {
    const stage = 'prod';
    const { planId, phrase } = await ask(cloud(), destroyInfrastructure, { stage });
    const args = { stage, confirm: true, planId, phrase };
    const waiting = await ask(cloud(), destroyInfrastructure, args);
    expect(waiting.status).toBe('awaiting_approval');
    expect(await cancel(waiting.operationId)).toMatchObject({
      status: 'cancelled',
      error: { code: 'OPERATION_CANCELLED' },
    });
    expect(runner().jobs.map(({ kind }) => kind)).not.toContain('destroy');
  });

  it('asks the runner of one that runs to stop', async () => {
    const started = Promise.withResolvers<void>();
    stages.set('preview-1', {
      resources: [resource('demo-kv')],
      during: async ({ isCancelled }) => {
        started.resolve();
        while (!isCancelled()) await Bun.sleep(5);
        return { status: 'cancelled', message: 'Stopped after demo-kv.' };
      },
    });
    const call = ask(cloud(), deployInfrastructure, { stage: 'preview-1' });
    await started.promise;
    const operationId = runner().jobs.at(-1)?.operationId;
    expect((await cancel(operationId)).status).toBe('running');
    expect(await call).toMatchObject({
      status: 'cancelled',
      error: { code: 'OPERATION_CANCELLED' },
    });
    expect(await ask(cloud(), getOperation, { operationId })).toMatchObject({
      status: 'cancelled',
    });
  });

  it('refuses what has ended, and what there is not', async () => {
    const done = await ask(cloud(), deployInfrastructure, { stage: 'preview-2' });
    const { operationId } = done;
    expect((await refusal(cloud(), 'cancel_operation', { operationId })).code).toBe(
      'OPERATION_ENDED',
    );
    const unknown = { operationId: `preview-2.${'0'.repeat(32)}` };
    expect((await refusal(cloud(), 'cancel_operation', unknown)).code).toBe('UNKNOWN_OPERATION');
  });
});
