import { describe, expect, it } from 'bun:test';

import { by } from '../../../test/kit/edge-calls.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { deployer, destroyer, planner, reader } from '../../../test/kit/operation-tokens.ts';
import { destroyInfrastructure } from './destroy-infrastructure.ts';

const { cloud, runner } = useOperatedCloud();
const NAME = 'destroy_infrastructure';

describe('destroy_infrastructure', () => {
  it('destroys for nobody else than who may destroy', async () => {
    const stage = 'preview-1';
    for (const token of [planner(), deployer()]) {
      expect((await ask(cloud(), destroyInfrastructure, { stage }, token)).status).toBe(
        'succeeded',
      );
      const refused = await refusal(cloud(), NAME, { stage, confirm: true }, token);
      expect(refused.code).toBe('SCOPE_MISSING');
      expect(refused.message).toContain('infra:destroy');
    }
    for (const token of [reader(), by('x', { scope: 'infra:destroy' })])
      expect((await refusal(cloud(), NAME, { stage, confirm: true }, token)).code).toBe(
        'SCOPE_MISSING',
      );
    expect(runner().jobs.map(({ kind }) => kind)).not.toContain('destroy');
    const args = { stage, confirm: true };
    expect((await ask(cloud(), destroyInfrastructure, args, destroyer())).status).toBe('succeeded');
  });

  it('stays within the stages of the token', async () => {
    const token = destroyer('previews', ['preview-*']);
    const before = runner().jobs.length;
    for (const stage of ['staging', 'prod'])
      for (const confirm of [true, false])
        expect((await refusal(cloud(), NAME, { stage, confirm }, token)).code).toBe(
          'STAGE_NOT_ALLOWED',
        );
    expect(runner().jobs).toHaveLength(before);
  });

  it('takes for a confirmation nothing but true', async () => {
    for (const confirm of ['true', 1, 'yes', null])
      expect((await refusal(cloud(), NAME, { stage: 'preview-2', confirm })).code).toBe(
        'INVALID_ARGUMENT',
      );
    for (const args of [{ Confirm: true }, { confirmed: true }, { force: true }])
      expect((await refusal(cloud(), NAME, { stage: 'preview-2', ...args })).code).toBe(
        'INVALID_ARGUMENT',
      );
  });

  it('of a protected stage takes nobody else’s plan', async () => {
    const { planId, phrase } = await ask(
      cloud(),
      destroyInfrastructure,
      { stage: 'prod' },
      destroyer('ann'),
    );
    const args = { stage: 'prod', confirm: true, planId, phrase };
    expect((await refusal(cloud(), NAME, args, destroyer('ben'))).code).toBe('UNKNOWN_PLAN');
  });
});
