// The limits as a caller meets them: through the Worker, with its own objects and its own KV.
import { describe, expect, it } from 'bun:test';

import { startCloud, useCloud } from '../../test/kit/cloud.ts';
import { admin, by, logged, ping, pings } from '../../test/kit/edge-calls.ts';
import { eventually } from '../../test/kit/eventually.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { callTool, post, refusal, rpc } from '../../test/kit/mcp-calls.ts';
import { ADMIN_TOKEN, bearer, withSecret } from '../../test/kit/tokens.ts';

const DEFAULTS = [
  ['production', 100],
  ['staging', 500],
  ['development', 1_000],
] as const;

const statusesOf = (answers: readonly Response[]) => ({
  passed: answers.filter(({ status }) => status === 200),
  refused: answers.filter(({ status }) => status === 429),
});

const leftOf = (answers: readonly Response[]): number[] =>
  answers
    .map(({ headers }) => Number(headers.get('x-ratelimit-remaining')))
    .toSorted((a, b) => a - b);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe.each(DEFAULTS)('in %s', (environment, limit) => {
  const cloud = useCloud({ bare: true, settings: { ENVIRONMENT: environment } });

  keeps(
    [
      'rate-limit.production',
      'rate-limit.staging',
      'rate-limit.development',
      'overview.rate-limiting',
      'testing.rate-limits',
    ],
    `of one call more than ${limit} at once, exactly ${limit} pass, each with its own count of what is left`,
    async () => {
      const { passed, refused } = statusesOf(await pings(cloud(), limit + 1, by('crowd')));
      expect(passed).toHaveLength(limit);
      expect(refused).toHaveLength(1);
      expect(leftOf(passed)).toEqual(upTo(limit));
      for (const { headers } of [...passed, ...refused])
        expect(headers.get('x-ratelimit-limit')).toBe(String(limit));
    },
  );
});

describe('in production', () => {
  const cloud = useCloud({ bare: true });

  it('of four times the limit at once, exactly the limit passes', async () => {
    const { passed, refused } = statusesOf(await pings(cloud(), 400, by('flood')));
    expect(leftOf(passed)).toEqual(upTo(100));
    expect(refused).toHaveLength(300);
  });

  keeps(
    ['rate-limit.429', 'status.429'],
    'a call over the limit is the guide’s 429, and says when to come back',
    async () => {
      await (await cloud().flags()).put('limit:small', '2');
      await pings(cloud(), 2, by('small'));
      const response = await ping(cloud(), by('small'));
      expect(response.status).toBe(429);
      const retryAfter = Number(response.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(60);
      expect(await response.json()).toEqual({
        error: 'Rate limit exceeded',
        message: `Too many requests. Retry after ${retryAfter} seconds`,
        retryAfter,
        code: 'RATE_LIMITED',
        requestId: response.headers.get('x-request-id'),
      });
      expect(response.headers.get('x-ratelimit-remaining')).toBe('0');
      const reset = Number(response.headers.get('x-ratelimit-reset'));
      expect(Math.abs(reset - (Date.now() / 1_000 + retryAfter))).toBeLessThan(3);
    },
  );

  keeps(
    'rate-limit.headers',
    'every counted answer says what is left, whatever became of the call',
    async () => {
      const caller = by('mixed', { scope: 'db:query' });
      const requests: readonly [number, unknown][] = [
        [200, { jsonrpc: '2.0', id: 1, method: 'initialize' }],
        [200, { jsonrpc: '2.0', id: 1, method: 'tools/list' }],
        [200, callOf('query_database', { query: 'DROP TABLE users' })],
        [200, callOf('trigger_workflow', {})],
        [200, callOf('no_such_tool', {})],
        [202, { jsonrpc: '2.0', method: 'notifications/initialized' }],
        [400, '{"jsonrpc":'],
        [413, 'x'.repeat(262_145)],
      ];
      let remaining = 100;
      for (const [status, body] of requests) {
        const { status: answered, headers } = await post(cloud(), body, caller);
        remaining -= 1;
        expect(answered).toBe(status);
        expect(headers.get('x-ratelimit-limit')).toBe('100');
        expect(headers.get('x-ratelimit-remaining')).toBe(String(remaining));
        expect(headers.get('x-ratelimit-reset')).toMatch(/^\d{10}$/);
        expect(headers.get('ratelimit-policy')).toBe('"client";q=100;w=60');
        expect(headers.get('ratelimit')).toMatch(
          new RegExp(`^"client";r=${remaining};t=(?:[1-9]|[1-5]\\d|60)$`),
        );
      }
    },
  );

  it('what is not let in is not counted', async () => {
    const refused = await ping(cloud(), { Authorization: 'Bearer nobody' });
    expect(refused.headers.has('x-ratelimit-remaining')).toBe(false);
    expect((await cloud().fetch('/health')).headers.has('x-ratelimit-limit')).toBe(false);
  });

  it('two clients do not share a limit, two tokens and two addresses of one client do', async () => {
    const [first] = await pings(cloud(), 1, by('ana'));
    const [second] = await pings(cloud(), 1, by('ben'));
    const [third] = await pings(cloud(), 1, by('ana', { sub: 'another', jti: 'another' }));
    expect([first, second, third].map((it) => it?.headers.get('x-ratelimit-remaining'))).toEqual([
      '99',
      '99',
      '98',
    ]);
  });

  keeps(
    'status.429',
    'a higher limit is one value in MCP_KV, or one call of the admin',
    async () => {
      await (await cloud().flags()).put('limit:vip', '150\n');
      const { passed } = statusesOf(await pings(cloud(), 151, by('vip')));
      expect(leftOf(passed)).toEqual(upTo(150));
      const set = await admin(cloud(), 'PUT', '/admin/limits/guest', { body: { limit: 3 } });
      expect(await set.json()).toEqual({ client: 'guest', limit: 3, isOverride: true });
      const answers = statusesOf(await pings(cloud(), 5, by('guest')));
      expect(leftOf(answers.passed)).toEqual([0, 1, 2]);
      expect(answers.refused).toHaveLength(2);
      expect(await (await cloud().flags()).get('limit:guest', 'text')).toBe('3');
    },
  );

  it('a limit nobody can read gives the usual one, and the log says so', async () => {
    await (await cloud().flags()).put('limit:typo', 'lots');
    expect((await ping(cloud(), by('typo'))).headers.get('x-ratelimit-limit')).toBe('100');
    const noted = await eventually(async () =>
      logged(cloud()).find(({ event }) => event === 'limit.unreadable'),
    );
    expect(noted).toMatchObject({ level: 'WARN', problem: expect.stringContaining('limit:typo') });
  });

  it('the eleventh wrong credential of an address is 429, and then the right one is too', async () => {
    const guesser = { 'CF-Connecting-IP': '203.0.113.9' };
    for (let guess = 1; guess <= 10; guess++)
      expect((await ping(cloud(), { ...guesser, 'X-MCP-Secret': `guess-${guess}` })).status).toBe(
        401,
      );
    const blocked = await ping(cloud(), { ...guesser, 'X-MCP-Secret': 'guess-11' });
    expect(blocked.status).toBe(429);
    expect(await blocked.json()).toMatchObject({ code: 'TOO_MANY_FAILURES' });
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(840);
    expect((await ping(cloud(), { ...guesser, ...withSecret })).status).toBe(429);
    const elsewhere = { 'CF-Connecting-IP': '203.0.113.10' };
    expect((await ping(cloud(), { ...elsewhere, ...withSecret })).status).toBe(200);
  });

  it('on a laptop, where all have one address, only the wrong ones are told to wait', async () => {
    const here = await startCloud({ bare: true, settings: { MCP_LOCAL: '1' } });
    const everybody = { 'CF-Connecting-IP': '127.0.0.1' };
    const statuses: number[] = [];
    for (let guess = 1; guess <= 12; guess++)
      statuses.push((await ping(here, { ...everybody, 'X-MCP-Secret': 'guess' })).status);
    expect(statuses.slice(-3)).toEqual([401, 429, 429]);
    expect((await ping(here, { ...everybody, ...withSecret })).status).toBe(200);
    await here[Symbol.asyncDispose]();
  });

  it('wrong admin and runner tokens count like wrong credentials', async () => {
    const guesser = { 'CF-Connecting-IP': '203.0.113.30', Authorization: 'Bearer guess' };
    const statuses: number[] = [];
    for (let guess = 1; guess <= 11; guess++) {
      const isAdmin = guess % 2 === 0;
      const path = isAdmin ? '/admin/dark-launch' : '/runner/snapshot';
      const init = { method: isAdmin ? 'GET' : 'PUT', headers: guesser };
      statuses.push((await cloud().fetch(path, init)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
  });

  it('nobody gets around it by saying where he comes from', async () => {
    for (let guess = 1; guess <= 12; guess++) {
      const { status } = await ping(cloud(), {
        'CF-Connecting-IP': '203.0.113.20',
        'X-Forwarded-For': `198.51.100.${guess}`,
        'X-Real-IP': `198.51.100.${guess}`,
        Authorization: 'Bearer nobody',
      });
      expect(status).toBe(guess <= 10 ? 401 : 429);
    }
  });
});

describe('with a limiter that is down', () => {
  const cloud = useCloud({ isLimiterDown: true });
  const EFFECTS = [
    ['trigger_workflow', { workflowName: 'OnboardingWorkflow', params: { userId: 'user-123' } }],
    ['send_durable_object_message', { objectName: 'ChatDO', message: 'hello' }],
  ] as const;
  const caller = bearer({ scope: 'infra:read db:query workflow:trigger object:send' });

  it('reads go on, and say that nobody counts', async () => {
    const read = callOf('query_database', { query: 'SELECT count(*) AS n FROM users' });
    const response = await post(cloud(), read, caller);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-ratelimit-status')).toBe('unavailable');
    expect(response.headers.has('x-ratelimit-remaining')).toBe(false);
    expect(await response.json()).toMatchObject({
      result: { structuredContent: { rows: [[12]] } },
    });
    expect((await callTool(cloud(), 'get_resource_status', {}, caller)).isError).not.toBe(true);
  });

  it('nothing is started that could have an effect', async () => {
    const { result } = await rpc(cloud(), 'tools/list', undefined, caller);
    expect(JSON.stringify(result)).toContain('trigger_workflow');
    for (const [tool, args] of EFFECTS)
      expect((await refusal(cloud(), tool, args, caller)).code).toBe('LIMITER_UNAVAILABLE');
    const steps = (await cloud().database()).prepare('SELECT count(*) AS n FROM onboarding_steps');
    const before = await steps.first('n');
    await Bun.sleep(500);
    expect(await steps.first('n')).toBe(before);
    expect(before).toBe(0);
  });

  keeps('monitoring.tail', 'grep ERROR finds it in the log', async () => {
    await ping(cloud(), caller);
    const line = await eventually(async () =>
      cloud().logs.find((text) => /ERROR.*limiter\.unavailable/.test(text)),
    );
    expect(JSON.parse(line)).toMatchObject({ level: 'ERROR', requestId: expect.any(String) });
  });

  it('a revocation is refused rather than lost', async () => {
    const response = await admin(cloud(), 'POST', '/admin/revocations', {
      body: { client: 'my-client' },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    const answer = await response.text();
    expect(JSON.parse(answer)).toMatchObject({ code: 'LIMITER_UNAVAILABLE' });
    expect(answer).not.toContain(ADMIN_TOKEN);
  });
});

function callOf(name: string, args: Record<string, unknown>) {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
}
