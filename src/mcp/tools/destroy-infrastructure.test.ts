import { describe, expect, it } from 'bun:test';

import { admin } from '../../../test/kit/edge-calls.ts';
import { keeps } from '../../../test/kit/keeps.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { resource } from '../../../test/kit/scripted-stage.ts';
import { destroyInfrastructure } from './destroy-infrastructure.ts';
import { getOperation } from './get-operation.ts';

const { cloud, stages, runner } = useOperatedCloud();

const destroy = (args: Record<string, unknown>) => ask(cloud(), destroyInfrastructure, args);
const kindsOf = (stage: string) =>
  runner()
    .jobs.filter((job) => job.stage === stage)
    .map(({ kind }) => kind);

const LOSS = {
  id: 'demo-db',
  type: 'Cloudflare.D1Database',
  tables: 3,
  rows: 48,
  isComplete: true,
  detail: 'Counted whole.',
} as const;

const approve = async (operationId: string, digest: string | undefined, name: string) =>
  admin(cloud(), 'POST', `/admin/operations/${operationId}/approval`, {
    body: { digest },
    headers: { 'X-Admin-Name': name },
  });

describe('destroy_infrastructure', () => {
  keeps(
    ['tool.destroy_infrastructure', 'security.confirmation'],
    'without confirm touches nothing, and tells what would be lost and how to go on',
    async () => {
      stages.set('preview-1', { resources: [resource('demo-db')], losses: [LOSS] });
      for (const args of [{ stage: 'preview-1' }, { stage: 'preview-1', confirm: false }]) {
        const plan = await destroy(args);
        expect(plan).toMatchObject({
          kind: 'destroy_plan',
          status: 'succeeded',
          summary: { delete: 1 },
          losses: [LOSS],
          phrase: 'destroy preview-1 1 resources',
        });
        expect(plan.next).toContain('confirm: true');
        expect(plan.next).toContain(`planId "${plan.planId}"`);
        expect(plan.next).toContain('phrase "destroy preview-1 1 resources"');
      }
      expect(kindsOf('preview-1')).toEqual(['destroy_plan', 'destroy_plan']);
    },
  );

  it('destroys with confirm, by the reviewed plan or without one', async () => {
    const { planId, phrase } = await destroy({ stage: 'preview-2' });
    const reviewed = await destroy({ stage: 'preview-2', confirm: true, planId, phrase });
    expect(reviewed).toMatchObject({ kind: 'destroy', status: 'succeeded' });
    expect(reviewed.next).toStartWith('Done');
    expect(await destroy({ stage: 'preview-3', confirm: true })).toMatchObject({
      status: 'succeeded',
    });
  });

  keeps(
    'security.production',
    'destroys a protected stage only by a plan, its phrase and the yes of another person',
    async () => {
      const stage = 'prod';
      const refused = (args: Record<string, unknown>) =>
        refusal(cloud(), 'destroy_infrastructure', { stage, confirm: true, ...args });
      expect((await refused({})).code).toBe('PLAN_REQUIRED');
      const { planId, phrase, digest } = await destroy({ stage });
      expect((await refused({ planId })).code).toBe('PHRASE_REQUIRED');
      expect((await refused({ planId, phrase: 'yes' })).code).toBe('PHRASE_REQUIRED');
      const waiting = await destroy({ stage, confirm: true, planId, phrase });
      expect(waiting.status).toBe('awaiting_approval');
      expect(waiting.next).toContain(`bun mcp approve ${waiting.operationId}`);
      expect(kindsOf(stage)).not.toContain('destroy');
      const { operationId } = waiting;
      const own = await approve(operationId, digest, 'shared-secret');
      expect(own.status).toBe(403);
      expect((await approve(operationId, 'e'.repeat(64), 'ada')).status).toBe(403);
      expect((await approve(operationId, digest, 'ada')).status).toBe(200);
      for (;;) {
        const { status } = await ask(cloud(), getOperation, { operationId });
        if (status === 'succeeded') break;
        await Bun.sleep(20);
      }
      expect(kindsOf(stage)).toContain('destroy');
    },
  );

  it('refuses a plan of another kind, and one that no longer holds', async () => {
    const { planId } = await destroy({ stage: 'preview-4' });
    const asDeploy = await refusal(cloud(), 'deploy_infrastructure', {
      stage: 'preview-4',
      planId,
    });
    expect(asDeploy.code).toBe('UNKNOWN_PLAN');
    stages.set('preview-4', { resources: [resource('demo-kv'), resource('demo-db')] });
    const args = { stage: 'preview-4', confirm: true, planId };
    const stale = await refusal(cloud(), 'destroy_infrastructure', args);
    expect(stale.code).toBe('PLAN_STALE');
  });
});
