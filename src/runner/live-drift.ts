// Does the account have what the state says? Alchemy's plan compares with its state alone, and would call a resource
// unchanged that somebody has deleted.
import * as Alchemist from 'alchemy/Alchemist';
import * as Effect from 'effect/Effect';

import type { Drift, DriftedResource } from '../contract/plan.ts';
import { byName } from './narrow.ts';
import { leavesOf } from './plan-leaves.ts';
import { isShown } from './plan-rows.ts';
import type { StateRow } from './projection.ts';
import type { StageState } from './stage-state.ts';

const STATUSES = { 'in-sync': 'in_sync', drifted: 'drifted', missing: 'missing' } as const;
const MAX_TEXT = 200;
const MAX_PROPERTIES = 100;

/** Attributes that Cloudflare shows to everybody who may see the resource. */
const SHOWN =
  /^(url|urls\.\d+|databaseName|bucketName|queueName|workerName|workflowName|scriptName|domains\.\d+\.(name|hostname))$/;

export const inspectLive = (
  target: { readonly entrypoint: string; readonly stage: string },
  state: StageState,
) =>
  Effect.gen(function* () {
    const inspected = yield* Alchemist.Drift.inspect(target);
    const found = new Map(inspected.resources.map((resource) => [resource.fqn, resource]));
    const resources = state.rows.flatMap((row): DriftedResource[] => {
      const resource = found.get(row.fqn);
      const { fqn: id, resourceType: type } = row;
      if (resource === undefined)
        return [{ id, type, status: 'unknown', properties: [], detail: reasonOf(row) }];
      const status = STATUSES[resource.status];
      const properties = status === 'drifted' ? differences(row.attr, resource.actual) : [];
      return [{ id, type, status, properties, detail: 'Cloudflare was asked.' }];
    });
    return { mode: 'live', resources } satisfies Drift;
  });

const reasonOf = ({ status }: StateRow): string =>
  status === 'created' || status === 'updated'
    ? 'Alchemy does not look at resources of this type.'
    : `Its last operation did not finish (${status}): deploy again.`;

const differences = (expected: unknown, actual: unknown): DriftedResource['properties'] => {
  const before = leavesOf(expected);
  const after = leavesOf(actual);
  return byName(new Map([...before, ...after]))
    .filter(([path]) => before.get(path)?.text !== after.get(path)?.text)
    .map(([path]) => ({
      path: path.slice(0, MAX_TEXT),
      expected: shown(path, before.get(path)),
      actual: shown(path, after.get(path)),
    }))
    .slice(0, MAX_PROPERTIES);
};

const shown = (path: string, leaf: { text: string; kind: string } | undefined): string | null => {
  if (leaf === undefined) return null;
  if (leaf.kind === 'secret') return '(secret)';
  return isShown(path) || SHOWN.test(path) ? leaf.text.slice(0, MAX_TEXT) : '(hidden)';
};
