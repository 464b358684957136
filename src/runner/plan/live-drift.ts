// Does the account have what the state says? Alchemy's plan compares with its state alone, and would call a resource
// unchanged that somebody has deleted.
import * as Alchemist from 'alchemy/Alchemist';
import * as Effect from 'effect/Effect';

import { accountIn } from '../../cloudflare/account.ts';
import { createAskCloudflare } from '../../cloudflare/api.ts';
import { findTakenBack, type TakenBack } from '../../cloudflare/served-version.ts';
import { workerVersions } from '../../cloudflare/worker-versions.ts';
import type { Drift, DriftedResource } from '../../contract/plan.ts';
import { echo } from '../../lib/visible-text.ts';
import { byName, fieldsOf, textOf } from '../narrow.ts';
import type { StateRow } from '../projection.ts';
import type { StageState } from '../stage-state.ts';
import { leavesOf } from './leaves.ts';
import type { Observed } from './observed-state.ts';
import { isShown } from './rows.ts';
import { isSettled, unfinished } from './settled.ts';
import { WORKER } from './worker-classes.ts';

/** The property under which the version of a Worker is told. */
export const VERSION = 'version';

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
    const back = yield* Effect.promise(() => workersTakenBack(state.rows));
    const resources = state.rows.map((row): DriftedResource => {
      const { fqn: id, resourceType: type } = row;
      const resource = found.get(id);
      if (resource === undefined)
        return { id, type, status: 'unknown', properties: [], detail: reasonOf(row) };
      const { actual } = resource;
      const taken = resource.status === 'missing' ? undefined : back.get(id);
      const properties = [
        ...(resource.status === 'drifted' ? differences(row.attr, actual) : []),
        ...(taken === undefined ? [] : [versionOf(taken)]),
      ];
      const status = statusOf(resource.status, properties);
      if (status === 'missing') observed.set(id, { status });
      // What is in sync but for its version has the attributes of its row.
      const attr = resource.status === 'drifted' ? actual : row.attr;
      if (status === 'drifted') observed.set(id, { status, actual: attr });
      const detail = taken === undefined ? 'Cloudflare was asked.' : sentenceOf(taken);
      return { id, type, status, properties, detail };
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
  return properties.length > 0 ? 'drifted' : 'in_sync';
};

/** Which Workers serve an earlier version than was deployed last: Alchemy's state only knows what it has uploaded. */
const workersTakenBack = async (
  rows: readonly StateRow[],
): Promise<ReadonlyMap<string, TakenBack>> => {
  const account = accountIn(process.env);
  if (!account.ok) return new Map();
  const ask = createAskCloudflare(account.value);
  const asked = rows.map(async ({ fqn, resourceType, attr }): Promise<[string, TakenBack][]> => {
    const name = resourceType === WORKER ? textOf(fieldsOf(attr)['workerName']) : undefined;
    if (name === undefined) return [];
    const taken = await findTakenBack(workerVersions(ask, account.value, name));
    return taken === undefined ? [] : [[fqn, taken]];
  });
  return new Map((await Promise.all(asked)).flat());
};

const versionOf = ({ served, newest }: TakenBack): DriftedResource['properties'][number] => ({
  path: VERSION,
  expected: String(newest.number),
  actual: String(served.number),
});

const sentenceOf = ({ served, newest, at, message }: TakenBack): string => {
  const told = `It serves version ${served.number}, since ${at}, and version ${newest.number} was deployed last.`;
  return message === undefined ? told : `${told} Of that deployment is said: ${echo(message, 100)}`;
};

const reasonOf = ({ status }: StateRow): string =>
  isSettled(status) ? 'Alchemy does not look at resources of this type.' : unfinished(status);

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
