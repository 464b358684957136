// `bun mcp doctor` against servers that are each sick in one way, and against the real Worker.
import { afterAll, beforeEach, describe, expect, it } from 'bun:test';

import { CLI_ENV, mcp } from '../../test/kit/cli.ts';
import {
  ADMIN_TOKEN,
  JWT_SECRET,
  KEYS,
  RUNNER_TOKEN,
  SHARED_SECRET,
} from '../../test/kit/tokens.ts';
import { limitFrom } from '../mcp/limits/limits.ts';
import { USUAL_LIMITS } from './doctor/limit-check.ts';

const SECRETS = {
  ...CLI_ENV,
  MCP_SHARED_SECRET: SHARED_SECRET,
  MCP_RUNNER_TOKEN: RUNNER_TOKEN,
};

type Route =
  | 'GET /health'
  | 'secret'
  | 'token'
  | 'nobody'
  | 'tools/call'
  | 'GET /admin/dark-launch'
  | 'GET /.well-known/oauth-protected-resource/mcp';

/** What the fake answers instead of what a healthy server would. */
let sick: Partial<Record<Route, () => Response>> = {};
let seen: { route: string; credentials: string }[] = [];
beforeEach(() => {
  sick = {};
  seen = [];
});

const HEALTH = {
  status: 'ok',
  service: 'mcp-worker',
  environment: 'production',
  stage: 'prod',
  darkLaunch: { percentage: 100, source: 'default' },
};

const healthWith =
  (facts: Record<string, unknown>, status = 200) =>
  () =>
    Response.json({ timestamp: new Date().toISOString(), ...HEALTH, ...facts }, { status });

const status = (row: Record<string, string>) =>
  Response.json({ result: { structuredContent: { resources: [row] } } });

const HEALTHY: Record<Route, () => Response> = {
  'GET /health': healthWith({}),
  secret: () => Response.json({ result: {} }, { headers: { 'X-RateLimit-Limit': '100' } }),
  token: () => Response.json({ result: {} }, { headers: { 'X-RateLimit-Limit': '100' } }),
  nobody: () =>
    Response.json(
      { code: 'UNAUTHENTICATED' },
      {
        status: 401,
        headers: { 'WWW-Authenticate': 'Bearer realm="x", resource_metadata="http://x/"' },
      },
    ),
  'tools/call': () => status({ id: 'demo-db', health: 'healthy', detail: 'It answered.' }),
  'GET /admin/dark-launch': () => Response.json({ percentage: 100 }),
  'GET /.well-known/oauth-protected-resource/mcp': () =>
    Response.json({ resource: `http://localhost:${server.port}/mcp` }),
};

const routeOf = async (request: Request): Promise<Route | undefined> => {
  const { pathname } = new URL(request.url);
  const named = Object.keys(HEALTHY).find((name) => name === `${request.method} ${pathname}`);
  if (named !== undefined) return named as Route;
  if (pathname !== '/mcp') return undefined;
  if ((await request.text()).includes('tools/call')) return 'tools/call';
  if (request.headers.has('x-mcp-secret')) return 'secret';
  return request.headers.has('authorization') ? 'token' : 'nobody';
};

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (request) => {
    const { headers } = request;
    const credentials = `${headers.get('x-mcp-secret') ?? ''}${headers.get('authorization') ?? ''}`;
    const route = await routeOf(request);
    seen.push({ route: route ?? request.url, credentials });
    if (route === undefined) return new Response('', { status: 404 });
    return (sick[route] ?? HEALTHY[route])();
  },
});
afterAll(() => server.stop(true));

const examine = async (over: Record<string, string> = {}, ...words: string[]) => {
  const run = await mcp(['doctor', ...words], {
    env: { ...SECRETS, PORT: String(server.port), ...over },
  });
  for (const secret of [SHARED_SECRET, JWT_SECRET, ADMIN_TOKEN, RUNNER_TOKEN])
    expect(run.out + run.err).not.toContain(secret);
  return { code: run.code, lines: run.out.split('\n'), err: run.err };
};

/** The one line of that mark which says it. */
const finds = async (expected: string, env: Record<string, string> = {}) => {
  const { code, lines } = await examine(env);
  expect(lines.filter((line) => line.startsWith(expected))).toHaveLength(1);
  expect(code).toBe(lines.some((line) => line.startsWith('✗')) ? 1 : 0);
  return lines;
};

const refused =
  (code: string, statusCode: number, headers: Record<string, string> = {}) =>
  () =>
    Response.json({ code, message: 'No.' }, { status: statusCode, headers });

describe('bun mcp doctor', () => {
  it('finds nothing wrong with a healthy server, and fails one login only', async () => {
    const { code, lines } = await examine();
    expect(lines.filter((line) => !line.startsWith('✓ '))).toEqual([]);
    expect(code).toBe(0);
    expect(lines.length).toBeGreaterThanOrEqual(15);
    expect(seen.filter(({ route }) => route === 'nobody')).toHaveLength(1);
  });

  it('sends no secret to what is not this server, or does not serve', async () => {
    const strangers: [() => Response, string][] = [
      [() => new Response('<html>'), 'but it is not this server'],
      [() => Response.json({ status: 'ok', service: 'other' }), 'but it is not this server'],
      [() => Response.redirect('https://example.com/', 302), 'answers with a redirect'],
      [
        healthWith({ status: 'degraded', problems: ['MCP_JWT_SECRET is not set.'] }, 503),
        '✗ A setting of the server is wrong: MCP_JWT_SECRET is not set.',
      ],
      [healthWith({ status: 'degraded' }, 503), 'says of itself that it is degraded'],
    ];
    for (const [answer, expected] of strangers) {
      sick = { 'GET /health': answer };
      const { code, lines } = await examine();
      expect(lines.join('\n')).toContain(expected);
      expect(lines.at(-1)).toBe('! The rest was not checked, and no secret was sent.');
      expect(code).toBe(1);
    }
    expect(seen.filter(({ credentials }) => credentials !== '')).toEqual([]);
  });

  it('says that nobody answers', () =>
    finds('✗ No server answers at http://localhost:1.', { PORT: '1' }));

  it.each([
    ['mcp.example.com', 'is no address of a server'],
    ['http://mcp.example.com', 'without TLS'],
  ])('asks nobody at %s', async (url, expected) => {
    const { code, err } = await examine({}, '--url', url);
    expect({ code, seen }).toEqual({ code: 1, seen: [] });
    expect(err).toContain(expected);
  });

  it('compares the clocks, by 30 seconds', async () => {
    const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
    sick = { 'GET /health': healthWith({ timestamp: at(-25) }) };
    await finds('✓ The clocks');
    sick = { 'GET /health': healthWith({ timestamp: at(-100) }) };
    await finds("✗ This machine's clock is 100 s ahead of the server's");
    sick = { 'GET /health': healthWith({ timestamp: at(600) }) };
    await finds("✗ This machine's clock is 10 min behind the server's");
  });

  it('says where it runs, and when this machine goes by other rules', async () => {
    await finds('✓ It runs as production, stage prod.');
    await finds('! It runs as production, stage prod, while ENVIRONMENT here means staging', {
      ENVIRONMENT: 'staging',
    });
  });

  it('tells a partial rollout, and one that cannot be read', async () => {
    sick = { 'GET /health': healthWith({ darkLaunch: { percentage: 10, source: 'kv' } }) };
    await finds('! The dark launch lets in 10% of clients (set by: kv)');
    const problem = 'feature:dark-launch-percentage is not a whole number from 0 to 100.';
    sick = { 'GET /health': healthWith({ darkLaunch: { percentage: 0, source: 'kv', problem } }) };
    await finds(`! The dark launch lets in 0% of clients (set by: kv). ${problem}`);
    sick = { 'GET /health': healthWith({ darkLaunch: undefined }) };
    await finds('! /health says nothing of the dark launch');
  });

  it('judges the secrets here, and sends none that is weak', async () => {
    await finds('✗ MCP_SHARED_SECRET is not set.', { MCP_SHARED_SECRET: '' });
    await finds('✗ MCP_SHARED_SECRET is shorter than 32 bytes.', { MCP_SHARED_SECRET: 'short' });
    expect(seen.some(({ route }) => route === 'secret')).toBe(false);
    await finds('✗ MCP_JWT_SECRET is a placeholder', {
      MCP_JWT_SECRET: `your-jwt-secret-here-${RUNNER_TOKEN}`,
    });
    await finds('! MCP_ADMIN_TOKEN is not set here', { MCP_ADMIN_TOKEN: '' });
    await finds('✗ MCP_ADMIN_TOKEN is shorter', { MCP_ADMIN_TOKEN: 'short' });
    await finds('✗ MCP_SHARED_SECRET and MCP_RUNNER_TOKEN are the same.', {
      MCP_RUNNER_TOKEN: SHARED_SECRET,
    });
    await finds('✗ MCP_RUNNER_TOKEN and MCP_GITHUB_TOKEN are the same.', {
      MCP_GITHUB_TOKEN: RUNNER_TOKEN,
    });
    await finds('✗ MCP_JWT_SECRETS is not valid', { MCP_JWT_SECRETS: '[]' });
    await finds('✓ MCP_JWT_SECRETS has 2 good key(s); 2026-11 signs here.', {
      MCP_JWT_SECRETS: JSON.stringify(KEYS),
    });
  });

  it('says which credential the server does not take', async () => {
    const other = refused('UNAUTHENTICATED', 401);
    sick = { secret: other };
    await finds('✗ The server refuses the shared secret: it has another MCP_SHARED_SECRET');
    sick = { token: other };
    await finds('✗ The server refuses a token made here: MCP_JWT_SECRET');
    sick = { 'GET /admin/dark-launch': other };
    await finds('✗ The admin API cannot be used: ');
    // A login that failed anyway shows the 401.
    sick = { secret: other, token: other };
    seen = [];
    const lines = await finds('! Bindings were not looked at');
    expect(lines.join('\n')).toContain('has no WWW-Authenticate');
    expect(seen.some(({ route }) => route === 'nobody')).toBe(false);
  });

  it('tells being unknown from being outside, too often, or shut out', async () => {
    const wait = { 'Retry-After': '45' };
    sick = { secret: refused('NOT_IN_ROLLOUT', 503) };
    await finds('! The server takes the shared secret, but its client is outside the rollout.');
    sick = { secret: refused('RATE_LIMITED', 429, wait) };
    await finds('! The limit of the shared secret is used up. Wait 45 seconds');
    const shut = refused('TOO_MANY_FAILURES', 429, wait);
    sick = { secret: shut, token: shut, nobody: shut };
    const lines = await finds('✗ Too many logins from this address have failed, so a token made');
    expect(lines.at(-2)).toStartWith('! This address is shut out');
    sick = { secret: refused('LIMITER_UNAVAILABLE', 503) };
    await finds('✗ The server answers to the shared secret with HTTP 503 (LIMITER_UNAVAILABLE).');
  });

  it('says by which limit calls are counted, and when by none', async () => {
    const answers = (headers: Record<string, string>) => () => Response.json({}, { headers });
    sick = { secret: answers({ 'X-RateLimit-Limit': '250' }) };
    await finds("! Calls are counted; this client's limit is 250 a minute, an override");
    sick = { secret: answers({}) };
    await finds('✗ Answers carry no X-RateLimit-Limit');
    sick = {
      secret: answers({ 'X-RateLimit-Limit': '100', 'X-RateLimit-Status': 'unavailable' }),
    };
    await finds('✗ The limiter does not answer');
  });

  it('lists the resources that are unhealthy, and those nobody knows of', async () => {
    sick = { 'tools/call': () => status({ id: 'demo-db', health: 'unhealthy', detail: 'Gone.' }) };
    await finds('✗ Unhealthy: demo-db (Gone).');
    sick = { 'tools/call': () => status({ id: 'jobs', health: 'unknown', detail: 'No probe.' }) };
    await finds('! Health unknown: jobs (No probe).');
    sick = { 'tools/call': () => Response.json({ result: { isError: true, content: [] } }) };
    await finds('✗ get_resource_status did not answer as it should (HTTP 200).');
  });

  it('sees an open door, and a proxy that drops or changes what clients need', async () => {
    sick = { nobody: () => Response.json({ result: {} }) };
    await finds('✗ Without credentials the server answers 200, and not 401.');
    sick = { nobody: refused('UNAUTHENTICATED', 401) };
    await finds('✗ A 401 of the server has no WWW-Authenticate');
    const metadata = 'GET /.well-known/oauth-protected-resource/mcp';
    sick = { [metadata]: () => new Response('', { status: 404 }) };
    await finds('✗ /.well-known/oauth-protected-resource/mcp is not there (HTTP 404).');
    sick = { [metadata]: () => Response.json({ resource: 'https://inner/mcp' }) };
    await finds('✗ The protected-resource metadata is of https://inner/mcp');
  });

  it('repeats no secret and no terminal command of a server', async () => {
    const problem = `It is ${SHARED_SECRET}\u001b[2J`;
    sick = { 'GET /health': healthWith({ darkLaunch: { percentage: 0, source: 'kv', problem } }) };
    const { lines } = await examine();
    expect(lines.join('\n')).not.toContain('\u001b');
    expect(lines.join('\n')).toContain('It is (secret)');
  });

  it('knows the usual limits of the server', () => {
    for (const environment of ['production', 'staging', 'development'] as const)
      expect(USUAL_LIMITS[environment]).toBe(limitFrom(null, 'any', environment).limit);
  });
});
