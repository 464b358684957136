// Are the bindings of the stage alive? The server probes them itself; this is what it saw.
import { z } from 'zod';

import { type Answer, type AskServer, askMcp } from './ask-server.ts';
import { type Finding, bad, good, notable } from './finding.ts';

const MAX_NAMED = 5;

const resourceSchema = z.object({ id: z.string(), health: z.string(), detail: z.string() });

type Resource = z.output<typeof resourceSchema>;

const resultSchema = z.object({
  result: z.object({
    isError: z.literal(false).optional(),
    structuredContent: z.object({ resources: z.array(resourceSchema) }),
  }),
});

export const checkResources = async (
  ask: AskServer,
  credential: Readonly<Record<string, string>> | undefined,
): Promise<Finding[]> => {
  if (credential === undefined)
    return [
      notable('Bindings were not looked at: the server took no credential that may call a tool.'),
    ];
  const call = { name: 'get_resource_status', arguments: {} };
  const answer = await askMcp(ask, 'tools/call', call, credential);
  const result = resultSchema.safeParse(answer?.json).data?.result.structuredContent;
  if (result === undefined) return [notTold(answer)];
  const { resources } = result;
  const unhealthy = resources.filter(({ health }) => health === 'unhealthy');
  const unknown = resources.filter(({ health }) => health !== 'unhealthy' && health !== 'healthy');
  const healthy = resources.length - unhealthy.length - unknown.length;
  return [
    ...(healthy > 0 || resources.length === 0
      ? [good(`${healthy} of ${resources.length} resources are healthy.`)]
      : []),
    ...(unhealthy.length > 0
      ? [bad(`Unhealthy: ${named(unhealthy)} Look at the resource, or deploy the stack again.`)]
      : []),
    ...(unknown.length > 0 ? [notable(`Health unknown: ${named(unknown)}`)] : []),
  ];
};

const named = (resources: readonly Resource[]): string => {
  const told = resources
    .slice(0, MAX_NAMED)
    .map(({ id, detail }) => `${id} (${detail.slice(0, 90).replace(/\.$/, '')})`);
  const more = resources.length - told.length;
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
};

const notTold = (answer: Answer | undefined): Finding =>
  bad(
    `get_resource_status did not answer as it should (HTTP ${answer?.status ?? 'none'}). The log of the server has the reason.`,
  );
