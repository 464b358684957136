import { describe, expect, it } from 'bun:test';

import { type Cloud, useCloud } from '../../test/kit/cloud.ts';
import { ask, refusal } from '../../test/kit/mcp-calls.ts';
import { SAMPLE_SNAPSHOT } from '../../test/kit/sample-stack.ts';
import { SHARED_SECRET, token } from '../../test/kit/tokens.ts';
import { getResourceStatus } from './tools/get-resource-status.ts';

const stateOf = async (cloud: Cloud) => {
  const { resources, stateAsOf } = await ask(cloud, getResourceStatus);
  return { stateAsOf, statuses: new Map(resources.map(({ id, status }) => [id, status])) };
};

const [firstRow] = SAMPLE_SNAPSHOT.resources;

describe('a runner that publishes its stage', () => {
  const cloud = useCloud({ bare: true });

  it('is heard: what it says is what the status tells, until it says otherwise', async () => {
    expect(await stateOf(cloud())).toMatchObject({ stateAsOf: null });
    const response = await cloud().publish(SAMPLE_SNAPSHOT);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ published: 9 });
    const first = await stateOf(cloud());
    expect(first.stateAsOf).toBe('2026-11-22T10:00:05.000Z');
    expect(first.statuses.get('demo-db')).toBe('updated');

    const publishedAt = '2026-11-22T11:00:00.000Z';
    const resources = SAMPLE_SNAPSHOT.resources.map((row) => ({ ...row, status: 'updating' }));
    await cloud().publish({ ...SAMPLE_SNAPSHOT, publishedAt, resources });
    const second = await stateOf(cloud());
    expect(second.stateAsOf).toBe(publishedAt);
    expect(second.statuses.get('demo-db')).toBe('updating');
  });

  it('can pass on nothing but the facts that are asked for', async () => {
    const resources = SAMPLE_SNAPSHOT.resources.map((row) => ({
      ...row,
      props: { secret: 'canary-77' },
    }));
    expect((await cloud().publish({ ...SAMPLE_SNAPSHOT, resources })).status).toBe(200);
    const status = await ask(cloud(), getResourceStatus);
    expect(JSON.stringify(status)).not.toContain('canary-77');
  });
});

describe('anybody else', () => {
  const cloud = useCloud();

  it.each([
    ['the shared secret', SHARED_SECRET],
    ['a client’s token', token({ scope: 'infra:deploy' })],
    ['a wrong token', 'c0a1e5d2f6b34c7d9e8f70615243a4b5c6d7e8f8'],
    ['nothing', ''],
  ])('is refused and changes nothing: %s', async (_, wrong) => {
    const response = await cloud().publish({ ...SAMPLE_SNAPSHOT, resources: [] }, wrong);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toStartWith('Bearer');
    expect(await response.json()).toMatchObject({ error: 'Unauthorized', code: 'UNAUTHENTICATED' });
    expect((await stateOf(cloud())).statuses.get('demo-db')).toBe('updated');
  });

  it.each([
    ['of what is no stage', { ...SAMPLE_SNAPSHOT, stage: 'Staging' }],
    ['without a date', { ...SAMPLE_SNAPSHOT, publishedAt: 'yesterday' }],
    ['without resources', { ...SAMPLE_SNAPSHOT, resources: undefined }],
    ['with a row of another form', { ...SAMPLE_SNAPSHOT, resources: [{ id: 'demo-db' }] }],
    [
      'with a row twice too long',
      { ...SAMPLE_SNAPSHOT, resources: [{ ...firstRow, id: 'x'.repeat(501) }] },
    ],
    [
      'of 2,001 rows',
      { ...SAMPLE_SNAPSHOT, resources: Array.from({ length: 2_001 }, () => firstRow) },
    ],
    ['that is text', 'snapshot'],
    ['that is nothing', null],
  ])('a state %s is 400 and changes nothing', async (_, snapshot) => {
    const response = await cloud().publish(snapshot);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'BAD_REQUEST',
      message: 'This is not the state of stage prod.',
    });
    expect((await stateOf(cloud())).statuses.get('demo-db')).toBe('updated');
  });

  it('the hub keeps the state of another stage apart, and looks for its server where that says', async () => {
    const resources = SAMPLE_SNAPSHOT.resources.map((row) =>
      row.id === 'mcp-server' ? { ...row, url: 'http://localhost:9' } : { ...row, status: 'odd' },
    );
    const other = { ...SAMPLE_SNAPSHOT, stage: 'staging', resources };
    expect((await cloud().publish(other)).status).toBe(200);
    expect((await stateOf(cloud())).statuses.get('demo-db')).toBe('updated');
    const refused = await refusal(cloud(), 'get_resource_status', { stage: 'staging' });
    expect(refused.code).toBe('STAGE_UNREACHABLE');
  });

  it('a state over 1 MiB is 413', async () => {
    const response = await cloud().publish({ ...SAMPLE_SNAPSHOT, stack: 'x'.repeat(1_048_576) });
    expect(response.status).toBe(413);
  });
});

describe('a server that expects no runner', () => {
  const cloud = useCloud({ settings: { MCP_RUNNER_TOKEN: undefined }, bare: true });

  it('refuses all of them', async () => {
    for (const anyToken of ['', 'undefined', SHARED_SECRET]) {
      const response = await cloud().publish(SAMPLE_SNAPSHOT, anyToken);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'AUTH_NOT_CONFIGURED' });
    }
  });
});
