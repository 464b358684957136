// The walk of an assistant and its operator through a stack's life, start to end, on the real `bun start`: plan, deploy,
// use, change, destroy, be refused, be approved, and read in the journal what all of it was.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { listen } from '../../ci/listen.ts';
import { eventually } from '../kit/eventually.ts';
import { ended, type Operation, type Refusal, refusalOf, type ToolResult } from './operations.ts';
import { Project, SYSTEM_TEST_MS, type Running } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const project = new Project();
let running: Running;
let client: Client;
const heard: string[] = [];

beforeAll(async () => {
  running = await project.start();
  client = new Client({ name: 'walk', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${running.url}/mcp`), {
      requestInit: { headers: { 'X-MCP-Secret': project.setting('MCP_SHARED_SECRET') } },
    }),
  );
});
afterAll(async () => {
  await client.close();
  await project[Symbol.asyncDispose]();
});

const ask = async (name: string, args: Record<string, unknown> = {}): Promise<ToolResult> =>
  (await client.callTool(
    { name, arguments: args },
    { onprogress: ({ message }) => void heard.push(message ?? '') },
  )) as ToolResult;

const call = async (name: string, args: Record<string, unknown> = {}) => {
  const result = await ask(name, args);
  if (result.isError === true) {
    const text = result.content[0]?.text ?? '';
    throw new Error([`${name}: ${text}`, ...project.logged(text)].join('\n'));
  }
  return result.structuredContent ?? {};
};

/** An operation's last word: a call answers before it has one when that takes longer than a call may. */
const operate = (name: string, args: Record<string, unknown>): Promise<Operation> =>
  ended((tool, given) => call(tool, given), name, args);

const refuse = async (name: string, args: Record<string, unknown>): Promise<Refusal> =>
  refusalOf(await ask(name, args));

const plan = (stage: string) => operate('deploy_infrastructure', { stage, dryRun: true });

const usersOf = async (stage: string) =>
  (await call('query_database', { stage, query: 'SELECT count(*) FROM users' }))['rows'];

const visit = async (stage: string): Promise<void> => {
  const { resources } = (await call('get_resource_status', { stage })) as {
    resources: { id: string; url: string | null }[];
  };
  const app = resources.find(({ id }) => id === 'demo-app');
  expect((await fetch(app?.url ?? '')).status).toBe(200);
};

/** Rows of state, and local data, that are a stage's by name. */
const leftOf = (stage: string): string[] =>
  readdirSync(join(project.root, '.alchemy'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => /^(state|local)\//.test(name) && name.includes(stage),
  );

/** The gateway in front of local Workers says 502 where there is none any more. */
const isServed = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ status }) => status !== 502,
    () => false,
  );

const cli = async (...words: string[]) => {
  const child = Bun.spawn([process.execPath, 'src/cli/main.ts', ...words], {
    cwd: project.root,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      USER: 'grace',
      MCP_URL: running.url,
    },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { code, stdout, stderr } = await listen(child).ended;
  return { out: stdout + stderr, code };
};

describe('staging', () => {
  it('is planned: everything would be created, and nothing is', async () => {
    const planned = await plan('staging');
    expect(planned).toMatchObject({ kind: 'deploy_plan', stage: 'staging', status: 'succeeded' });
    expect(planned.changes?.every(({ action }) => action === 'create')).toBe(true);
    expect(planned.summary).toMatchObject({ create: planned.changes?.length, noop: 0 });
    expect(planned.digest).toMatch(/^[0-9a-f]{64}$/);
    const unknown = await refuse('get_resource_status', { stage: 'staging' });
    expect(unknown.code).toBe('UNKNOWN_STAGE');
  });

  it('is deployed, resource by resource', async () => {
    heard.length = 0;
    const deployed = await operate('deploy_infrastructure', { stage: 'staging' });
    expect(deployed.error).toBeUndefined();
    expect(deployed.status).toBe('succeeded');
    expect(heard.some((line) => line.includes('demo-db'))).toBe(true);
    expect(Object.values(deployed.outputs ?? {})).toContainEqual(expect.stringMatching(/^http/));
  });

  it('is a full copy that can be seen, read, listed, triggered and talked to', async () => {
    const stage = 'staging';
    await visit(stage);
    const status = await call('get_resource_status', { stage });
    expect(status).toMatchObject({ stage, summary: { unhealthy: 0 } });
    expect(await usersOf(stage)).toEqual([[12]]);
    expect(await call('list_bucket_objects', { stage, prefix: 'uploads/' })).toMatchObject({
      stage,
    });
    expect(await call('get_cache_stats', { stage })).toMatchObject({ stage });
    const started = await call('trigger_workflow', {
      stage,
      workflowName: 'OnboardingWorkflow',
      params: { userId: 'user-123' },
    });
    expect(started).toMatchObject({ stage, started: true });
    const sent = await call('send_durable_object_message', {
      stage,
      objectName: 'ChatDO',
      message: 'Hello staging',
    });
    expect(sent['reply']).toMatchObject({ messages: 1 });
  });

  it('keeps its data apart from those of prod', async () => {
    const sent = await call('send_durable_object_message', {
      objectName: 'ChatDO',
      message: 'Hello prod',
    });
    expect(sent['reply']).toMatchObject({ messages: 1 });
    const steps = 'SELECT count(*) FROM onboarding_steps';
    expect((await call('query_database', { query: steps }))['rows']).toEqual([[0]]);
  });

  it('is changed by exactly the plan that was reviewed', async () => {
    project.edit('alchemy.run.ts', (text) =>
      text.replace(
        "buckets: { 'demo-storage': storage },",
        "buckets: { 'demo-storage': storage, archive: Cloudflare.R2.Bucket('archive') },",
      ),
    );
    const planned = await plan('staging');
    const created = planned.changes?.filter(({ action }) => action === 'create');
    expect(created?.map(({ id }) => id)).toEqual(['archive']);
    const server = planned.changes?.find(({ id }) => id === 'mcp-server');
    expect(server).toMatchObject({ action: 'update' });
    expect(server?.properties?.map(({ path }) => path)).toContain('env.BUCKET_ARCHIVE');
    const deployed = await operate('deploy_infrastructure', {
      stage: 'staging',
      planId: planned.planId,
    });
    expect(deployed.error).toBeUndefined();
    expect(deployed.status).toBe('succeeded');
    const listed = await call('list_bucket_objects', { stage: 'staging', bucket: 'archive' });
    expect(listed).toMatchObject({ count: 0 });
    expect(await usersOf('staging')).toEqual([[12]]);
  });

  it('has nothing left to do; and that plan is refused once the world has moved away from it, with what moved', async () => {
    const planned = await plan('staging');
    expect(planned.changes).toEqual([]);
    expect(planned.summary).toMatchObject({ create: 0, update: 0, delete: 0, replace: 0 });
    const file = join(project.root, 'demo', 'worker.ts');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n// One byte more.\n`);
    const { planId } = planned;
    const stale = await refuse('deploy_infrastructure', { stage: 'staging', planId });
    expect(stale.code).toBe('PLAN_STALE');
    expect(stale.message).toContain('demo-app');
  });

  it('is destroyed after what would be lost was shown', async () => {
    const stage = 'staging';
    const shown = await operate('destroy_infrastructure', { stage });
    expect(shown).toMatchObject({ kind: 'destroy_plan', status: 'succeeded' });
    const lossOf = (id: string) => shown.losses?.find((loss) => loss.id === id);
    expect(lossOf('demo-db')).toMatchObject({ isComplete: true });
    expect(lossOf('demo-db')?.rows).toBeGreaterThanOrEqual(12);
    expect(lossOf('demo-storage')?.objects).toBeGreaterThanOrEqual(13);
    expect(lossOf('demo-cache')?.keys).toBe(8);
    expect(await usersOf(stage)).toEqual([[12]]);
    const { resources } = (await call('get_resource_status', { stage })) as {
      resources: { id: string; url: string | null }[];
    };
    const urls = resources.flatMap(({ url }) => (url === null ? [] : [url]));
    expect(urls.length).toBe(2);
    expect(leftOf(stage)).not.toEqual([]);

    const destroyed = await operate('destroy_infrastructure', { stage, confirm: true });
    expect(destroyed.error).toBeUndefined();
    expect(destroyed.status).toBe('succeeded');
    const gone = await refuse('query_database', { stage, query: 'SELECT 1' });
    expect(gone.code).toBe('UNKNOWN_STAGE');
    expect(gone.message).toContain('prod');
    await eventually(async () =>
      (await Promise.all(urls.map(isServed))).includes(true) ? undefined : true,
    );
    expect(leftOf(stage)).toEqual([]);
  });
});

describe('prod', () => {
  let operationId: string;

  it('is not destroyed by a confirmation: the refusal says what it takes', async () => {
    const refusal = await refuse('destroy_infrastructure', { stage: 'prod', confirm: true });
    expect(refusal.code).toBe('PLAN_REQUIRED');
    expect(refusal.next).toContain('planId');
  });

  it('is not destroyed by a plan and its phrase either: it waits for another person', async () => {
    const shown = await operate('destroy_infrastructure', { stage: 'prod' });
    const { planId, phrase } = shown;
    const args = { stage: 'prod', confirm: true, planId };
    expect((await refuse('destroy_infrastructure', args)).code).toBe('PHRASE_REQUIRED');
    const waiting = (await call('destroy_infrastructure', {
      ...args,
      phrase,
    })) as unknown as Operation;
    expect(waiting.status).toBe('awaiting_approval');
    expect(waiting.next).toContain(`bun mcp approve ${waiting.operationId}`);
    operationId = waiting.operationId;
    expect(await usersOf('prod')).toEqual([[12]]);
  });

  it('is not deployed without a plan that was reviewed', async () => {
    const refusal = await refuse('deploy_infrastructure', { stage: 'prod' });
    expect(refusal.code).toBe('PLAN_REQUIRED');
  });

  it('is destroyed once another person has said yes; its server stays to tell of it', async () => {
    const approved = await cli('approve', operationId, '--yes');
    expect(approved.out).toContain('Approved by grace');
    expect(approved.code).toBe(0);
    const destroyed = await ended((tool, given) => call(tool, given), 'get_operation', {
      operationId,
    });
    expect(destroyed.error).toBeUndefined();
    expect(destroyed).toMatchObject({ status: 'succeeded' });
    expect(readdirSync(join(project.root, '.alchemy/state/demo/prod')).toSorted()).toEqual([
      '__stack_output__.json',
      'mcp-server-flags.json',
      'mcp-server.json',
    ]);
    const data = readdirSync(join(project.root, '.alchemy/local'), {
      recursive: true,
      encoding: 'utf8',
    });
    expect(data.some((name) => name.startsWith('mcp-server-StageEngine'))).toBe(true);
    expect(data.filter((name) => /^(?:demo-app|r2\/dev_)/.test(name))).toEqual([]);
    const status = await call('get_resource_status', { stage: 'prod' });
    const { resources } = status as { resources: { id: string; status: string }[] };
    expect(resources.find(({ id }) => id === 'mcp-server')?.status).toMatch(/created|updated/);
    expect(resources.find(({ id }) => id === 'demo-db')?.status ?? 'unknown').toBe('unknown');
  });

  it('has a journal that shows all of it, and verifies', async () => {
    const journal = await cli('journal', '--stage', 'prod');
    for (const word of ['requested', 'refused', 'approved', 'admin:grace', 'begun', 'ended'])
      expect(journal.out).toContain(word);
    const verdict = await cli('journal', '--stage', 'prod', '--verify');
    expect(verdict.out).toContain('as it was written');
    expect(verdict.code).toBe(0);
    expect((await cli('journal', '--stage', 'staging', '--verify')).code).toBe(0);
  });

  it('is brought back by a plan and its deploy', async () => {
    const planned = await plan('prod');
    const deployed = await operate('deploy_infrastructure', {
      stage: 'prod',
      planId: planned.planId,
    });
    expect(deployed.error).toBeUndefined();
    expect(deployed.status).toBe('succeeded');
    await visit('prod');
    expect(await usersOf('prod')).toEqual([[12]]);
  });
});
