// What has moved between the plan that was reviewed and the one computed right before the effect, in words.
import type { Plan, PlannedResource } from '../../contract/plan.ts';

const MAX_NAMED = 10;
/** The rest of Alchemy's state, in a plan's fingerprints. */
const STATE = '*';

/** One sentence part a resource, sorted by id; never empty, since two digests differed. */
export const planDifference = (reviewed: Plan, fresh: Plan): readonly string[] => {
  const ids = new Set(
    [reviewed, fresh].flatMap(({ resources, fingerprints }) => [
      ...resources.map(({ id }) => id),
      ...Object.keys(fingerprints),
    ]),
  );
  ids.delete(STATE);
  const moved = [...ids].toSorted().flatMap((id) => differenceOf(id, reviewed, fresh) ?? []);
  if (reviewed.fingerprints[STATE] !== fresh.fingerprints[STATE]) moved.push('Alchemy’s state');
  return moved.length === 0 ? ['something the plan depends on'] : moved;
};

/** The same as a sentence of bounded length. */
export const differenceInWords = (reviewed: Plan, fresh: Plan): string => {
  const moved = planDifference(reviewed, fresh);
  const named = moved.slice(0, MAX_NAMED).join('; ');
  const rest = moved.length - MAX_NAMED;
  return rest > 0 ? `${named}; and ${rest} more` : named;
};

const differenceOf = (id: string, reviewed: Plan, fresh: Plan): string | undefined => {
  const before = resourceOf(reviewed, id);
  const after = resourceOf(fresh, id);
  if (before?.action !== after?.action)
    return `${id} (${before?.action ?? 'not in the plan'} → ${after?.action ?? 'not in the plan'})`;
  const paths = movedPaths(before, after);
  if (paths.length > 0) return `${id} (${paths.join(', ')})`;
  // Of what is not shown, only the resource can be named.
  return reviewed.fingerprints[id] === fresh.fingerprints[id]
    ? undefined
    : `${id} (files, secrets or state behind it)`;
};

const MAX_PATHS = 3;

const movedPaths = (
  before: PlannedResource | undefined,
  after: PlannedResource | undefined,
): string[] => {
  const seen = valuesOf(before);
  const now = valuesOf(after);
  const paths = [...new Set([...seen.keys(), ...now.keys()])]
    .filter((path) => seen.get(path) !== now.get(path))
    .toSorted();
  return paths.length > MAX_PATHS ? [...paths.slice(0, MAX_PATHS), '…'] : paths;
};

const valuesOf = (resource: PlannedResource | undefined): ReadonlyMap<string, string> =>
  new Map(
    (resource?.properties ?? []).map(({ path, from, to }) => [path, JSON.stringify([from, to])]),
  );

const resourceOf = ({ resources }: Plan, id: string): PlannedResource | undefined =>
  resources.find((resource) => resource.id === id);
