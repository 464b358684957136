// The same tools on the SDK's own server, as its documentation registers them: no scope, no fence, no log, no limit.
import { McpServer } from '@modelcontextprotocol/server';

import { ownStage } from '../../src/mcp/own-stage.ts';
import { parseSettings } from '../../src/mcp/settings.ts';
import type { Stage } from '../../src/mcp/stage/stage.ts';
import { tools } from './tools.ts';

type Env = Readonly<Record<string, unknown>>;

const PRINCIPAL = { client: 'bench', subject: 'bench', scopes: [], stages: ['*'] };

export const serverFactory = (env: Env): (() => McpServer) => {
  const stage = stageOf(env);
  const described = tools.map((tool) => ({ tool, inputSchema: tool.input(stage) }));
  return () => {
    const server = new McpServer({ name: 'bench', version: '1.0.0' });
    for (const { tool, inputSchema } of described) {
      const { name, title, description, output: outputSchema } = tool;
      server.registerTool(
        name,
        { title, description, inputSchema, outputSchema },
        async (args, { mcpReq: { signal } }) => {
          const structuredContent = await tool.run(args as never, {
            stage,
            stageName: stage.name,
            principal: PRINCIPAL,
            now: Date.now(),
            signal,
            progress: () => {},
          });
          return {
            content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
            structuredContent,
          };
        },
      );
    }
    return server;
  };
};

const stageOf = (env: Env): Stage => {
  const parsed = parseSettings(env);
  if (!('settings' in parsed)) throw new Error(parsed.problems.join(' '));
  const record = {
    snapshot: async () => undefined,
    claim: async () => true,
    isHeldBy: async () => false,
    publish: async () => {},
  };
  return ownStage(parsed.settings, env, record, undefined);
};
