// What a runner publishes to the Worker after each operation: a stage's resources as Alchemy's state has them, with
// nothing but allow-listed facts. State itself holds secrets in clear and never leaves the runner.
import { z } from 'zod';

import { STAGE_NAME } from './stage.ts';

const snapshotResource = z.object({
  /** Fully qualified name in Alchemy's state. */
  id: z.string().min(1).max(500),
  /** Alchemy's resource type, such as `Cloudflare.D1Database`. */
  type: z.string().min(1).max(200),
  /** Alchemy's own word: created, updated, creating, updating, deleting, … */
  status: z.string().min(1).max(50),
  /** When Alchemy last wrote the resource's row; null where the store does not tell. */
  changedAt: z.iso.datetime().nullable(),
  /** Whether the resource lives on Cloudflare or in the local cloud. */
  mode: z.enum(['live', 'local']).nullable(),
  /** The name Cloudflare knows it by. */
  physicalName: z.string().max(500).nullable(),
  url: z.url({ protocol: /^https?$/ }).nullable(),
  /** Of a Workflow: the exported class. */
  className: z.string().max(200).nullable(),
  /** Of a Workflow: the physical name of the Worker that exports the class. */
  host: z.string().max(500).nullable(),
  /** Of a Worker: the Durable Object classes it exports. */
  objects: z.array(z.string().max(200)).max(500),
});

export const snapshotSchema = z.object({
  stack: z.string().min(1).max(200),
  stage: z.string().regex(STAGE_NAME),
  publishedAt: z.iso.datetime(),
  resources: z.array(snapshotResource).max(2_000),
});

/** A class that only the MCP server exports. */
const SERVERS_OWN = 'StageEngine';

/** The MCP server among what a stage consists of. */
export const serverIn = (resources: readonly SnapshotResource[]): SnapshotResource | undefined =>
  resources.find(({ objects }) => objects.includes(SERVERS_OWN));

export type SnapshotResource = z.output<typeof snapshotResource>;
export type Snapshot = z.output<typeof snapshotSchema>;
