// Does a Worker serve what was deployed last, or was it taken back to an earlier version since? Alchemy does not know:
// its state says what it has uploaded, not what serves.
import type { Deployment, Version, WorkerVersions } from './worker-versions.ts';

export interface TakenBack {
  readonly served: Version;
  /** The newest version that has ever served, as far back as Cloudflare tells. */
  readonly newest: Version;
  readonly at: string;
  /** Why, in the words of whoever did it. */
  readonly message?: string;
}

/** Undefined where the newest version serves, if only a share of the requests, and where that cannot be known. */
export const takenBack = (
  [active, ...earlier]: readonly Deployment[],
  versions: readonly Version[],
): TakenBack | undefined => {
  if (active === undefined) return undefined;
  const deployed = new Set([active, ...earlier].flatMap(({ versionIds }) => versionIds));
  const numbered = versions
    .filter(({ id }) => deployed.has(id))
    .toSorted((a, b) => b.number - a.number);
  const [newest] = numbered;
  const served = numbered.find(({ id }) => active.versionIds.includes(id));
  if (newest === undefined || served === undefined || newest === served) return undefined;
  const { createdOn: at, message } = active;
  return { served, newest, at, ...(message !== undefined && { message }) };
};

/** The same, asked of Cloudflare. */
export const findTakenBack = async (worker: WorkerVersions): Promise<TakenBack | undefined> => {
  const deployments = await worker.deployments();
  if (!deployments.ok) return undefined;
  const versions = await worker.latest();
  return versions.ok ? takenBack(deployments.value, versions.value) : undefined;
};
