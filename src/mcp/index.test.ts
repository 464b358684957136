// The deployment guide as a test: its requests, unchanged and in its order, and what it promises they do. Other files
// test the edges; here stands what a reader of the guide will try first.
import { describe, expect } from 'bun:test';

import jwt from 'jsonwebtoken';
import { z } from 'zod';

import { curl } from '../../test/kit/curl.ts';
import { eventually } from '../../test/kit/eventually.ts';
import { ANSWERS, NOT_TAKEN } from '../../test/kit/guide-answers.ts';
import { CALLS, HEALTH, INITIALIZE, LIST_TOOLS } from '../../test/kit/guide.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { answerOf, callTool, post, refusal, rpc, toolAnswer } from '../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../test/kit/operated-cloud.ts';
import {
  bearer,
  guideToken,
  JWT_SECRET,
  SHARED_SECRET,
  withSecret,
} from '../../test/kit/tokens.ts';
import { stepsOf } from '../../test/kit/workflow-runs.ts';
import { deployInfrastructure } from './tools/deploy-infrastructure.ts';
import { destroyInfrastructure } from './tools/destroy-infrastructure.ts';
import { getCacheStats } from './tools/get-cache-stats.ts';
import { getResourceStatus } from './tools/get-resource-status.ts';
import { listBucketObjects } from './tools/list-bucket-objects.ts';
import { sendDurableObjectMessage } from './tools/send-durable-object-message.ts';
import { triggerWorkflow } from './tools/trigger-workflow.ts';

const ORIGIN = 'https://assistant.example.com';
const { cloud, runner } = useOperatedCloud({ settings: { MCP_ALLOWED_ORIGINS: ORIGIN } });

const bodyOf = async (response: Response): Promise<Record<string, unknown>> => {
  expect(response.headers.get('content-type')).toStartWith('application/json');
  return z.record(z.string(), z.unknown()).parse(await response.json());
};

describe('Authentication', () => {
  keeps(
    ['auth.shared-secret', 'testing.protocol'],
    'Option 1: a bare initialize with the shared secret is answered in plain JSON',
    async () => {
      const response = await curl(cloud(), INITIALIZE.replace('your-secret-here', SHARED_SECRET));
      expect(response.status).toBe(200);
      const result = ANSWERS.initialized;
      expect(await bodyOf(response)).toMatchObject({ jsonrpc: '2.0', id: 1, result });
    },
  );

  keeps(
    'auth.jwt-snippet',
    'Option 2: the snippet prints a token that ends in an hour',
    async () => {
      const [header = '', claims = '', ...rest] = (await guideToken()).split('.');
      const part = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());
      expect(rest).toHaveLength(1);
      expect(part(header)).toEqual({ alg: 'HS256', typ: 'JWT' });
      expect(part(claims)).toMatchObject({ sub: 'user-123', client_id: 'my-client' });
    },
  );

  keeps(
    ['auth.jwt', 'overview.authentication', 'overview.tools'],
    'Option 2: tools/list with the snippet’s token is answered in plain JSON',
    async () => {
      const response = await curl(cloud(), LIST_TOOLS, { JWT_TOKEN: await guideToken() });
      expect(response.status).toBe(200);
      const { result } = await bodyOf(response);
      const { tools } = z.object({ tools: z.array(z.object({ name: z.string() })) }).parse(result);
      expect(tools.map(({ name }) => name)).toEqual(ANSWERS.tools);
    },
  );

  keeps('security.permissions', 'a token that names a scope gets just that', async () => {
    const token = bearer({ scope: 'storage:read' });
    const { result } = await rpc(cloud(), 'tools/list', undefined, token);
    expect(result).toMatchObject({ tools: [{ name: 'list_bucket_objects' }] });
    const refused = await callTool(cloud(), 'get_cache_stats', {}, token);
    expect(refused.content[0].text).toContain('cache:read');
  });
});

describe('Available MCP Tools', () => {
  /** Sends the guide's own text and hands back the result; the id must come back as well. */
  const request = async (text: string) => {
    const response = await post(cloud(), text);
    expect(response.status).toBe(200);
    const { id, result } = await bodyOf(response);
    expect(id).toBe(JSON.parse(text).id);
    return toolAnswer(result);
  };

  keeps(
    ['tool.get_resource_status.example', 'tool.get_resource_status'],
    '1. get_resource_status tells every resource of prod, each probed',
    async () => {
      const status = answerOf(getResourceStatus, await request(CALLS.get_resource_status));
      expect(status).toMatchObject({ stage: 'prod', stack: 'demo' });
      expect(status.resources.map(({ id, health }) => `${id} ${health}`)).toEqual(
        ANSWERS.resources,
      );
      expect(status.summary).toEqual({ total: 11, healthy: 10, unhealthy: 0, unknown: 1 });
    },
  );

  keeps(
    'tool.deploy_infrastructure.example',
    '2. deploy_infrastructure with dryRun answers the plan for staging',
    async () => {
      const plan = answerOf(deployInfrastructure, await request(CALLS.deploy_infrastructure));
      expect(plan).toMatchObject({ kind: 'deploy_plan', stage: 'staging', status: 'succeeded' });
      expect(plan).toMatchObject({ changes: [{ id: 'demo-kv', action: 'create' }] });
      expect(plan.next).toContain(`planId "${plan.planId}"`);
      const jobs = runner().jobs.map(({ stage, kind }) => `${kind} ${stage}`);
      expect(jobs).toEqual(['deploy_plan staging']);
    },
  );

  keeps(
    'tool.destroy_infrastructure.example',
    '3. destroy_infrastructure with confirm destroys preview-123',
    async () => {
      const done = answerOf(destroyInfrastructure, await request(CALLS.destroy_infrastructure));
      expect(done).toMatchObject({ kind: 'destroy', stage: 'preview-123', status: 'succeeded' });
      expect(done.summary).toMatchObject({ delete: 1 });
      expect(runner().jobs.at(-1)).toMatchObject({ stage: 'preview-123', kind: 'destroy' });
    },
  );

  keeps(
    ['tool.query_database.example', 'tool.query_database'],
    '4. query_database answers the users there are',
    async () => {
      const { structuredContent } = await request(CALLS.query_database);
      expect(structuredContent).toMatchObject(ANSWERS.users);
      expect(structuredContent?.['rows']).toContainEqual(ANSWERS.ada);
    },
  );

  keeps(
    ['tool.list_bucket_objects.example', 'tool.list_bucket_objects'],
    '5. list_bucket_objects answers the uploads there are',
    async () => {
      const page = answerOf(listBucketObjects, await request(CALLS.list_bucket_objects));
      expect(page).toMatchObject({ stage: 'prod', bucket: 'demo-storage', prefix: 'uploads/' });
      expect(page).toMatchObject({ count: 12, truncated: false });
      const stored = await (await cloud().bucket()).get('uploads/user-123/avatar.svg');
      expect(page.objects[0]).toEqual({
        key: 'uploads/user-123/avatar.svg',
        size: (await stored?.text())?.length ?? 0,
        uploaded: stored?.uploaded.toISOString() ?? '',
        etag: stored?.etag ?? '',
      });
    },
  );

  keeps(
    ['tool.trigger_workflow.example', 'tool.trigger_workflow'],
    '6. trigger_workflow onboards user-123 for real',
    async () => {
      const started = answerOf(triggerWorkflow, await request(CALLS.trigger_workflow));
      expect(started).toMatchObject({ workflowName: 'OnboardingWorkflow', started: true });
      const steps = await eventually(async () => {
        const taken = await stepsOf(cloud(), started.instanceId);
        return taken.length === ANSWERS.onboarding.length ? taken : undefined;
      });
      expect(steps).toMatchObject(ANSWERS.onboarding);
      const welcome = await (await cloud().bucket()).get('uploads/user-123/welcome.txt');
      expect(await welcome?.text()).toBe('Welcome, Ada Lovelace.\n');
    },
  );

  keeps(
    ['tool.get_cache_stats.example', 'tool.get_cache_stats'],
    '7. get_cache_stats counts the keys there are',
    async () => {
      const { namespaces } = answerOf(getCacheStats, await request(CALLS.get_cache_stats));
      expect(namespaces).toMatchObject([ANSWERS.cache]);
    },
  );

  keeps(
    ['tool.send_durable_object_message.example', 'tool.send_durable_object_message'],
    '8. send_durable_object_message reaches ChatDO, which remembers',
    async () => {
      const say = async () =>
        answerOf(sendDurableObjectMessage, await request(CALLS.send_durable_object_message));
      const first = await say();
      expect(first).toMatchObject({ objectName: 'ChatDO', instance: 'default' });
      expect(first).toMatchObject({ status: 'delivered', reply: ANSWERS.firstReply });
      expect((await say()).reply).toMatchObject({ messages: 2, participants: 1 });
    },
  );
});

describe('Monitoring', () => {
  keeps(
    ['health.answer', 'health.open'],
    'GET /health answers as documented, to anyone',
    async () => {
      const before = Date.now();
      const response = await curl(cloud(), HEALTH);
      expect(response.status).toBe(200);
      const { timestamp, ...health } = await bodyOf(response);
      expect(health).toMatchObject(ANSWERS.health);
      expect(timestamp).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
      expect(Math.abs(Date.parse(String(timestamp)) - before)).toBeLessThan(10_000);
    },
  );
});

describe('Security Best Practices', () => {
  keeps('security.expiry', 'a token is refused once its hour is over', async () => {
    const past = Math.floor(Date.now() / 1000) - 3_660;
    const expired = jwt.sign({ sub: 'user-123', iat: past }, JWT_SECRET, { expiresIn: '1h' });
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect((await post(cloud(), list, { Authorization: `Bearer ${expired}` })).status).toBe(401);
  });

  keeps(
    'security.stage-isolation',
    'a call stays in its stage, and a token in its stages',
    async () => {
      const elsewhere = await refusal(cloud(), 'list_bucket_objects', { stage: 'staging' });
      expect(elsewhere).toMatchObject({ code: 'UNKNOWN_STAGE' });
      expect(elsewhere.message).toContain('Known: prod.');
      const previews = bearer({ stages: ['preview-*'] });
      const refused = await refusal(cloud(), 'list_bucket_objects', { stage: 'prod' }, previews);
      expect(refused.code).toBe('STAGE_NOT_ALLOWED');
    },
  );
});

describe('Troubleshooting', () => {
  for (const [what, headers] of Object.entries(NOT_TAKEN))
    keeps('status.401', `401 Unauthorized: ${what}`, async () => {
      const message = { jsonrpc: '2.0', id: 1, method: 'initialize' };
      const response = await post(cloud(), message, headers);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toStartWith('Bearer');
      expect(await bodyOf(response)).toEqual(ANSWERS.unauthorized);
    });

  keeps('errors.parameters', 'a wrong parameter is named, with what the tool takes', async () => {
    const { code, message, next } = await refusal(cloud(), 'list_bucket_objects', { limit: 0 });
    expect({ code, message }).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('limit'),
    });
    expect(next).toContain('prefix, limit, cursor');
  });
});

describe('Testing', () => {
  keeps('testing.errors', 'JSON that is none is a parse error, not a crash', async () => {
    const response = await post(cloud(), '{"jsonrpc":');
    expect(response.status).toBe(400);
    const error = { code: -32700 };
    expect(await bodyOf(response)).toMatchObject({ jsonrpc: '2.0', id: null, error });
  });

  keeps('testing.errors', 'a body over 256 KiB is 413', async () => {
    expect((await post(cloud(), 'x'.repeat(262_145))).status).toBe(413);
  });

  keeps('testing.cors', 'a listed page may call, from its preflight on', async () => {
    const headers = {
      Origin: ORIGIN,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-mcp-secret,content-type',
    };
    const preflight = await cloud().fetch('/mcp', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('X-MCP-Secret');
    const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize' };
    const answer = await post(cloud(), initialize, { ...withSecret, Origin: ORIGIN });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  });

  keeps('testing.404', 'a route that does not exist answers 404 with those that do', async () => {
    const response = await curl(cloud(), 'curl https://mcp.example.com/unknown');
    expect(response.status).toBe(404);
    const { error, availableEndpoints } = await bodyOf(response);
    expect(error).toBe('Not found');
    expect(availableEndpoints).toEqual(expect.arrayContaining(['GET /health', 'POST /mcp']));
  });
});
