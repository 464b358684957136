// What the directory of stages learns from an operation's end.
import { catalogSchema } from '../contract/catalog.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { StageFacts } from './hub-door.ts';

/** The MCP server's own resource, by MCP_CATALOG: it has the same id in every stage. */
export const selfOf = (catalog: unknown): string | undefined => {
  try {
    return catalogSchema.parse(JSON.parse(String(catalog))).self;
  } catch {
    return undefined;
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
