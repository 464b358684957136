// Plans, submissions and snapshots as tests of the operations use them.
import { expect } from 'bun:test';

import type { Operation, OperationEvent, Submission } from '../../src/contract/operation.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { Snapshot } from '../../src/contract/snapshot.ts';

export const digestOf = (seed: string): string =>
  new Bun.CryptoHasher('sha256').update(seed).digest('hex');

export const ALICE = { client: 'alice', subject: 'alice@example.com' };
export const BOB = { client: 'bob', subject: 'bob@example.com' };

export const planOf = (
  verb: 'deploy' | 'destroy',
  stage: string,
  changes: Partial<Plan> = {},
): Plan => ({
  verb,
  stack: 'demo',
  stage,
  digest: digestOf(`${verb} ${stage}`),
  fingerprints: { 'demo-db': digestOf('demo-db'), '*': digestOf('state') },
  resources: [
    {
      id: 'demo-db',
      type: 'Cloudflare.D1Database',
      action: verb === 'deploy' ? 'create' : 'delete',
      properties: [],
    },
  ],
  warnings: [],
  losses: [],
  ...changes,
});

export const submissionOf = (
  kind: Submission['kind'],
  changes: Partial<Submission> = {},
): Submission => ({
  kind,
  requester: ALICE,
  tool: kind.startsWith('destroy') ? 'destroy_infrastructure' : 'deploy_infrastructure',
  argumentsHash: digestOf(JSON.stringify([kind, changes.planId, changes.phrase])),
  ...changes,
});

export const stepOf = (seq: number, status = 'creating'): OperationEvent => ({
  seq,
  at: '2026-11-22T10:00:00.000Z',
  type: 'resource',
  id: 'demo-db',
  status,
});

export const snapshotOf = (stage: string, changes: Partial<Snapshot> = {}): Snapshot => ({
  stack: 'demo',
  stage,
  publishedAt: '2026-11-22T10:00:05.000Z',
  resources: [
    {
      id: 'mcp-server',
      type: 'Cloudflare.Worker',
      status: 'created',
      changedAt: null,
      mode: 'live',
      physicalName: `mcp-server-${stage}`,
      url: `https://mcp-server-${stage}.example.com`,
      className: null,
      host: null,
      objects: [],
    },
  ],
  ...changes,
});

/** The operation that was let in; a refusal fails the test with its words. */
export const admitted = (
  result: { ok: true; value: Operation } | { ok: false; error: { code: string; message: string } },
): Operation => {
  if (!result.ok) expect(result.error).toBe('no refusal' as never);
  return (result as { value: Operation }).value;
};
