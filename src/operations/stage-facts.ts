// What the directory of stages learns from an operation's end.
import { catalogSchema } from '../contract/catalog.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { DEFAULT_HUB_STAGE } from '../contract/stage.ts';
import type { StageFacts } from './hub-door.ts';

/** Of MCP_CATALOG: the MCP server's own resource, which has the same id in every stage, and the hub's stage. */
export const placeOf = (catalog: unknown): { readonly self?: string; readonly hub: string } => {
  try {
    return catalogSchema.parse(JSON.parse(String(catalog)));
  } catch {
    return { hub: DEFAULT_HUB_STAGE };
  }
};

/** Undefined where nothing is known but what was known before. */
export const factsAfter = (
  kind: 'deploy' | 'destroy',
  outcome: Outcome,
  self: string | undefined,
  now: number,
): StageFacts | undefined => {
  const isGone = kind === 'destroy' && outcome.status === 'succeeded';
  if (isGone) return { isDeployed: false, url: null, updatedAt: new Date(now).toISOString() };
  return outcome.snapshot && factsOf(outcome.snapshot, self);
};

export const factsOf = (
  { resources, publishedAt }: Snapshot,
  self: string | undefined,
): StageFacts => ({
  isDeployed: resources.length > 0,
  url: resources.find(({ id }) => id === self)?.url ?? null,
  updatedAt: publishedAt,
});
