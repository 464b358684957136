// Does the account have what the state says? Alchemy's plan compares with its state alone, and would call a resource
// unchanged that somebody has deleted.
import * as Alchemist from 'alchemy/Alchemist';
import * as Effect from 'effect/Effect';

import type { Drift, DriftedResource } from '../contract/plan.ts';
import { byName, fieldsOf } from './narrow.ts';
import type { Observed } from './observed-state.ts';
import { leavesOf } from './plan-leaves.ts';
import { isShown } from './plan-rows.ts';
import type { StateRow } from './projection.ts';
import type { StageState } from './stage-state.ts';

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
    const observed = new Map<string, Observed>();
    const resources = state.rows.map((row): DriftedResource => {
      const { fqn: id, resourceType: type } = row;
      const resource = found.get(id);
      if (resource === undefined)
        return { id, type, status: 'unknown', properties: [], detail: reasonOf(row) };
      const { actual } = resource;
      const properties = resource.status === 'drifted' ? differences(row.attr, actual) : [];
      const status = statusOf(resource.status, properties);
      if (status === 'missing') observed.set(id, { status });
      if (status === 'drifted') observed.set(id, { status, actual });
      return { id, type, status, properties, detail: 'Cloudflare was asked.' };
    });
    const drift: Drift = { mode: 'live', resources };
    return { drift, observed };
  });

/** Alchemy takes for drift, too, what Cloudflare tells now and its state never had. */
const statusOf = (
  status: Alchemist.Drift.DriftedResource['status'],
  properties: DriftedResource['properties'],
): 'in_sync' | 'drifted' | 'missing' => {
  if (status === 'missing') return status;
  return status === 'drifted' && properties.length > 0 ? 'drifted' : 'in_sync';
};

const reasonOf = ({ status }: StateRow): string =>
  status === 'created' || status === 'updated'
    ? 'Alchemy does not look at resources of this type.'
    : `Its last operation did not finish (${status}): deploy again.`;

const differences = (expected: unknown, actual: unknown): DriftedResource['properties'] => {
  const kept = new Set(Object.keys(fieldsOf(expected)));
  const comparable = Object.entries(fieldsOf(actual)).filter(([name]) => kept.has(name));
  const before = leavesOf(expected);
  const after = leavesOf(Object.fromEntries(comparable));
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
