// A tool as the endpoint takes it, without the seam, for what no tool of the product does: other content than text, asking
// the caller for input, logging to the client.
import { fromJsonSchema, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';

import { annotationsOf } from '../../src/mcp/protocol/annotations.ts';
import type { EndpointTool, ToolAnswer } from '../../src/mcp/protocol/endpoint-tool.ts';
import type { SeamCaller } from '../../src/mcp/protocol/tool-seam.ts';

type Tool = EndpointTool<SeamCaller>;
type Content = Extract<ToolAnswer, { content: unknown }>['content'];

export const answer = (...content: Content): ToolAnswer => ({ content, structuredContent: {} });

export const text = (value: string) => ({ type: 'text' as const, text: value });

/** Answers without looking at the request, so the fast path may serve it. */
export const contentTool = (name: string, ...content: Content): Tool => ({
  ...described(name),
  run: async () => answer(...content),
});

/** Needs the SDK's context of the request. */
export const interactiveTool = (
  name: string,
  run: (mcp: ServerContext, args: unknown) => Promise<ToolAnswer>,
): Tool => ({
  ...described(name),
  interactive: true,
  run: (args, { mcp }) => {
    if (mcp === undefined) throw new Error('An interactive tool was called without its context.');
    return run(mcp, args);
  },
});

const described = (name: string) => ({
  name,
  title: name,
  description: `Fixture ${name} of the conformance suite.`,
  annotations: annotationsOf(name, 'read'),
  input: fromJsonSchema({ type: 'object', properties: {} }),
  output: z.object({}),
});
