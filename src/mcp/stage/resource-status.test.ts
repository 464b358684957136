import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { catalogOf, SAMPLE, SAMPLE_SNAPSHOT } from '../../../test/kit/sample-stack.ts';
import type { CatalogEntry } from '../../contract/catalog.ts';
import type { SnapshotResource } from '../../contract/snapshot.ts';
import { pair } from './resource-status.ts';

const ENTRIES = catalogOf(SAMPLE).entries;
const ROWS = SAMPLE_SNAPSHOT.resources;
const row = (id: string, over: Partial<SnapshotResource> = {}): SnapshotResource => ({
  id,
  type: 'Cloudflare.Worker',
  status: 'created',
  changedAt: null,
  mode: 'local',
  physicalName: null,
  url: null,
  className: null,
  host: null,
  objects: [],
  ...over,
});

const entry = (kind: CatalogEntry['kind'], name: string, resource = name): CatalogEntry => ({
  kind,
  name,
  binding: name.toUpperCase(),
  resource,
});

const idsOf = (pairs: ReturnType<typeof pair>): string[] =>
  pairs.map(({ resource }) => resource.id);

describe('the join of state and declarations', () => {
  it('has every row of the state, with the entry that reaches it, in the order of ids', () => {
    const joined = pair(ROWS, ENTRIES).map(({ resource, entry }) => [resource.id, entry?.kind]);
    expect(joined).toEqual([
      ['OnboardingWorkflow', 'workflow'],
      ['demo-app', 'worker'],
      ['demo-app/ChatDO', 'object'],
      ['demo-cache', 'namespace'],
      ['demo-db', 'database'],
      ['demo-jobs', 'queue'],
      ['demo-jobs-consumer', undefined],
      ['demo-storage', 'bucket'],
      ['mcp-server', undefined],
      ['mcp-server-flags', 'flags'],
      ['mcp-server/StageEngine', undefined],
    ]);
  });

  it('has what is declared and in no state, its status unknown', () => {
    const joined = pair([], ENTRIES);
    expect(joined.map(({ resource }) => resource.status)).toEqual(ENTRIES.map(() => 'unknown'));
    expect(new Set(joined.map(({ entry }) => entry))).toEqual(new Set(ENTRIES));
    expect(joined.map(({ resource }) => resource.changedAt)).toEqual(ENTRIES.map(() => null));
  });

  it('has a row for each Durable Object class, of the Worker that exports it', () => {
    const host = row('app', {
      objects: ['Chat', 'Room'],
      status: 'updated',
      url: 'https://app.example/',
    });
    const joined = pair([host], [entry('object', 'Room', 'app')]);
    expect(joined).toMatchObject([
      { resource: { id: 'app', type: 'Cloudflare.Worker' } },
      {
        resource: {
          id: 'app/Chat',
          type: 'Cloudflare.DurableObject',
          status: 'updated',
          url: null,
        },
      },
      { resource: { id: 'app/Room' }, entry: { name: 'Room' } },
    ]);
    expect(joined[1]?.entry).toBeUndefined();
  });

  it('takes no class of one Worker for the same class of another', () => {
    const hosts = [row('app', { objects: ['Chat'] }), row('other', { objects: ['Chat'] })];
    const joined = pair(hosts, [entry('object', 'Chat', 'other')]);
    const reached = joined.filter(({ entry }) => entry !== undefined);
    expect(idsOf(reached)).toEqual(['other/Chat']);
  });

  it('takes a name of one kind for nothing of another', () => {
    const joined = pair([row('app/Chat')], [entry('database', 'Chat', 'app')]);
    expect(joined).toHaveLength(2);
  });

  it('loses nothing and doubles nothing, whatever there is', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const rows = fc.uniqueArray(
      fc.record({ id: name, objects: fc.uniqueArray(fc.constantFrom('X', 'Y')) }),
      { selector: ({ id }) => id },
    );
    const kinds = fc.constantFrom('database', 'bucket', 'worker', 'object');
    const entries = fc.uniqueArray(fc.record({ kind: kinds, name, resource: name }), {
      selector: ({ resource }) => resource,
    });
    fc.assert(
      fc.property(rows, entries, (rows, entries) => {
        const resources = rows.map(({ id, objects }) => row(id, { objects }));
        const declared = entries.map(({ kind, name, resource }) => entry(kind, name, resource));
        const joined = pair(resources, declared);
        const ids = idsOf(joined);
        for (const { id, objects } of rows) {
          expect(ids.filter((other) => other === id).length).toBeGreaterThanOrEqual(1);
          for (const object of objects) expect(ids).toContain(`${id}/${object}`);
        }
        for (const one of declared)
          expect(joined.filter(({ entry }) => entry === one)).toHaveLength(1);
        const stateRows = rows.reduce((sum, { objects }) => sum + 1 + objects.length, 0);
        const unmatched = joined.filter(({ resource }) => resource.status === 'unknown').length;
        expect(joined).toHaveLength(stateRows + unmatched);
        expect(ids).toEqual(ids.toSorted());
      }),
    );
  });
});
