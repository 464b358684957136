// Operations over the admin API, at a hub with a runner, and at a server that is none.
import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { admin, by } from '../../../test/kit/edge-calls.ts';
import { ask } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { resource } from '../../../test/kit/scripted-stage.ts';
import { SHARED_SECRET, token } from '../../../test/kit/tokens.ts';
import { journalPageSchema, operationsPageSchema } from '../../contract/admin.ts';
import { journalVerdictSchema, operationSchema } from '../../contract/operation.ts';
import { deployInfrastructure } from '../tools/deploy-infrastructure.ts';
import { destroyInfrastructure } from '../tools/destroy-infrastructure.ts';

const { cloud, stages } = useOperatedCloud();

const get = async (path: string) => (await admin(cloud(), 'GET', path)).json();
const plan = (stage: string) => ask(cloud(), deployInfrastructure, { stage, dryRun: true });

/** A destroy of production that waits for a yes, asked for by bob's program ci. */
const waiting = async () => {
  const bob = by('ci', { sub: 'bob', scope: 'infra:plan infra:destroy' });
  stages.set('prod', { resources: [resource('demo-db')] });
  const { planId, phrase } = await ask(cloud(), destroyInfrastructure, { stage: 'prod' }, bob);
  const args = { stage: 'prod', confirm: true, planId, phrase };
  const { operationId, digest = '' } = await ask(cloud(), destroyInfrastructure, args, bob);
  return { digest, path: `/admin/operations/${operationId}` };
};

const approve = (path: string, body: unknown, name?: string) =>
  admin(cloud(), 'POST', `${path}/approval`, {
    body,
    headers: name === undefined ? {} : { 'X-Admin-Name': name },
  });

describe('GET /admin/operations', () => {
  it('lists a stage’s, newest first, a page at a time', async () => {
    const made = [await plan('preview-1'), await plan('preview-1'), await plan('preview-1')];
    const path = '/admin/operations?stage=preview-1&limit=2';
    const first = operationsPageSchema.parse(await get(path));
    const second = operationsPageSchema.parse(await get(`${path}&before=${first.nextBefore}`));
    expect([...first.operations, ...second.operations].map((line) => line.operationId)).toEqual(
      made.map((line) => line.operationId).toReversed(),
    );
    expect(second.nextBefore).toBeUndefined();
  });

  it('tells one whole, plan and losses included', async () => {
    const { path, digest } = await waiting();
    const operation = operationSchema.parse(await get(path));
    expect(operation).toMatchObject({
      status: 'awaiting_approval',
      requester: { client: 'ci', subject: 'bob' },
      plan: { digest, resources: [{ id: 'demo-db', action: 'delete' }] },
    });
  });

  it.each(['?limit=0', '?limit=101', '?limit=x', '?stage=PROD', '?stage=../prod'])(
    'refuses a page that is none: %s',
    async (query) => {
      expect((await admin(cloud(), 'GET', `/admin/operations${query}`)).status).toBe(400);
    },
  );

  it.each(['nonsense', '%00', '%E0%A4', `prod.${'0'.repeat(32)}`, '..%2Fjournal'])(
    'knows no operation %s',
    async (id) => {
      const response = await admin(cloud(), 'GET', `/admin/operations/${id}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'UNKNOWN_OPERATION' });
    },
  );
});

describe('an approval', () => {
  it('is somebody’s: without a name it is refused', async () => {
    const { path, digest } = await waiting();
    const response = await approve(path, { digest });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('X-Admin-Name');
    expect(operationSchema.parse(await get(path)).status).toBe('awaiting_approval');
  });

  it('is another person’s than the one’s who asked, under any name', async () => {
    const { path, digest } = await waiting();
    for (const name of ['bob', 'ci', 'BOB']) {
      const response = await approve(path, { digest }, name);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'APPROVAL_REFUSED', error: 'Forbidden' });
    }
    expect(operationSchema.parse(await get(path)).status).toBe('awaiting_approval');
  });

  it('is for one digest', async () => {
    const { path, digest } = await waiting();
    expect((await approve(path, { digest: 'e'.repeat(64) }, 'ada')).status).toBe(403);
    for (const body of [{}, { digest: 7 }, { digest: 'x' }, { digest, force: true }, 'yes', null])
      expect((await approve(path, body, 'ada')).status).toBe(400);
    expect((await approve(path, { digest }, 'ada')).status).toBe(200);
  });

  it('starts the operation, and is in the journal with the name and the digest', async () => {
    const { path, digest } = await waiting();
    const approved = operationSchema.parse(await (await approve(path, { digest }, 'ada')).json());
    expect(approved.approver).toBe('admin:ada');
    const { entries } = journalPageSchema.parse(await get('/admin/journal?stage=prod&limit=500'));
    const { operationId } = approved;
    const yes = entries.filter((it) => it.type === 'approved' && it.operationId === operationId);
    expect(yes).toMatchObject([{ approver: 'admin:ada', digest }]);
  });
});

describe('a cancellation', () => {
  it('ends what waits, in the admin’s name', async () => {
    const { path } = await waiting();
    const response = await admin(cloud(), 'POST', `${path}/cancel`, {
      headers: { 'X-Admin-Name': 'eve' },
    });
    expect(operationSchema.parse(await response.json()).status).toBe('cancelled');
    const again = await admin(cloud(), 'POST', `${path}/cancel`);
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'OPERATION_ENDED', error: 'Conflict' });
    const { entries } = journalPageSchema.parse(await get('/admin/journal?limit=500'));
    expect(JSON.stringify(entries)).toContain('admin:eve');
  });
});

describe('GET /admin/journal', () => {
  it('tells what happened, oldest first, a page at a time', async () => {
    await plan('preview-2');
    const path = '/admin/journal?stage=preview-2&limit=2';
    const first = journalPageSchema.parse(await get(path));
    expect(first.entries[0]).toMatchObject({ seq: 1, type: 'requested', kind: 'deploy_plan' });
    const rest = journalPageSchema.parse(await get(`${path}&after=${first.nextAfter}`));
    expect(rest.entries[0]?.seq).toBe(3);
  });

  it('says whether it is as it was written', async () => {
    await plan('preview-3');
    const verdict = journalVerdictSchema.parse(await get('/admin/journal/verify?stage=preview-3'));
    expect(verdict).toMatchObject({ stage: 'preview-3', isIntact: true });
    expect(verdict.entries).toBeGreaterThan(1);
  });

  it.each(['?limit=501', '?after=-1', '?stage=*'])('refuses a page that is none: %s', async (q) => {
    expect((await admin(cloud(), 'GET', `/admin/journal${q}`)).status).toBe(400);
  });
});

const ROUTES = [
  ['GET', '/admin/operations'],
  ['GET', `/admin/operations/prod.${'0'.repeat(32)}`],
  ['POST', `/admin/operations/prod.${'0'.repeat(32)}/approval`],
  ['POST', `/admin/operations/prod.${'0'.repeat(32)}/cancel`],
  ['GET', '/admin/journal'],
  ['GET', '/admin/journal/verify'],
] as const;

describe.each(ROUTES)('%s %s', (method, path) => {
  it('is for the admin token alone', async () => {
    for (const credential of [token({ scope: 'infra:destroy' }), SHARED_SECRET, '']) {
      const headers = { Authorization: `Bearer ${credential}`, 'X-Admin-Name': 'ada' };
      expect((await cloud().fetch(path, { method, headers })).status).toBe(401);
    }
    expect(
      (await cloud().fetch(path, { method, headers: { 'X-MCP-Secret': SHARED_SECRET } })).status,
    ).toBe(401);
  });

  it('has no other method', async () => {
    for (const other of ['PUT', 'DELETE', 'PATCH'])
      expect((await admin(cloud(), other, path)).status).toBe(405);
  });
});

describe('a server beside the hub', () => {
  const staging = useCloud({ stage: 'staging' });

  it.each(ROUTES)('has no operations: %s %s', async (method, path) => {
    const response = await admin(staging(), method, path, { headers: { 'X-Admin-Name': 'ada' } });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'NOT_THE_HUB' });
  });
});
