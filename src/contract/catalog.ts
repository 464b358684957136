// What the MCP server may touch, by the names its users see. `src/infra` writes it from `alchemy.run.ts` into the
// Worker's MCP_CATALOG variable; the Worker reads it once per isolate.
import { z } from 'zod';

import { DEFAULT_HUB_STAGE } from './stage.ts';

/** `flags` is the server's own KV: probed like the rest, offered to no tool. */
const CATALOG_KINDS = [
  'database',
  'bucket',
  'namespace',
  'queue',
  'worker',
  'workflow',
  'object',
  'flags',
] as const;

export type CatalogKind = (typeof CATALOG_KINDS)[number];

const catalogEntry = z.object({
  kind: z.enum(CATALOG_KINDS),
  /** What callers say: a resource's declared name, or the class name of a Workflow or Durable Object. */
  name: z.string().min(1),
  /** The binding in the Worker's env. */
  binding: z.string().min(1),
  /** Fully qualified name in Alchemy's state; of a class, that of the Worker that exports it. */
  resource: z.string().min(1),
});

export const catalogSchema = z.object({
  stack: z.string().min(1),
  stage: z.string().min(1),
  /** The stage whose server owns the operations on every stage. */
  hub: z.string().min(1).default(DEFAULT_HUB_STAGE),
  /** The MCP server's own resource in Alchemy's state. */
  self: z.string().min(1),
  entries: z.array(catalogEntry),
});

export type CatalogEntry = z.output<typeof catalogEntry>;
export type Catalog = z.output<typeof catalogSchema>;
