// What ran before? The version that served before the present one and is something else: Alchemy's first deploy of a Worker
// uploads a placeholder, then the same code twice, and going back to either would be no way back.
import { type Result, ok } from '../lib/result.ts';
import type { CloudflareFailure } from './api.ts';
import type { Deployment, VersionDetail } from './worker-versions.ts';

export interface WayBack {
  readonly current: VersionDetail;
  /** Undefined where nothing else has served before, as far back as Cloudflare tells. */
  readonly previous?: VersionDetail;
}

type DetailOf = (id: string) => Promise<Result<VersionDetail, CloudflareFailure>>;

/** Only ever backwards: to go back twice is to go back further, not to the version one came from. */
export const wayBack = async (
  deployments: readonly Deployment[],
  detailOf: DetailOf,
): Promise<Result<WayBack | undefined, CloudflareFailure>> => {
  const [active, ...earlier] = deployments;
  const serving: VersionDetail[] = [];
  for (const id of active?.versionIds ?? []) {
    const detail = await detailOf(id);
    if (!detail.ok) return detail;
    serving.push(detail.value);
  }
  const [current, ...besides] = serving.toSorted((a, b) => b.number - a.number);
  if (current === undefined) return ok(undefined);
  const isWayBack = (version: VersionDetail) =>
    version.number < current.number &&
    version.content !== current.content &&
    !isPlaceholder(version, current);
  const shared = besides.find(isWayBack);
  if (shared !== undefined) return ok({ current, previous: shared });
  const asked = new Set(active?.versionIds);
  for (const id of earlier.flatMap(({ versionIds }) => versionIds)) {
    if (asked.has(id)) continue;
    asked.add(id);
    const detail = await detailOf(id);
    // One that is kept no longer is no way back either.
    if (!detail.ok && detail.error.type === 'refused' && detail.error.status === 404) continue;
    if (!detail.ok) return detail;
    if (isWayBack(detail.value)) return ok({ current, previous: detail.value });
  }
  return ok({ current });
};

/** It has the Durable Objects of the Worker and nothing else. */
export const isPlaceholder = (
  version: Pick<VersionDetail, 'bindingTypes'>,
  current: Pick<VersionDetail, 'bindingTypes'>,
): boolean => {
  const others = ({ bindingTypes }: Pick<VersionDetail, 'bindingTypes'>) =>
    bindingTypes.filter((type) => type !== 'durable_object_namespace').length;
  return others(version) === 0 && others(current) > 0;
};
