import { createEndpoint } from '../../src/mcp/protocol/endpoint.ts';
import { createToolRegistry } from '../../src/mcp/protocol/tool-registry.ts';
import type { SeamCaller } from '../../src/mcp/protocol/tool-seam.ts';
// Stands in src/mcp/server.ts's place when the Worker is bundled for the conformance suite: the same edge, endpoint, tool
// seam and registry, with the tools, resources and prompts that the suite's scenarios call by name.
import type { createMcpServer as createProductServer } from '../../src/mcp/server.ts';
import { contentTools } from './fixture-content.ts';
import { features } from './fixture-features.ts';
import { inputTools } from './fixture-inputs.ts';
import { pushTools } from './fixture-pushes.ts';
import { seamTools } from './fixture-tools.ts';

export const createMcpServer: typeof createProductServer = (_, { stage, telemetry }) => {
  const registry = createToolRegistry(seamTools, {
    stages: { own: stage, isHub: false, open: () => stage },
    log: (facts) => telemetry.call(facts, 'INFO'),
    onFault: ({ tool }) => telemetry.note('ERROR', 'tool.failed', { tool }),
  });
  const endpoint = createEndpoint<SeamCaller>({
    info: { name: 'conformance-fixture', version: '1.0.0' },
    instructions: 'Serves what the official conformance suite asks for.',
    features,
    toolsFor: (caller) => [
      ...registry.toolsFor(caller),
      ...contentTools,
      ...inputTools,
      ...pushTools,
    ],
    grantOf: registry.grantOf,
    onError: ({ message }) => telemetry.note('ERROR', 'mcp.failed', { message }),
  });
  return (request, caller) => endpoint.fetch(request, caller);
};
