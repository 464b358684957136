// The smoke test against the real Worker: healthy, and sick in one way each.
import { describe, expect, it } from 'bun:test';

import { useCloud } from '../test/kit/cloud.ts';
import { PIPELINE_ENV, scriptedWorld } from '../test/kit/pipeline-world.ts';
import { ADMIN_TOKEN, JWT_SECRET, SHARED_SECRET } from '../test/kit/tokens.ts';
import { smoke } from './smoke.ts';
import { createCallTool } from './smoke/call.ts';
import { checkPlan } from './smoke/plan.ts';
import { checkReads, checkWrites } from './smoke/reads.ts';

const cloud = useCloud({ settings: { MCP_ADMIN_TOKEN: ADMIN_TOKEN, ENVIRONMENT: 'development' } });

const look = async (words: readonly string[] = [], env: Record<string, string> = {}) => {
  const world = scriptedWorld({ ...PIPELINE_ENV, ENVIRONMENT: 'development', ...env });
  const code = await smoke(['--url', cloud().url.origin, ...words], world);
  const lines = world.said.join('\n').split('\n');
  for (const secret of [SHARED_SECRET, JWT_SECRET, ADMIN_TOKEN])
    expect(world.said.join()).not.toContain(secret);
  return { code, lines, failed: lines.filter((line) => line.startsWith('✗')) };
};

describe('bun run smoke', () => {
  it('finds a healthy server fit, and says what it looked at', async () => {
    const { code, lines, failed } = await look(['--stage', 'prod']);
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    const seen = [
      /^✓ +health +http/,
      /^✓ +access +The server takes the shared secret/,
      /^✓ +access +The server takes a token/,
      /^✓ +admin API /,
      /^[✓!] +rate limit +Calls are counted/,
      /^✓ +no credentials .*401/,
      /^✓ +metadata /,
      /^✓ +no such path .*404/,
      /^✓ +protocol +Revision 2025-11-25: \d+ tools/,
      /^✓ +protocol +Revision 2026-07-28: \d+ tools/,
      /^✓ +resources /,
      /^✓ +get_resource_status +It answers\./,
      /^✓ +query_database +It answers of demo-db\./,
      /^✓ +list_bucket_objects +It answers of demo-storage\./,
      /^✓ +get_cache_stats +It answers of demo-cache\./,
      /^✓ +list_operations +It answers\./,
      /^! +get_operation +Not called: it takes operationId\./,
      /^✓ +writing SQL .*SQL_/,
    ];
    for (const pattern of seen) expect(lines.filter((line) => pattern.test(line))).toHaveLength(1);
  });

  it('finds the server of another stage', async () => {
    const { code, failed } = await look(['--stage', 'preview-7']);
    expect(code).toBe(1);
    expect(failed.join()).toContain('It is the server of stage prod, and not of preview-7.');
  });

  it('finds that the server has another secret', async () => {
    const { code, failed } = await look([], { MCP_JWT_SECRET: JWT_SECRET.replaceAll('a', 'b') });
    expect(code).toBe(1);
    expect(failed.join('\n')).toContain('The server refuses a token made here');
  });

  it('is in at 0 %, as a tester is', async () => {
    const turn = (percentage: number) =>
      cloud().fetch('/admin/dark-launch', {
        method: 'PUT',
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
        body: JSON.stringify({ percentage }),
      });
    await turn(0);
    const { code, failed } = await look();
    await turn(100);
    expect({ code, failed }).toEqual({ code: 0, failed: [] });
  });

  it('tells its options, and asks nobody', async () => {
    const world = scriptedWorld({});
    expect(await smoke(['--help'], world)).toBe(0);
    expect(world.said.join()).toContain('--walk');
  });
});

describe('a tool', () => {
  const tool = (properties: object, required: string[] = []) => ({
    name: 'read_things',
    annotations: { readOnlyHint: true },
    inputSchema: { properties: properties as never, required },
  });
  const answers = async () => ({ kind: 'answered', content: {} }) as const;
  const fails = async () => ({ kind: 'failed', message: 'it was not answered' }) as const;

  it('is called for each name that its schema gives, whatever the stack calls things', async () => {
    const called: unknown[] = [];
    const tools = [tool({ thing: { examples: ['a b', 'c'] }, query: {} }, ['query'])];
    await checkReads(tools, async (_, args) => {
      called.push(args['thing']);
      return { kind: 'answered', content: {} };
    });
    expect(called).toEqual(['a b', 'c']);
  });

  it('that the stack declares nothing for is not called, and that is no failure', async () => {
    const [check] = await checkReads(
      [tool({ thing: { description: 'No database is declared.' } })],
      fails,
    );
    expect(check?.findings.map(({ mark }) => mark)).toEqual(['!']);
  });

  it('that does not answer is a failure', async () => {
    const [check] = await checkReads([tool({})], fails);
    expect(check?.findings).toEqual([{ mark: '✗', text: 'The call failed: it was not answered.' }]);
  });

  it('that lets a write through is the worst of failures', async () => {
    const finding = await checkWrites([tool({ query: {} }, ['query'])], answers);
    expect(finding).toMatchObject({ mark: '✗', text: expect.stringContaining('LET THROUGH') });
  });

  it('whose plan no runner makes is called off, and that is no failure', async () => {
    const called: string[] = [];
    const content = {
      operationId: 'prod.1',
      status: 'queued',
      waitingFor: 'no runner is connected',
    };
    const finding = await checkPlan(
      'prod',
      async (name) => {
        called.push(name);
        return { kind: 'answered', content };
      },
      async () => {},
    );
    expect(finding.mark).toBe('!');
    expect(called).toEqual(['deploy_infrastructure', 'cancel_operation']);
  });

  it('whose plan succeeds says how many changes there would be', async () => {
    const content = {
      operationId: 'prod.1',
      status: 'succeeded',
      summary: { create: 2, update: 1, noop: 8 },
    };
    const finding = await checkPlan(
      'prod',
      async () => ({ kind: 'answered', content }),
      async () => {},
    );
    expect(finding).toEqual({ mark: '✓', text: 'A runner planned a deploy: 3 changes.' });
  });

  it('whose plan ends in failure is a failure', async () => {
    const content = { operationId: 'prod.1', status: 'failed', error: { message: 'No zone.' } };
    const finding = await checkPlan(
      'prod',
      async () => ({ kind: 'answered', content }),
      async () => {},
    );
    expect(finding).toMatchObject({ mark: '✗', text: 'A plan ended otherwise: failed. No zone.' });
  });

  it('that answers no JSON-RPC has not answered', async () => {
    const call = createCallTool(async () => undefined, {});
    expect(await call('any', {})).toEqual({
      kind: 'failed',
      message: 'it was not answered (HTTP none)',
    });
  });
});
