import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { SAMPLE_SNAPSHOT } from '../../../test/kit/sample-stack.ts';
import { getResourceStatus } from './get-resource-status.ts';

const cloud = useCloud();
const status = () => ask(cloud(), getResourceStatus);

describe('get_resource_status', () => {
  it('tells of each resource what Alchemy’s state says', async () => {
    const { resources, stateAsOf } = await status();
    expect(stateAsOf).toBe(SAMPLE_SNAPSHOT.publishedAt);
    for (const { className: _, host: __, objects: ___, ...facts } of SAMPLE_SNAPSHOT.resources)
      expect(resources.find(({ id }) => id === facts.id)).toMatchObject(facts);
  });

  it('tells the stage, the stack, a summary that adds up, and the time of asking', async () => {
    const before = Date.now();
    const { stage, stack, summary, resources, timestamp } = await status();
    expect({ stage, stack }).toEqual({ stage: 'prod', stack: 'demo' });
    expect(summary.total).toBe(resources.length);
    expect(summary.healthy + summary.unhealthy + summary.unknown).toBe(summary.total);
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before - 1_000);
  });

  it('says unknown where nothing was probed, and why', async () => {
    const { resources } = await status();
    expect(resources.find(({ id }) => id === 'demo-jobs-consumer')).toMatchObject({
      health: 'unknown',
      latencyMs: null,
      checkedAt: null,
      detail: expect.stringContaining('alchemy.run.ts'),
    });
  });

  it('knows no other stage, and takes no arguments but that', async () => {
    const elsewhere = await refusal(cloud(), 'get_resource_status', { stage: 'staging' });
    expect(elsewhere.code).toBe('UNKNOWN_STAGE');
    expect(elsewhere.message).toContain('Known: prod.');
    for (const args of [{ stage: 'PROD' }, { stage: '' }, { stage: 7 }, { resource: 'demo-db' }])
      expect((await refusal(cloud(), 'get_resource_status', args)).code).toBe('INVALID_ARGUMENT');
  });
});

describe('get_resource_status before any runner has published', () => {
  const bare = useCloud({ bare: true });

  it('tells what is declared, probed, and that the state is unknown', async () => {
    const { resources, stateAsOf } = await ask(bare(), getResourceStatus);
    expect(stateAsOf).toBeNull();
    expect(resources.find(({ type }) => type === 'Cloudflare.D1Database')).toMatchObject({
      status: 'unknown',
      changedAt: null,
      mode: null,
      health: 'healthy',
    });
  });
});
