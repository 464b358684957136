// An operation as an engine answers it, for tests of what is made of it.
import type { Operation } from '../../../contract/operation.ts';
import type { Plan } from '../../../contract/plan.ts';

const DIGEST = 'd'.repeat(64);

export const planWith = (over: Partial<Plan> = {}): Plan => ({
  verb: 'deploy',
  stack: 'demo',
  stage: 'staging',
  digest: DIGEST,
  fingerprints: {},
  resources: [
    { id: 'demo-db', type: 'Cloudflare.D1Database', action: 'create', properties: [] },
    { id: 'demo-kv', type: 'Cloudflare.KV.Namespace', action: 'create', properties: [] },
    { id: 'demo-r2', type: 'Cloudflare.R2.Bucket', action: 'noop', properties: [] },
  ],
  warnings: [],
  losses: [],
  ...over,
});

export const operationOf = (over: Partial<Operation> = {}): Operation => ({
  operationId: `staging.${'0'.repeat(32)}`,
  kind: 'deploy_plan',
  stage: 'staging',
  status: 'succeeded',
  requester: { client: 'ci', subject: 'ada' },
  tool: 'deploy_infrastructure',
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:01.000Z',
  fence: 1,
  isCancelRequested: false,
  plan: planWith(),
  lastSeq: 0,
  ...over,
});
