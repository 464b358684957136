import { describe, expect, it } from 'bun:test';

import { by } from '../../../test/kit/edge-calls.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { deployer, destroyer, planner, reader } from '../../../test/kit/operation-tokens.ts';
import { cancelOperation } from './cancel-operation.ts';
import { destroyInfrastructure } from './destroy-infrastructure.ts';

const { cloud } = useOperatedCloud({ settings: { MCP_PROTECTED_STAGES: 'prod, staging' } });

/** One that waits for approval, of Ann. */
const waiting = async (stage = 'staging') => {
  const ann = destroyer('ann');
  const { planId, phrase } = await ask(cloud(), destroyInfrastructure, { stage }, ann);
  const args = { stage, confirm: true, planId, phrase };
  return ask(cloud(), destroyInfrastructure, args, ann);
};

describe('cancel_operation', () => {
  it('stops one’s own with the scope to plan', async () => {
    const { operationId } = await waiting();
    const cancelled = await ask(cloud(), cancelOperation, { operationId }, planner('ann'));
    expect(cancelled.status).toBe('cancelled');
  });

  it('stops another’s only with the scope to ask for its like', async () => {
    const { operationId } = await waiting();
    const refused = (token: Record<string, string>) =>
      refusal(cloud(), 'cancel_operation', { operationId }, token);
    for (const token of [planner('ben'), deployer('ben'), by('ann', { sub: 'eve' })]) {
      const { code, message } = await refused(token);
      expect(code).toBe('SCOPE_MISSING');
      expect(message).toContain('infra:destroy');
    }
    expect((await refused(reader('ann'))).code).toBe('SCOPE_MISSING');
    expect((await refused(by('x', { scope: 'infra:destroy' }))).code).toBe('SCOPE_MISSING');
    const cancelled = await ask(cloud(), cancelOperation, { operationId }, destroyer('ben'));
    expect(cancelled.status).toBe('cancelled');
  });

  it('stays within the stages of the token', async () => {
    const { operationId } = await waiting();
    const token = destroyer('ann', ['preview-*']);
    expect((await refusal(cloud(), 'cancel_operation', { operationId }, token)).code).toBe(
      'STAGE_NOT_ALLOWED',
    );
  });
});
