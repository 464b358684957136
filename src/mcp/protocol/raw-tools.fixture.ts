// Tools that did not come through the seam, which checks arguments itself and has no use for the rest: with them the
// layers meet arguments the schema refuses, questions back, headers that repeat arguments, and results that are no object.
import { z } from 'zod';

import type { EndpointTool } from './endpoint-tool.ts';
import type { SeamCaller } from './tool-seam.ts';

const raw = (
  name: string,
  over: Partial<EndpointTool<SeamCaller>> = {},
): EndpointTool<SeamCaller> => ({
  name,
  title: name,
  description: name,
  annotations: {},
  input: z.object({ limit: z.number().min(1).default(1) }),
  output: z.object({ limit: z.unknown() }),
  run: async (args) => ({
    content: [{ type: 'text', text: JSON.stringify(args) }],
    structuredContent: { limit: JSON.stringify(args) },
  }),
  ...over,
});

export const RAW_TOOLS: readonly EndpointTool<SeamCaller>[] = [
  raw('raw'),
  raw('asking', {
    interactive: true,
    // Without the SDK there is nobody to ask.
    run: async (_, { mcp }) => ({
      content: [],
      structuredContent: { limit: mcp === undefined ? 'nobody' : 'the SDK' },
    }),
  }),
  raw('headed', {
    input: z.object({ limit: z.string().optional().meta({ 'x-mcp-header': 'Limit' }) }),
  }),
  raw('listing', {
    output: z.array(z.string()),
    run: async () => ({ content: [], structuredContent: ['a'] }),
  }),
];
