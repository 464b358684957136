import { describe, expect, it } from 'bun:test';

import type { Cloud } from '../../test/kit/cloud.ts';
import { useCloud } from '../../test/kit/cloud.ts';
import { RUNNER_TOKEN, SHARED_SECRET, token } from '../../test/kit/tokens.ts';
import { INSPECTION_PATH, inspectionSchema } from '../contract/inspection.ts';

const get = (cloud: Cloud, query = '', credential = RUNNER_TOKEN) =>
  cloud.fetch(`${INSPECTION_PATH}${query}`, { headers: { Authorization: `Bearer ${credential}` } });

const inspect = async (cloud: Cloud, query = '') => {
  const response = await get(cloud, query);
  expect(response.status).toBe(200);
  return inspectionSchema.strict().parse(await response.json());
};

describe('a runner that looks at a stage', () => {
  const cloud = useCloud();

  it('is told whether each resource answers, and counts nothing unless asked', async () => {
    const { stage, resources, losses } = await inspect(cloud());
    expect({ stage, losses }).toEqual({ stage: 'prod', losses: [] });
    expect(resources).toContainEqual({
      id: 'demo-db',
      type: 'Cloudflare.D1Database',
      health: 'healthy',
      detail: 'Answered a query.',
    });
    expect(resources.find(({ id }) => id === 'demo-jobs-consumer')?.health).toBe('unknown');
  });

  it('is told what data there is, counted through the bindings', async () => {
    const database = await cloud().database();
    await database.exec('CREATE TABLE "odd "" name" (x)');
    await database.exec('INSERT INTO "odd "" name" VALUES (1), (2)');
    const users = await database.prepare('SELECT count(*) AS n FROM users').first<number>('n');
    const { losses } = await inspect(cloud(), '?losses=1');
    const lossOf = (id: string) => losses.find((loss) => loss.id === id);
    const { rows, tables, isComplete } = lossOf('demo-db') ?? {};
    expect({ isComplete, users }).toEqual({ isComplete: true, users: 12 });
    expect(rows).toBeGreaterThanOrEqual(14);
    const named = await database
      .prepare(
        "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name IN (SELECT name FROM sqlite_schema WHERE name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name <> 'd1_migrations')",
      )
      .first<number>('n');
    expect(tables).toBe(named ?? -1);
    const listed = await (await cloud().bucket()).list();
    expect(lossOf('demo-storage')).toMatchObject({
      objects: listed.objects.length,
      bytes: listed.objects.reduce((sum, { size }) => sum + size, 0),
      isComplete: true,
    });
    expect(lossOf('demo-cache')).toMatchObject({ keys: 8, isComplete: true });
    expect(lossOf('demo-jobs')?.messages).toBeNumber();
    for (const id of ['demo-app/ChatDO', 'OnboardingWorkflow', 'mcp-server/StageEngine'])
      expect(lossOf(id)).toMatchObject({
        instances: null,
        isComplete: false,
        detail: expect.stringContaining('cannot be counted through a binding'),
      });
    expect(lossOf('demo-app')).toBeUndefined();
  });

  it('counts only for exactly losses=1', async () => {
    for (const query of ['?losses=0', '?losses=true', '?losses'])
      expect((await inspect(cloud(), query)).losses).toEqual([]);
  });
});

describe('a stage with a binding that was lost', () => {
  const cloud = useCloud({ unbound: ['BUCKET_DEMO_STORAGE'], bare: true });

  it('says that it does not know, instead of nothing lost', async () => {
    const { losses, resources } = await inspect(cloud(), '?losses=1');
    expect(losses.find(({ id }) => id === 'demo-storage')).toMatchObject({
      objects: null,
      bytes: null,
      isComplete: false,
      detail: expect.stringContaining('not bound'),
    });
    expect(resources.find(({ id }) => id === 'demo-storage')?.health).toBe('unhealthy');
  });
});

describe('anybody else', () => {
  const cloud = useCloud();

  it.each([
    ['the shared secret', SHARED_SECRET],
    ['a client’s token', token({ scope: 'infra:destroy' })],
    ['nothing', ''],
  ])('is told nothing: %s', async (_, credential) => {
    const response = await get(cloud(), '?losses=1', credential);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('demo-db');
  });
});
