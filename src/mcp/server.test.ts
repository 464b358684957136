// The server as a whole: what is declared is offered, what is not is unknown, and nothing it says is a constant.
import { describe, expect, it } from 'bun:test';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { useCloud } from '../../test/kit/cloud.ts';
import { post, refusal, rpc } from '../../test/kit/mcp-calls.ts';
import { withSecret } from '../../test/kit/tokens.ts';
import { tools } from './tools/index.ts';

const cloud = useCloud({
  databases: ['demo-db', 'archive-db'],
  buckets: ['demo-storage', 'backups'],
  namespaces: ['demo-cache', 'sessions'],
});

describe('what alchemy.run.ts declares', () => {
  it('is offered by the tools, a second database and bucket like the first', async () => {
    const { result } = await rpc(cloud(), 'tools/list');
    const text = JSON.stringify(result);
    for (const names of ['demo-db, archive-db', 'demo-storage, backups', 'demo-cache, sessions'])
      expect(text).toContain(`One of: ${names}.`);
    expect(text).toContain('Default: demo-db.');
  });

  it('is all there is: an unknown name is answered with the known ones', async () => {
    const cases = [
      [
        'query_database',
        { query: 'SELECT 1', database: 'x' },
        'UNKNOWN_DATABASE',
        'demo-db, archive-db',
      ],
      ['list_bucket_objects', { bucket: 'x' }, 'UNKNOWN_BUCKET', 'demo-storage, backups'],
      ['get_cache_stats', { namespace: 'x' }, 'UNKNOWN_NAMESPACE', 'demo-cache, sessions'],
      ['trigger_workflow', { workflowName: 'x' }, 'UNKNOWN_WORKFLOW', 'OnboardingWorkflow'],
      [
        'send_durable_object_message',
        { objectName: 'x', message: 'x' },
        'UNKNOWN_OBJECT',
        'ChatDO',
      ],
      ['get_resource_status', { stage: 'x' }, 'UNKNOWN_STAGE', 'prod'],
    ] as const;
    for (const [name, args, code, known] of cases) {
      const refused = await refusal(cloud(), name, args);
      expect(refused.code).toBe(code);
      expect(refused.message).toContain(`Known: ${known}.`);
    }
  });

  it('does not reach what the server keeps for itself', async () => {
    const { code } = await refusal(cloud(), 'get_cache_stats', { namespace: 'mcp-server-flags' });
    expect(code).toBe('UNKNOWN_NAMESPACE');
    const args = { objectName: 'StageEngine', message: 'x' };
    expect((await refusal(cloud(), 'send_durable_object_message', args)).code).toBe(
      'UNKNOWN_OBJECT',
    );
  });
});

describe('a server whose stack declares nothing', () => {
  const bare = useCloud({ buckets: [], namespaces: [], bare: true });

  it('still lists its tools, and says what the operator must do', async () => {
    const { result } = await rpc(bare(), 'tools/list');
    expect(JSON.stringify(result)).toContain('No bucket is declared.');
    const { code, next } = await refusal(bare(), 'list_bucket_objects');
    expect(code).toBe('UNKNOWN_BUCKET');
    expect(next).toContain('alchemy.run.ts');
  });
});

describe('a body nested without end', () => {
  it.each([200, 3_000, 40_000])(
    'is refused before it is parsed, and the server serves on: %i levels',
    async (depth) => {
      const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      const call = `{"name":"trigger_workflow","arguments":{"workflowName":"x","params":${deep}}}`;
      const message = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${call}}`;
      const response = await post(cloud(), message);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('nested too deep');
      expect((await cloud().fetch('/health')).status).toBe(200);
    },
  );
});

describe('the official MCP client', () => {
  const connect = async () => {
    const client = new Client({ name: 'test', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL('/mcp', cloud().url), {
      requestInit: { headers: withSecret },
    });
    await client.connect(transport);
    return client;
  };

  it('connects, reads the instructions, and finds every tool', async () => {
    const client = await connect();
    expect(client.getServerVersion()).toMatchObject({ name: 'alchemy-mcp-worker' });
    const named = client.getInstructions()?.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
    expect(named).toContain('get_resource_status');
    for (const name of named) expect(tools.map((tool) => tool.name)).toContain(name);
    const listed = await client.listTools();
    expect(listed.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    await client.close();
  });

  it('gets answers that are what the output schemas promise', async () => {
    const client = await connect();
    await client.listTools(); // With the schemas in hand the client checks each answer itself.
    const calls = {
      get_resource_status: {},
      query_database: { query: 'SELECT * FROM users' },
      list_bucket_objects: { delimiter: '/' },
      get_cache_stats: {},
      trigger_workflow: { workflowName: 'OnboardingWorkflow', params: { userId: 'user-130' } },
      send_durable_object_message: { objectName: 'ChatDO', message: 'Hello.' },
      list_operations: {},
    };
    // The others need a runner, and are tested with one.
    const known = tools.map(({ name }) => name);
    for (const name of Object.keys(calls)) expect(known).toContain(name);
    for (const [name, args] of Object.entries(calls)) {
      const { isError, structuredContent } = await client.callTool({ name, arguments: args });
      expect(isError ?? false, name).toBe(false);
      expect(structuredContent).toMatchObject({ stage: 'prod' });
    }
    await client.close();
  });
});
