// The dark launch as a client, an operator and an admin meet it: through the Worker, its registry and its KV.
import { describe, expect, it } from 'bun:test';

import { type Cloud, useCloud } from '../../test/kit/cloud.ts';
import { curl } from '../../test/kit/curl.ts';
import { admin, by, ping, setRollout } from '../../test/kit/edge-calls.ts';
import { HEALTH, SET_PERCENTAGE } from '../../test/kit/guide.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { callTool, post, refusal, rpc } from '../../test/kit/mcp-calls.ts';
import { ADMIN_TOKEN, withSecret } from '../../test/kit/tokens.ts';

const PERCENTAGE = 'feature:dark-launch-percentage';
const TESTERS = 'feature:dark-launch-testers';
/** The registry looks every ten seconds, an isolate goes by what it heard for three; KV itself may take thirty. */
const KV_PATIENCE_MS = 45_000;

const darkLaunch = async (cloud: Cloud): Promise<Record<string, unknown>> => {
  const health: Record<string, unknown> = Object(await (await curl(cloud, HEALTH)).json());
  return Object(health['darkLaunch']);
};

const isIn = async (cloud: Cloud, client: string): Promise<boolean> => {
  const { status } = await ping(cloud, by(client));
  if (status !== 200 && status !== 503) throw new Error(`${client} was answered ${status}.`);
  return status === 200;
};

const CROWD = Array.from({ length: 150 }, (_, index) => `client-${index}`);

/** Who of the crowd is in, each asked `times` times; fails when one is now in and now out. */
const insiders = async (cloud: Cloud, times: number): Promise<ReadonlySet<string>> => {
  const inside = new Set<string>();
  for (let from = 0; from < CROWD.length; from += 50)
    await Promise.all(
      CROWD.slice(from, from + 50).map(async (client) => {
        const first = await isIn(cloud, client);
        for (let time = 1; time < times; time++) expect(await isIn(cloud, client)).toBe(first);
        if (first) inside.add(client);
      }),
    );
  return inside;
};

describe('at 0 percent', () => {
  const cloud = useCloud({
    bare: true,
    flags: { [PERCENTAGE]: '0\n', [TESTERS]: 'qa-bot, qa-phone' },
  });
  const MESSAGES = [
    { jsonrpc: '2.0', id: 1, method: 'initialize' },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 2, method: 'tools/list' },
    { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'get_cache_stats' } },
    '{"jsonrpc":',
  ];

  keeps(
    ['dark-launch.key', 'dark-launch.share', 'rollback.dark-launch', 'status.503'],
    'every request of every client is 503 with Retry-After, its whole session long',
    async () => {
      for (const caller of [withSecret, by('ana'), by('ben')])
        for (const message of MESSAGES) {
          const response = await post(cloud(), message, caller);
          expect(response.status).toBe(503);
          expect(response.headers.get('retry-after')).toBe('300');
          expect(response.headers.has('x-ratelimit-remaining')).toBe(false);
          expect(await response.json()).toEqual({
            error: 'Service temporarily unavailable',
            message: 'This server is being rolled out, and this client is not in yet.',
            code: 'NOT_IN_ROLLOUT',
            requestId: response.headers.get('x-request-id'),
            retryAfter: 300,
          });
        }
    },
  );

  it('who is not known hears no more than that', async () => {
    expect((await ping(cloud(), { 'X-MCP-Secret': 'guess' })).status).toBe(401);
  });

  keeps('dark-launch.health', '/health and /admin go on, and tell the percentage', async () => {
    expect((await curl(cloud(), HEALTH)).status).toBe(200);
    expect(await darkLaunch(cloud())).toEqual({
      percentage: 0,
      source: 'kv',
      updatedAt: expect.any(String),
    });
    const response = await admin(cloud(), 'GET', '/admin/dark-launch');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ percentage: 0, source: 'kv', updatedBy: 'kv' });
  });

  it('testers get in: by their scope, or by the list in MCP_KV', async () => {
    const scoped = by('ana', { scope: 'db:query rollout:bypass' });
    for (const tester of [scoped, by('qa-bot'), by('qa-phone')])
      expect((await ping(cloud(), tester)).status).toBe(200);
    for (const client of ['qa', 'qa-bot2', 'qa-bot,', 'QA-BOT'])
      expect(await isIn(cloud(), client)).toBe(false);
  });
});

describe('with a percentage that cannot be read', () => {
  const cloud = useCloud({ bare: true, flags: { [PERCENTAGE]: 'half of them' } });

  it('nobody gets in, and /health says why without the value', async () => {
    expect(await isIn(cloud(), 'ana')).toBe(false);
    const status = await darkLaunch(cloud());
    expect(status).toMatchObject({ percentage: 0 });
    expect(status['problem']).toBe(
      `${PERCENTAGE} is not a whole number from 0 to 100; until it is, it counts as 0.`,
    );
  });

  it('an admin repairs it at once', async () => {
    await setRollout(cloud(), 100);
    expect(await isIn(cloud(), 'ana')).toBe(true);
    expect(await darkLaunch(cloud())).not.toHaveProperty('problem');
  });
});

describe('with a tool that is not rolled out', () => {
  const cloud = useCloud({ flags: { 'feature:tool:query_database': '0' } });
  const query = { query: 'SELECT 1' };

  it('it is in no list, and a call is refused with the reason', async () => {
    const { result } = await rpc(cloud(), 'tools/list', undefined, by('ana'));
    expect(JSON.stringify(result)).not.toContain('query_database');
    expect(JSON.stringify(result)).toContain('get_cache_stats');
    const { code, next } = await refusal(cloud(), 'query_database', query, by('ana'));
    expect(code).toBe('NOT_IN_ROLLOUT');
    expect(next).toContain('operator');
  });

  it('a tester has it, and everybody the other tools', async () => {
    const tester = by('tess', { scope: 'db:query rollout:bypass' });
    const { result } = await rpc(cloud(), 'tools/list', undefined, tester);
    expect(JSON.stringify(result)).toContain('"name":"query_database"');
    expect((await callTool(cloud(), 'query_database', query, tester)).isError).not.toBe(true);
    expect((await callTool(cloud(), 'get_cache_stats', {}, by('ana'))).isError).not.toBe(true);
  });
});

describe('a running server', () => {
  const cloud = useCloud({ bare: true });

  keeps(
    ['rollback.dark-launch', 'dark-launch.key'],
    'is taken out of service by one write to KV, within a minute',
    async () => {
      expect(await isIn(cloud(), 'ana')).toBe(true);
      await (await cloud().flags()).put(PERCENTAGE, '0');
      const deadline = Date.now() + KV_PATIENCE_MS;
      while ((await isIn(cloud(), 'ana')) && Date.now() < deadline) await Bun.sleep(500);
      expect(await isIn(cloud(), 'ana')).toBe(false);
      expect(await darkLaunch(cloud())).toMatchObject({ percentage: 0, source: 'kv' });
    },
    KV_PATIENCE_MS + 10_000,
  );

  keeps(
    'dark-launch.admin',
    'does what the guide’s curl says, from the next request on',
    async () => {
      const response = await curl(cloud(), SET_PERCENTAGE, { ADMIN_TOKEN });
      expect(response.status).toBe(200);
      expect(response.headers.get('etag')).toMatch(/^"\d+"$/);
      const setting = { percentage: 25, source: 'admin', updatedAt: expect.any(String) };
      expect(await response.json()).toEqual({ ...setting, updatedBy: 'admin' });
      expect(await darkLaunch(cloud())).toEqual(setting);
      expect(await (await cloud().flags()).get(PERCENTAGE, 'text')).toBe('25');
    },
  );

  it('refuses a change of what was changed meanwhile, and does not make it', async () => {
    const read = await admin(cloud(), 'GET', '/admin/dark-launch');
    const seen = { 'If-Match': read.headers.get('etag') ?? '' };
    const change = (percentage: number, headers: Record<string, string>) =>
      admin(cloud(), 'PUT', '/admin/dark-launch', { body: { percentage }, headers });
    const both = await Promise.all([change(30, seen), change(40, seen)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    const [winner, loser] = both[0]?.status === 200 ? both : both.toReversed();
    const won: Record<string, unknown> = Object(await winner?.json());
    expect(loser?.headers.get('etag')).toBe(winner?.headers.get('etag') ?? '');
    expect(await loser?.json()).toMatchObject({ code: 'PRECONDITION_FAILED', current: won });
    expect(await darkLaunch(cloud())).toMatchObject({ percentage: won['percentage'] });
  });

  it('refuses what is no percentage, and remembers who changed it, when, and from what', async () => {
    for (const body of ['{"percentage": 101}', '{"percentage": "5"}', '{"percentage": 1.5}', '{'])
      expect((await admin(cloud(), 'PUT', '/admin/dark-launch', { body })).status).toBe(400);
    const headers = { 'X-Admin-Name': 'ada' };
    await admin(cloud(), 'PUT', '/admin/dark-launch', { body: { percentage: 60 }, headers });
    const response = await admin(cloud(), 'GET', '/admin/dark-launch/history');
    const { entries }: { entries: Record<string, unknown>[] } = Object(await response.json());
    expect(entries[0]).toMatchObject({ by: 'admin:ada', source: 'admin', to: 60 });
    expect(entries.map(({ to }) => to).slice(2)).toEqual([25, 0]);
    expect(entries.map(({ from }) => from).slice(0, -1)).toEqual(
      entries.map(({ to }) => to).slice(1),
    );
    for (const { at } of entries) expect(Date.parse(String(at))).toBeGreaterThan(0);
  });
});

describe('a rollout that rises', () => {
  const cloud = useCloud({ bare: true });
  /** While the first request hears of it, those beside it go by what was known: so the crowd comes after it. */
  const raiseTo = async (percentage: number): Promise<void> => {
    await setRollout(cloud(), percentage);
    await ping(cloud(), by('first'));
  };

  keeps(
    ['dark-launch.share', 'overview.dark-launch'],
    'lets half of the clients in at 50 percent, each of them always or never, and takes nobody out again',
    async () => {
      await raiseTo(10);
      const tenth = await insiders(cloud(), 1);
      await raiseTo(50);
      const half = await insiders(cloud(), 2);
      const share = (half.size / CROWD.length) * 100;
      expect(share).toBeGreaterThanOrEqual(42);
      expect(share).toBeLessThanOrEqual(58);
      expect([...tenth].filter((client) => !half.has(client))).toEqual([]);
      expect(tenth.size).toBeGreaterThan(0);
      await raiseTo(100);
      expect((await insiders(cloud(), 1)).size).toBe(CROWD.length);
    },
  );
});
