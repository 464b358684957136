import { describe, expect, it } from 'bun:test';

import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { deployInfrastructure } from './deploy-infrastructure.ts';
import { getOperation } from './get-operation.ts';

const { cloud } = useOperatedCloud();

describe('get_operation', () => {
  it('tells an operation of any stage as it stands', async () => {
    const plan = await ask(cloud(), deployInfrastructure, { stage: 'preview-1', dryRun: true });
    const read = await ask(cloud(), getOperation, { operationId: plan.operationId });
    expect(read).toEqual(plan);
  });

  it.each([
    `prod.${'0'.repeat(32)}`,
    `never-deployed.${'0'.repeat(32)}`,
    'prod',
    '',
    `prod.${'0'.repeat(31)}`,
    `PROD.${'0'.repeat(32)}`,
    `../prod.${'0'.repeat(32)}`,
    '__proto__',
  ])('knows no operation %p, and says where to look', async (operationId) => {
    const { code, next } = await refusal(cloud(), 'get_operation', { operationId });
    expect(code).toBe('UNKNOWN_OPERATION');
    expect(next).toContain('list_operations');
  });
});
