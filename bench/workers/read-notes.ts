// The cheap tool that every subject serves: what is left of a call when the tool costs nothing.
import { z } from 'zod';

import { defineTool } from '../../src/mcp/protocol/define-tool.ts';
import type { Stage } from '../../src/mcp/stage/stage.ts';

const NOTES = ['Look before you leap.', 'Measure twice, cut once.', 'Slow is smooth.'];

export const readNotes = defineTool({
  name: 'read_notes',
  title: 'Read notes',
  description: 'Gives the notes there are, the newest first.',
  scope: 'infra:read',
  effect: 'read',
  input: (_: Stage) =>
    z.object({ limit: z.int().min(1).max(50).default(10).describe('Notes, at most.') }),
  output: z.object({ notes: z.array(z.string()), total: z.number() }),
  run: async ({ limit }) => ({ notes: NOTES.slice(0, limit), total: NOTES.length }),
});
