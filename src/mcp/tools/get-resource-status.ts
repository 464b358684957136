import { z } from 'zod';

import { now as readClock } from '../../lib/clock.ts';
import { defineTool } from '../protocol/define-tool.ts';
import { resourceStatus } from '../stage/resource-status.ts';
import { timestamp } from './support/arguments.ts';

const resource = z.object({
  id: z.string().describe('Its name in Alchemy’s state.'),
  type: z.string().describe('Alchemy’s resource type.'),
  status: z
    .string()
    .describe(
      'As in Alchemy’s state: created, updated, …; unknown when no runner has published it.',
    ),
  changedAt: timestamp
    .nullable()
    .describe('When the state last changed; null where that is unknown.'),
  mode: z.enum(['live', 'local']).nullable(),
  physicalName: z.string().nullable(),
  url: z.string().nullable(),
  health: z.enum(['healthy', 'unhealthy', 'unknown']),
  detail: z.string().describe('What the probe saw, or why there was none.'),
  latencyMs: z.number().nullable(),
  checkedAt: timestamp.nullable().describe('When it was probed; null where it was not.'),
});

export const getResourceStatus = defineTool({
  name: 'get_resource_status',
  title: 'Get resource status',
  description:
    'Every resource of a stage as Alchemy’s state has it (type, status, when it last changed), each probed now through its binding: a query, a listing, a request. Start here to learn which databases, buckets, namespaces, workflows and Durable Objects there are.',
  scope: 'infra:read',
  effect: 'read',
  input: () => z.object({}),
  output: z.object({
    stage: z.string(),
    stack: z.string(),
    summary: z.object({
      total: z.number(),
      healthy: z.number(),
      unhealthy: z.number(),
      unknown: z.number(),
    }),
    resources: z.array(resource),
    stateAsOf: timestamp
      .nullable()
      .describe('When the runner published the state; null if it never did.'),
    timestamp,
  }),
  run: async (_, { stage }) => {
    const { resources, stateAsOf } = await resourceStatus(stage);
    const count = (health: string) => resources.filter((row) => row.health === health).length;
    return {
      stage: stage.name,
      stack: stage.catalog.stack,
      summary: {
        total: resources.length,
        healthy: count('healthy'),
        unhealthy: count('unhealthy'),
        unknown: count('unknown'),
      },
      resources,
      stateAsOf,
      timestamp: new Date(readClock()).toISOString(),
    };
  },
});
