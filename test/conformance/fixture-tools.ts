// The scenarios' tools that are like the product's: defined with defineTool, behind the seam.
import { z } from 'zod';

import { OpsError } from '../../src/contract/errors.ts';
import { defineTool } from '../../src/mcp/protocol/define-tool.ts';
import type { NamedStage } from '../../src/mcp/protocol/stages.ts';

const NOTHING = z.object({});
const said = z.object({ text: z.string() });

const common = { scope: 'infra:read', effect: 'read' } as const;

const simpleText = defineTool({
  ...common,
  name: 'test_simple_text',
  title: 'Simple text',
  description: 'Answers a text.',
  input: (_: NamedStage) => NOTHING,
  output: said,
  run: async () => ({ text: 'This is a simple text response for testing.' }),
});

const errorHandling = defineTool({
  ...common,
  name: 'test_error_handling',
  title: 'Error handling',
  description: 'Always refuses.',
  input: (_: NamedStage) => NOTHING,
  output: said,
  run: async () => {
    throw new OpsError('RESOURCE_FAILED', 'This tool intentionally returns an error for testing.');
  },
});

const withProgress = defineTool({
  ...common,
  name: 'test_tool_with_progress',
  title: 'Progress',
  description: 'Tells how far it is, three times.',
  input: (_: NamedStage) => NOTHING,
  output: said,
  run: async (_, { progress }) => {
    for (const step of ['started', 'halfway', 'done']) progress(step);
    return { text: 'done' };
  },
});

const mirroredHeader = defineTool({
  ...common,
  name: 'test_x_mcp_header',
  title: 'Mirrored header',
  description: 'Takes an argument that a header of the request must repeat.',
  input: (_: NamedStage) =>
    z.object({ region: z.string().optional().meta({ 'x-mcp-header': 'Region' }) }),
  output: said,
  run: async ({ region }) => ({ text: region ?? 'none' }),
});

const streamed = defineTool({
  ...common,
  name: 'test_streaming_elicitation',
  title: 'Streamed',
  description: 'Its stream carries the result and no request.',
  input: (_: NamedStage) => NOTHING,
  output: said,
  run: async (_, { progress }) => {
    progress('halfway');
    return { text: 'done' };
  },
});

export const seamTools = [simpleText, errorHandling, withProgress, mirroredHeader, streamed];
