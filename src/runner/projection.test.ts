import { describe, expect, it } from 'bun:test';

import { snapshotSchema } from '../contract/snapshot.ts';
import { type StateRow, project } from './projection.ts';

const NOW = Date.UTC(2026, 10, 22);

const row = (over: Partial<StateRow>): StateRow => ({
  fqn: 'demo-db',
  resourceType: 'Cloudflare.D1Database',
  status: 'created',
  providerMode: 'local',
  attr: { databaseName: 'demo-db-prod-x1' },
  writtenAt: NOW - 1_000,
  ...over,
});

const only = (over: Partial<StateRow>) => {
  const [resource] = project('demo', 'prod', [row(over)], NOW).resources;
  if (resource === undefined) throw new Error('no resource');
  return resource;
};

describe('project', () => {
  it('tells type, status, when, mode and the physical name', () => {
    expect(only({})).toEqual({
      id: 'demo-db',
      type: 'Cloudflare.D1Database',
      status: 'created',
      changedAt: '2026-11-21T23:59:59.000Z',
      mode: 'local',
      physicalName: 'demo-db-prod-x1',
      url: null,
      className: null,
      host: null,
      objects: [],
    });
  });

  it('says null for what the store does not tell', () => {
    expect(only({ writtenAt: undefined, providerMode: undefined, attr: undefined })).toMatchObject({
      changedAt: null,
      mode: null,
      physicalName: null,
    });
  });

  it('lists the Durable Object classes a Worker exports, in order', () => {
    const attr = { durableObjectNamespaces: { B: 'x', A: 'y' } };
    expect(only({ attr }).objects).toEqual(['A', 'B']);
  });

  it('puts resources in the order of their ids', () => {
    const rows = ['c', 'a', 'b'].map((fqn) => row({ fqn }));
    expect(project('demo', 'prod', rows, NOW).resources.map(({ id }) => id)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('gives what the server accepts', () => {
    expect(() => snapshotSchema.parse(project('demo', 'prod', [row({})], NOW))).not.toThrow();
  });

  const canary = 'canary-7f3a91';
  const places: Record<string, unknown> = {
    'a Redacted attribute': { secret: { __redacted__: canary } },
    'a plain attribute': { password: canary },
    'a nested attribute': { origin: { user: canary } },
    'the query of a URL': { url: `https://example.com/?token=${canary}` },
    'the user of a URL': { url: `https://${canary}@example.com/` },
    'the fragment of a URL': { url: `https://example.com/#${canary}` },
    'a URL of another kind': { url: `postgres://db/${canary}` },
  };
  it.each(Object.keys(places))('lets no secret out of %s', (place) => {
    expect(JSON.stringify(only({ attr: places[place] }))).not.toContain(canary);
  });

  it('lets nothing out of props, bindings or unknown fields of a row', () => {
    const wide = {
      ...row({}),
      props: { env: canary },
      bindings: [{ data: canary }],
      extra: canary,
    };
    expect(JSON.stringify(project('demo', 'prod', [wide], NOW))).not.toContain(canary);
  });
});
