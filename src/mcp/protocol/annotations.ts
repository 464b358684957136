// What a client is told about a tool before it calls it. Derived from the tool's effect, never written by hand, so a
// tool cannot promise more than it keeps. Hints are for asking a person in time; what is allowed is decided in the seam.
import type { ToolAnnotations } from '@modelcontextprotocol/server';

import type { Effect } from './define-tool.ts';

type Hints = Required<
  Pick<ToolAnnotations, 'readOnlyHint' | 'destructiveHint' | 'idempotentHint' | 'openWorldHint'>
>;

const HINTS: Record<Effect, Hints> = {
  read: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  // Runs the application's own code (a Workflow, a Durable Object), which may do anything the application can.
  run: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  // A deploy can replace a database, and what it deploys is reachable from outside.
  change: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
  destroy: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
};

export const annotationsOf = (title: string, effect: Effect): ToolAnnotations => ({
  title,
  ...HINTS[effect],
});
