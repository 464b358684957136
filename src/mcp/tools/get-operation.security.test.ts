import { describe, expect, it } from 'bun:test';

import { by } from '../../../test/kit/edge-calls.ts';
import { ask, callTool, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { deployer, reader } from '../../../test/kit/operation-tokens.ts';
import { SHARED_SECRET } from '../../../test/kit/tokens.ts';
import { deployInfrastructure } from './deploy-infrastructure.ts';
import { getOperation } from './get-operation.ts';

const { cloud } = useOperatedCloud();

describe('get_operation', () => {
  it('is for tokens with its scope, and for the stage the operation is of', async () => {
    const { operationId } = await ask(cloud(), deployInfrastructure, { stage: 'staging' });
    expect((await ask(cloud(), getOperation, { operationId }, reader())).stage).toBe('staging');
    const others = by('x', { scope: 'infra:plan infra:deploy' });
    const codeOf = async (token: Record<string, string>) =>
      (await refusal(cloud(), 'get_operation', { operationId }, token)).code;
    expect(await codeOf(others)).toBe('SCOPE_MISSING');
    expect(await codeOf(reader('previews', ['preview-*', 'prod']))).toBe('STAGE_NOT_ALLOWED');
  });

  it('does not tell whether an operation of a stage exists to whom the stage is closed', async () => {
    const { operationId } = await ask(cloud(), deployInfrastructure, { stage: 'staging' });
    const token = reader('previews', ['preview-*']);
    const real = await refusal(cloud(), 'get_operation', { operationId }, token);
    const madeUp = { operationId: `staging.${'0'.repeat(32)}` };
    expect(await refusal(cloud(), 'get_operation', madeUp, token)).toEqual(real);
  });

  it('tells no key, no secret and nobody’s arguments', async () => {
    const args = { stage: 'preview-1', idempotencyKey: 'canary-key-5150' };
    const made = await ask(cloud(), deployInfrastructure, args, deployer());
    const result = await callTool(cloud(), 'get_operation', { operationId: made.operationId });
    for (const hidden of ['canary-key-5150', SHARED_SECRET, 'argumentsHash'])
      expect(JSON.stringify(result)).not.toContain(hidden);
  });
});
