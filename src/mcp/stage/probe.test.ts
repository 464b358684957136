// Probes against what is really there, and against what is really broken.
import { describe, expect, it } from 'bun:test';

import { type Cloud, useCloud } from '../../../test/kit/cloud.ts';
import { eventually } from '../../../test/kit/eventually.ts';
import { keeps } from '../../../test/kit/keeps.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { LEAK } from '../../../test/kit/odd-app.ts';
import { getResourceStatus } from '../tools/get-resource-status.ts';

const healthOf = async (cloud: Cloud) => {
  const { resources } = await ask(cloud, getResourceStatus);
  return new Map(resources.map(({ id, health, detail }) => [id, { health, detail }]));
};

describe('a resource that answers', () => {
  const cloud = useCloud();

  it('is healthy, and its probe says what it saw', async () => {
    const seen = await healthOf(cloud());
    expect(seen.get('demo-db')?.detail).toBe('Answered a query.');
    expect(seen.get('demo-storage')?.detail).toBe('Answered a listing.');
    expect(seen.get('demo-cache')?.detail).toBe('Answered a listing.');
    expect(seen.get('demo-app')?.detail).toBe('Answered HTTP 200.');
    expect(seen.get('demo-jobs')?.detail).toMatch(/^Backlog: \d+ messages, \d+ bytes\.$/);
    expect(seen.get('OnboardingWorkflow')?.health).toBe('healthy');
    expect(seen.get('demo-app/ChatDO')?.health).toBe('healthy');
  });

  it('is left as it was: no row, key, object, conversation or run more', async () => {
    const countAll = async () => {
      const database = await cloud().database();
      const rows = await database
        .prepare(
          'SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM jobs) + (SELECT count(*) FROM onboarding_steps) AS n',
        )
        .first('n');
      const objects = (await (await cloud().bucket()).list()).objects.length;
      const keys = (await (await cloud().namespace()).list()).keys.length;
      return { rows, objects, keys };
    };
    // The seed's own job is the last thing to arrive.
    await eventually(async () =>
      (await cloud().database())
        .prepare('SELECT id FROM jobs')
        .first('id')
        .then((id) => id ?? undefined),
    );
    const before = await countAll();
    await healthOf(cloud());
    await healthOf(cloud());
    expect(await countAll()).toEqual(before);
  });

  it('is probed at each call, not remembered', async () => {
    const times = [];
    for (let call = 0; call < 2; call++) {
      const { resources } = await ask(cloud(), getResourceStatus);
      times.push(resources.find(({ id }) => id === 'demo-db')?.checkedAt);
      await Bun.sleep(5);
    }
    expect(times[0]).not.toBe(times[1]);
  });
});

describe('a resource that does not answer', () => {
  const cloud = useCloud({
    oddApp: true,
    namespaces: ['demo-cache', 'lost-cache'],
    unbound: ['NAMESPACE_LOST_CACHE', 'BUCKET_DEMO_STORAGE', 'QUEUE_DEMO_JOBS'],
  });

  it('is unhealthy when its Worker answers 500', async () => {
    expect((await healthOf(cloud())).get('odd-app')).toEqual({
      health: 'unhealthy',
      detail: 'Answered HTTP 500.',
    });
  });

  it('is unhealthy when its class cannot start', async () => {
    expect((await healthOf(cloud())).get('odd-app/BrokenDO')?.health).toBe('unhealthy');
  });

  it('is healthy when it is merely of few words', async () => {
    const seen = await healthOf(cloud());
    for (const name of ['ThrowingDO', 'DeafDO', 'SilentDO'])
      expect(seen.get(`odd-app/${name}`)?.health, name).toBe('healthy');
  });

  keeps(
    'errors.bindings',
    'is unhealthy when it is declared but not bound, and a tool says the same',
    async () => {
      const seen = await healthOf(cloud());
      expect(seen.get('demo-storage')).toEqual({
        health: 'unhealthy',
        detail: 'The bucket "demo-storage" is declared but not bound.',
      });
      expect(seen.get('lost-cache')?.health).toBe('unhealthy');
      expect(seen.get('demo-jobs')?.health).toBe('unhealthy');
      const refused = await refusal(cloud(), 'list_bucket_objects');
      expect(refused.code).toBe('RESOURCE_FAILED');
      expect(refused.message).toContain('declared but not bound');
      expect(refused.next).toContain('deploy');
    },
  );

  it('takes nothing from the others, and the summary counts both', async () => {
    const { resources, summary } = await ask(cloud(), getResourceStatus);
    const unhealthy = resources.filter(({ health }) => health === 'unhealthy').map(({ id }) => id);
    expect(unhealthy.toSorted()).toEqual([
      'demo-jobs',
      'demo-storage',
      'lost-cache',
      'odd-app',
      'odd-app/BrokenDO',
    ]);
    expect(summary).toMatchObject({ total: resources.length, unhealthy: 5 });
    expect(summary.healthy + summary.unhealthy + summary.unknown).toBe(summary.total);
  });

  it('never tells why in its own words', async () => {
    const status = JSON.stringify(await ask(cloud(), getResourceStatus));
    expect(status).not.toContain(LEAK);
    expect(status).not.toContain('hunter2');
  });
});
