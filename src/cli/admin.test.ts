// The commands that ask a running server, against one that keeps to src/contract/admin.ts and nothing more.
import { afterAll, beforeEach, describe, expect, it } from 'bun:test';

import { CLI_ENV, mcp, mcpProcess } from '../../test/kit/cli.ts';
import { ADMIN_TOKEN, token } from '../../test/kit/tokens.ts';
import {
  type Revocation,
  limitChangeSchema,
  revocationSchema,
  rolloutChangeSchema,
} from '../contract/admin.ts';
import { tokenIdFor } from '../contract/token-id.ts';

interface State {
  percentage: number;
  version: number;
  /** Somebody else's change, between our look and ours. */
  meanwhile: number | undefined;
  revoked: Revocation[];
  limits: Map<string, number>;
  names: (string | null)[];
}

const fresh = (): State => ({
  percentage: 10,
  version: 1,
  meanwhile: undefined,
  revoked: [],
  limits: new Map(),
  names: [],
});
let state = fresh();
beforeEach(() => {
  state = fresh();
});

const rolloutAnswer = () =>
  Response.json(
    { percentage: state.percentage, updatedAt: '2026-11-22T10:00:00.000Z', updatedBy: 'admin:ada' },
    { headers: { ETag: `"${state.version}"` } },
  );

const setRollout = async (request: Request): Promise<Response> => {
  if (state.meanwhile !== undefined) {
    state = { ...state, percentage: state.meanwhile, version: state.version + 1 };
  }
  if (request.headers.get('if-match') !== `"${state.version}"`)
    return Response.json({ message: 'Changed.' }, { status: 412 });
  const { percentage } = rolloutChangeSchema.parse(await request.json());
  state = { ...state, percentage, version: state.version + 1 };
  return rolloutAnswer();
};

const limitAnswer = (client: string) =>
  Response.json({
    client,
    limit: state.limits.get(client) ?? 100,
    isOverride: state.limits.has(client),
  });

const setLimit = async (request: Request, client: string): Promise<Response> => {
  const { limit } = limitChangeSchema.parse(await request.json());
  if (typeof limit === 'number') state.limits.set(client, limit);
  else state.limits.delete(client);
  return limitAnswer(client);
};

const answer = async (request: Request): Promise<Response> => {
  const { pathname } = new URL(request.url);
  if (request.headers.get('authorization') !== `Bearer ${ADMIN_TOKEN}`)
    return Response.json({ message: 'No.' }, { status: 401 });
  state.names.push(request.headers.get('x-admin-name'));
  const client = decodeURIComponent(/^\/admin\/limits\/([^/]+)$/.exec(pathname)?.[1] ?? '');
  switch (`${request.method} ${client === '' ? pathname : 'limit'}`) {
    case 'GET /admin/dark-launch':
      return rolloutAnswer();
    case 'PUT /admin/dark-launch':
      return setRollout(request);
    case 'GET limit':
      return limitAnswer(client);
    case 'PUT limit':
      return setLimit(request, client);
    case 'POST /admin/revocations':
      state.revoked.push(revocationSchema.parse(await request.json()));
      return Response.json({});
    default:
      return Response.json({ message: 'Not here.' }, { status: 404 });
  }
};

const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
afterAll(() => server.stop(true));

const env = { ...CLI_ENV, PORT: String(server.port), USER: 'ada' };
const ask = (...words: string[]) => mcp(words, { env });
const askAsProgram = (...words: string[]) => mcpProcess(words, { env });

describe('bun mcp rollout', () => {
  it('shows the percentage, who set it, and when', async () => {
    for (const words of [['rollout'], ['rollout', 'get']]) {
      const { code, out, err } = await ask(...words);
      expect({ code, out }).toEqual({ code: 0, out: '10%' });
      expect(err).toBe('Set 2026-11-22T10:00:00.000Z by admin:ada.');
    }
  });

  it('sets it, in the name of who is logged in', async () => {
    const { code, out, err } = await askAsProgram('rollout', 'set', '25');
    expect({ code, out }).toEqual({ code: 0, out: '25%' });
    expect(err).toContain('It was 10%.');
    expect(state.percentage).toBe(25);
    expect(new Set(state.names)).toEqual(new Set(['ada']));
  });

  it('does not write over what somebody else set in between', async () => {
    state.meanwhile = 0;
    const { code, out, err } = await askAsProgram('rollout', 'set', '50');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('Somebody else has changed it');
    expect(state.percentage).toBe(0);
  });

  it.each([
    [['set']],
    [['set', '101']],
    [['set', '-1']],
    [['set', '12.5']],
    [['set', '1e1']],
    [['set', 'all']],
    [['get', '5']],
    [['50']],
    [['set', '5', '6']],
  ])('refuses %j, and asks nobody', async (words) => {
    const { code, out, err } = await ask('rollout', ...words);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.split('\n')).toHaveLength(1);
    expect(state.names).toEqual([]);
  });
});

describe('bun mcp limit', () => {
  it('shows, sets and takes back the limit of a client, whatever it is called', async () => {
    for (const client of ['my-client', 'a/b?c=%', '...']) {
      expect(await ask('limit', client)).toMatchObject({ code: 0, out: '100' });
      const set = await askAsProgram('limit', client, '250');
      expect(set).toMatchObject({ code: 0, out: '250' });
      expect(state.limits.get(client)).toBe(250);
      expect(await ask('limit', client, 'default')).toMatchObject({ code: 0, out: '100' });
    }
  });

  it.each([
    [[]],
    [['two words']],
    [['..']],
    [['a', '0']],
    [['a', '1.5']],
    [['a', 'more']],
    [['a', '10001']],
  ])('refuses %j, and asks nobody', async (words) => {
    expect(await ask('limit', ...words)).toMatchObject({ code: 1, out: '' });
    expect(state.names).toEqual([]);
  });
});

describe('bun mcp token revoke', () => {
  const uuid = 'd9c1b3a0-1f2e-4d3c-8b4a-596877869504';
  const nowS = () => Math.floor(Date.now() / 1_000);

  it('knows whose the ids of our own tokens are', async () => {
    const id = tokenIdFor('my-client', uuid);
    expect(await askAsProgram('token', 'revoke', id)).toMatchObject({ code: 0 });
    expect(state.revoked).toEqual([{ client: 'my-client', jti: id, until: expect.any(Number) }]);
    const [revocation] = state.revoked;
    const until = revocation !== undefined && 'until' in revocation ? revocation.until : 0;
    expect(until).toBeGreaterThanOrEqual(nowS() + 86_400);
  });

  it('takes a whole token, and holds until it would have ended', async () => {
    const exp = nowS() + 600;
    expect(await ask('token', 'revoke', token({ jti: 'j-1', exp }))).toMatchObject({ code: 0 });
    expect(state.revoked).toEqual([{ client: 'my-client', jti: 'j-1', until: exp + 5 }]);
  });

  it('takes a client, with all of its tokens up to now', async () => {
    const { code, out } = await ask('token', 'revoke', 'my-client');
    expect(code).toBe(0);
    expect(out).toContain('every token of my-client');
    expect(await ask('token', 'revoke', '--client', uuid)).toMatchObject({ code: 0 });
    expect(state.revoked).toEqual([{ client: 'my-client' }, { client: uuid }]);
  });

  it('asks whose a foreign id is, and takes the word for it', async () => {
    for (const id of [uuid, '01J9ZQ4T7W5X2Y3Z4A5B6C7D8E', 'abc.DEF-0123456789abc']) {
      const { code, err } = await ask('token', 'revoke', id);
      expect(code).toBe(1);
      expect(err).toContain('--client');
    }
    expect(state.revoked).toEqual([]);
    expect(await ask('token', 'revoke', uuid, '--client', 'them')).toMatchObject({ code: 0 });
    expect(state.revoked).toMatchObject([{ client: 'them', jti: uuid }]);
  });

  it.each([
    [[], 'What is to be revoked?'],
    [[token()], 'has no id'],
    [[token({ jti: 'j-1' }), '--client', 'other'], 'a token of my-client, not of other'],
    [[tokenIdFor('my-client', uuid), '--client', 'other'], 'of my-client, not of other'],
    [['shared-secret'], 'MCP_SHARED_SECRET'],
    [['two words'], 'visible ASCII'],
  ])('refuses %j, and asks nobody', async (words, expected) => {
    const { code, out, err } = await ask('token', 'revoke', ...words);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(expected);
    expect(state.names).toEqual([]);
  });
});

describe('a server that cannot be asked', () => {
  const rollout = (over: Record<string, string>, ...words: string[]) =>
    mcp(['rollout', ...words], { env: { ...env, ...over } });

  const elsewhere = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: ({ url, headers }) => {
      seen.push(headers.get('authorization') ?? '');
      return new URL(url).pathname === '/admin/dark-launch' && answers.shift()
        ? Response.redirect(`http://127.0.0.1:${server.port}/admin/dark-launch`, 307)
        : new Response('<html>');
    },
  });
  const seen: string[] = [];
  const answers = [true];
  afterAll(() => elsewhere.stop(true));

  it('is told apart by what is wrong', async () => {
    const at = `http://127.0.0.1:${elsewhere.port}`;
    const cases: [Record<string, string>, string[], string][] = [
      [{ MCP_ADMIN_TOKEN: '' }, [], 'MCP_ADMIN_TOKEN is not set.'],
      [{ MCP_ADMIN_TOKEN: 'short' }, [], 'MCP_ADMIN_TOKEN is shorter than 32 bytes.'],
      [{ MCP_ADMIN_TOKEN: ADMIN_TOKEN.replace('7', '8') }, [], 'has another MCP_ADMIN_TOKEN'],
      [{ MCP_ADMIN_TOKEN: `${ADMIN_TOKEN} ü` }, [], 'other than printable ASCII'],
      [{ MCP_ADMIN_TOKEN: `${ADMIN_TOKEN}"` }, [], 'no Authorization header may hold'],
      [{ PORT: '1' }, [], 'No server answers at http://localhost:1.'],
      [{ MCP_URL: 'mcp.example.com' }, [], 'is no address of a server'],
      [{ MCP_URL: 'http://mcp.example.com' }, [], 'not sent to mcp.example.com without TLS'],
      [{}, ['--url', 'http://localhost.example.com'], 'without TLS'],
      [{}, ['--url', at], 'answers with a redirect'],
      [{}, ['--url', at], 'Is it this server?'],
    ];
    for (const [over, words, expected] of cases) {
      const { code, out, err } = await rollout(over, ...words);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain(expected);
      expect(err).not.toContain(ADMIN_TOKEN);
    }
    expect(seen).toHaveLength(2);
  });

  it('is found by --url before MCP_URL, with or without /mcp at its end', async () => {
    const url = `http://127.0.0.1:${server.port}/mcp`;
    const { code, out } = await rollout({ MCP_URL: 'http://localhost:1' }, '--url', url);
    expect({ code, out }).toEqual({ code: 0, out: '10%' });
  });
});
