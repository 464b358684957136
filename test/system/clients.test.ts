// Real MCP clients against the real `bun start`: every tool through the official SDKs in both eras of the protocol, and the
// same few steps through each client that others wrote.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { tools } from '../../src/mcp/tools/index.ts';
import { runLoad } from '../kit/load.ts';
import { type AnyClient, INDEPENDENT_CLIENTS, SDK_CLIENTS, type Server } from './mcp-clients.ts';
import { Project, SYSTEM_TEST_MS, type Running } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const TOOLS = tools.map(({ name }) => name);

const project = new Project();
let running: Running;

beforeAll(async () => {
  project.edit('alchemy.run.ts', withSecondDatabaseAndBucket);
  running = await project.start();
});
afterAll(() => project[Symbol.asyncDispose]());

/** What an operator does to offer more: one line each. */
const withSecondDatabaseAndBucket = (stack: string): string =>
  stack
    .replace(
      "databases: { 'demo-db': db },",
      "databases: { 'demo-db': db, reports: Cloudflare.D1.Database('reports') },",
    )
    .replace(
      "buckets: { 'demo-storage': storage },",
      "buckets: { 'demo-storage': storage, archive: Cloudflare.R2.Bucket('archive') },",
    );

const server = (): Server => {
  const home = join(project.root, 'home');
  mkdirSync(home, { recursive: true });
  const headers = { 'X-MCP-Secret': project.setting('MCP_SHARED_SECRET') };
  return { endpoint: new URL(`${running.url}/mcp`), headers, home };
};

interface ToolResult {
  readonly isError?: boolean;
  readonly structuredContent?: Record<string, unknown>;
  readonly _meta?: Record<string, unknown>;
  readonly content: { type: string; text: string }[];
}

describe.each(Object.entries(SDK_CLIENTS))('%s', (name, connect) => {
  let client: AnyClient;

  const call = async (tool: string, args: Record<string, unknown> = {}) => {
    const result = (await client.callTool({ name: tool, arguments: args })) as ToolResult;
    expect(result.isError ?? false).toBe(false);
    return result.structuredContent ?? {};
  };

  beforeAll(async () => {
    client = await connect(server());
  });
  afterAll(() => client.close());

  it('lists the tools, in their order', async () => {
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(TOOLS);
  });

  it('learns that everything that can be probed is healthy', async () => {
    const status = await call('get_resource_status', { stage: 'prod' });
    expect(status).toMatchObject({ summary: { total: 17, healthy: 16, unhealthy: 0, unknown: 1 } });
  });

  it('reads the rows of the sample app', async () => {
    const page = await call('query_database', {
      query: 'SELECT name FROM users WHERE id = ?',
      params: ['user-123'],
    });
    expect(page).toMatchObject({ rows: [['Ada Lovelace']], rowCount: 1, truncated: false });
  });

  it('pages through its objects', async () => {
    const prefix = 'uploads/';
    const first = await call('list_bucket_objects', { prefix, limit: 8 });
    expect(first).toMatchObject({ count: 8, truncated: true });
    const second = await call('list_bucket_objects', {
      prefix,
      limit: 8,
      cursor: String(first['nextCursor']),
    });
    expect(second['truncated']).toBe(false);
  });

  it('runs a workflow that writes what it did to the database', async () => {
    const started = await call('trigger_workflow', {
      workflowName: 'OnboardingWorkflow',
      params: { userId: 'user-124' },
    });
    expect(started).toMatchObject({ started: true, workflowName: 'OnboardingWorkflow' });
    const steps = async () =>
      (
        await call('query_database', {
          query: 'SELECT step FROM onboarding_steps WHERE instance_id = ? ORDER BY rowid',
          params: [String(started['instanceId'])],
        })
      )['rows'];
    const deadline = performance.now() + 10_000;
    while (JSON.stringify(await steps()).split(',').length < 3 && performance.now() < deadline)
      await Bun.sleep(50);
    expect(await steps()).toEqual([['find-user'], ['create-folder'], ['queue-mail']]);
  });

  it('counts the keys of the cache', async () => {
    expect(await call('get_cache_stats')).toMatchObject({
      namespaces: [{ name: 'demo-cache', keyCount: 8, complete: true, withExpiration: 5 }],
    });
  });

  it('talks to one conversation of ChatDO', async () => {
    const message = { objectName: 'ChatDO', message: 'Hello from MCP', instance: name };
    expect((await call('send_durable_object_message', message))['reply']).toMatchObject({
      messages: 1,
    });
    expect((await call('send_durable_object_message', message))['reply']).toMatchObject({
      messages: 2,
    });
  });

  it('is offered the second database and bucket by name', async () => {
    const listed = JSON.stringify(await client.listTools());
    expect(listed).toContain('One of: demo-db, reports.');
    expect(listed).toContain('One of: demo-storage, archive.');
    expect(
      await call('query_database', { query: 'SELECT 1 AS one', database: 'reports' }),
    ).toMatchObject({ database: 'reports', rows: [[1]] });
    expect(await call('list_bucket_objects', { bucket: 'archive' })).toMatchObject({ count: 0 });
  });
});

/** Only revision 2026-07-28 puts this into every result. */
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

describe.each(Object.entries(INDEPENDENT_CLIENTS))(
  '%s, like every client',
  (_, { connect, isModern }) => {
    it('lists the tools, calls three, and is told why a fourth call is refused', async () => {
      const connected = await connect(server());
      const call = async (name: string, args: Record<string, unknown>) =>
        (await connected.callTool({ name, arguments: args })) as ToolResult;
      try {
        const { tools } = await connected.listTools();
        expect(tools.map(({ name }) => name)).toEqual(TOOLS);

        const status = await call('get_resource_status', { stage: 'prod' });
        expect(status.structuredContent).toMatchObject({ summary: { total: 17, unhealthy: 0 } });
        expect(SERVER_INFO in (status._meta ?? {})).toBe(isModern);
        const query = "SELECT name FROM users WHERE id = 'user-123'";
        const page = await call('query_database', { query });
        expect(page.structuredContent).toMatchObject({ rows: [['Ada Lovelace']] });
        const objects = await call('list_bucket_objects', { prefix: 'uploads/', limit: 3 });
        expect(objects.structuredContent).toMatchObject({ count: 3, truncated: true });

        const refused = await call('query_database', { query: "UPDATE users SET name = 'Eve'" });
        expect(refused.isError).toBe(true);
        expect(JSON.parse(refused.content[0]?.text ?? '')).toMatchObject({
          error: { code: 'SQL_NOT_A_READ', next: expect.stringContaining('SELECT') },
        });
        const after = await call('query_database', { query });
        expect(after.structuredContent).toEqual(page.structuredContent);
      } finally {
        await connected.close();
      }
    });
  },
);

describe('callers that are refused', () => {
  it('hear so each time: none of them meets a reset', async () => {
    const refuse = async (): Promise<number> => {
      const response = await fetch(server().endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-mcp-secret': 'wrong' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      });
      await response.text();
      return response.status;
    };
    const caller = async (): Promise<number[]> => {
      const statuses: number[] = [];
      while (statuses.length < 20) statuses.push(await refuse());
      return statuses;
    };
    const statuses = (await Promise.all(Array.from({ length: 20 }, caller))).flat();
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });
});

describe('fifty callers at once', () => {
  const requests = Number(process.env['LOAD_REQUESTS'] ?? 300);
  /** Far more than it needs, on a machine that does much else. */
  const limitMs = SYSTEM_TEST_MS + requests * 100;

  it(
    `are given ${requests} right answers`,
    async () => {
      const report = await runLoad({
        endpoint: server().endpoint,
        jwtSecret: project.setting('MCP_JWT_SECRET'),
        callers: 50,
        goesOn: (sent) => sent < requests,
      });
      expect(report).toEqual({ sent: requests, errors: [] });
    },
    limitMs,
  );
});
