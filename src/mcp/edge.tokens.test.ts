// Tokens from the day they are made to the day they are revoked: `bun mcp`, the admin API and the Worker together.
import { describe, expect, it } from 'bun:test';

import { CLI_ENV, mcp } from '../../test/kit/cli.ts';
import { useCloud } from '../../test/kit/cloud.ts';
import { admin, by, ping } from '../../test/kit/edge-calls.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { callTool, refusal, rpc } from '../../test/kit/mcp-calls.ts';
import { ADMIN_TOKEN, RUNNER_TOKEN, SHARED_SECRET, token } from '../../test/kit/tokens.ts';
import { DEFAULT_SCOPES, SCOPES, type Scope } from '../contract/scopes.ts';
import { claimsOf } from '../lib/signed-token.ts';
import { tools } from './tools/index.ts';

const cloud = useCloud({ bare: true });

/** `bun mcp …` of somebody who administers this cloud. */
const cli = async (...words: string[]): Promise<string> => {
  const { code, out, err } = await mcp(words, {
    env: { ...CLI_ENV, MCP_URL: cloud().url.origin },
  });
  expect(code, err).toBe(0);
  return out;
};

const bearing = (text: string) => ({ Authorization: `Bearer ${text}` });

/** Everything a refused caller gets but the id of his request. */
const refused = async (headers: Record<string, string>) => {
  const response = await ping(cloud(), headers);
  const { requestId, ...body }: Record<string, unknown> = Object(await response.json());
  expect(requestId).toBe(response.headers.get('x-request-id'));
  const names = [...response.headers.keys()].toSorted();
  return { status: response.status, body, names, asks: response.headers.get('www-authenticate') };
};

const listed = async (headers: Record<string, string>): Promise<string[]> => {
  const { result } = await rpc(cloud(), 'tools/list', undefined, headers);
  const { tools: found }: { tools: { name: string }[] } = Object(result);
  return found.map(({ name }) => name);
};

describe('a token of `bun mcp token`', () => {
  it('is let in, and may do what it says', async () => {
    const words = ['--client', 'cli', '--scope', 'db:query', '--stage', 'prod', '--expires', '5m'];
    const minted = bearing(await cli('token', ...words));
    expect((await ping(cloud(), minted)).status).toBe(200);
    expect(await listed(minted)).toEqual(['query_database']);
  });

  it('without a scope reads, and no more', async () => {
    const readers = tools.filter(({ scope }) => DEFAULT_SCOPES.includes(scope));
    expect(await listed(bearing(await cli('token', '--client', 'cli')))).toEqual(
      readers.map(({ name }) => name),
    );
  });
});

describe('a revoked token', () => {
  keeps(
    'security.revocation',
    'is a stranger’s from its next request on; other tokens of its client are not',
    async () => {
      const [lost, kept] = [
        await cli('token', '--client', 'laptop'),
        await cli('token', '--client', 'laptop'),
      ];
      expect((await ping(cloud(), bearing(lost))).status).toBe(200);
      await cli('token', 'revoke', String(claimsOf(lost)?.['jti']));
      const stranger = await refused({ Authorization: 'Bearer nobody' });
      expect(stranger).toMatchObject({ status: 401, asks: expect.stringMatching(/^Bearer /) });
      for (let time = 0; time < 3; time++) expect(await refused(bearing(lost))).toEqual(stranger);
      expect((await ping(cloud(), bearing(kept))).status).toBe(200);
    },
  );

  keeps(
    'security.revocation',
    'is any token of its client that was given out before, and none after',
    async () => {
      const old = Math.floor(Date.now() / 1_000) - 10;
      const before = [by('stolen', { iat: old }), by('stolen', { iat: old, jti: 'own-id' })];
      for (const caller of before) expect((await ping(cloud(), caller)).status).toBe(200);
      await cli('token', 'revoke', 'stolen');
      const stranger = await refused({ Authorization: 'Bearer nobody' });
      for (const caller of before) expect(await refused(caller)).toEqual(stranger);
      expect((await ping(cloud(), by('bystander', { iat: old }))).status).toBe(200);
      await Bun.sleep(1_100);
      expect((await ping(cloud(), bearing(await cli('token', '--client', 'stolen')))).status).toBe(
        200,
      );
    },
  );

  it('is refused in the middle of a session, and with everything it asks', async () => {
    const caller = by('chatty', { jti: 'session-1' });
    await rpc(cloud(), 'initialize', undefined, caller);
    const until = Math.ceil(Date.now() / 1_000) + 3_600;
    const body = { client: 'chatty', jti: 'session-1', until };
    const answer = await admin(cloud(), 'POST', '/admin/revocations', { body });
    expect(await answer.json()).toEqual({ revoked: body });
    const burst = await Promise.all(Array.from({ length: 20 }, () => ping(cloud(), caller)));
    expect([...new Set(burst.map(({ status }) => status))]).toEqual([401]);
  });

  it('can never be the shared secret', async () => {
    const body = { client: 'shared-secret' };
    expect((await admin(cloud(), 'POST', '/admin/revocations', { body })).status).toBe(400);
    expect((await ping(cloud(), { 'X-MCP-Secret': SHARED_SECRET })).status).toBe(200);
  });
});

describe('the admin API', () => {
  const ROUTES = [
    ['GET', '/admin/dark-launch', 200],
    ['PUT', '/admin/dark-launch', 400],
    ['GET', '/admin/dark-launch/history', 200],
    ['POST', '/admin/revocations', 400],
    ['GET', '/admin/limits/ana', 200],
    ['PUT', '/admin/limits/ana', 400],
  ] as const;
  const everything = token({ scope: SCOPES.join(' ') });
  const NOT_ADMINS: Record<string, Record<string, string>> = {
    nobody: {},
    'the shared secret': { 'X-MCP-Secret': SHARED_SECRET },
    'the shared secret as a token': bearing(SHARED_SECRET),
    'the runner': bearing(RUNNER_TOKEN),
    'a token with every scope': bearing(everything),
    'the admin token in another header': { 'X-MCP-Secret': ADMIN_TOKEN },
    'the admin token in capitals': bearing(ADMIN_TOKEN.toUpperCase()),
    'most of the admin token': bearing(ADMIN_TOKEN.slice(0, -1)),
    'the admin token, Basic': { Authorization: `Basic ${ADMIN_TOKEN}` },
  };

  it.each(ROUTES)('%s %s is for the admin token', async (method, path, status) => {
    expect((await admin(cloud(), method, path)).status).toBe(status);
  });

  it.each(Object.entries(NOT_ADMINS))('is closed to %s', async (_, headers) => {
    for (const [method, path] of ROUTES) {
      const response = await cloud().fetch(path, { method, headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  it('opens nothing else to the admin token', async () => {
    expect((await ping(cloud(), bearing(ADMIN_TOKEN))).status).toBe(401);
    expect((await ping(cloud(), { 'X-MCP-Secret': ADMIN_TOKEN })).status).toBe(401);
    expect((await cloud().publish({}, ADMIN_TOKEN)).status).toBe(401);
  });
});

describe('a client that has no token', () => {
  it('is told with each 401 where to read how to get one', async () => {
    const { origin } = cloud().url;
    const asks = (await ping(cloud(), {})).headers.get('www-authenticate') ?? '';
    const [, address = ''] = /^Bearer .*resource_metadata="([^"]+)"/.exec(asks) ?? [];
    expect(address).toBe(`${origin}/.well-known/oauth-protected-resource/mcp`);
    const document = await fetch(address);
    expect(document.status).toBe(200);
    expect(await document.json()).toMatchObject({
      resource: `${origin}/mcp`,
      bearer_methods_supported: ['header'],
      scopes_supported: [...DEFAULT_SCOPES],
    });
  });

  it('finds the document of the host beside it', async () => {
    const document = await cloud().fetch('/.well-known/oauth-protected-resource');
    expect(await document.json()).toMatchObject({ resource: cloud().url.origin });
  });
});

const OPERATION = `prod.${'0'.repeat(32)}`;
/** What a call needs so that it is the token that decides. */
const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  deploy_infrastructure: { stage: 'prod' },
  destroy_infrastructure: { stage: 'prod' },
  get_operation: { operationId: OPERATION },
  cancel_operation: { operationId: OPERATION },
};
/** These would wait for a runner; that they are let in is tested with one, beside each tool. */
const STARTING = new Set(['deploy_infrastructure', 'destroy_infrastructure', 'detect_drift']);

describe.each(tools.map(({ name, scope }) => [name, scope] as const))('%s', (name, scope) => {
  const args = ARGUMENTS[name] ?? {};
  const namesWith = (isWanted: (own: Scope) => boolean) =>
    tools.filter((tool) => isWanted(tool.scope)).map((tool) => tool.name);

  it(`is for tokens with ${scope}, hidden from the others, and says so when called`, async () => {
    expect(await listed(by(`with-${name}`, { scope }))).toEqual(namesWith((own) => own === scope));
    const scopes = SCOPES.filter((it) => it !== scope);
    const without = by(`without-${name}`, { scope: scopes.join(' ') });
    expect(await listed(without)).toEqual(namesWith((own) => own !== scope));
    const { code, message, next } = await refusal(cloud(), name, args, without);
    expect(code).toBe('SCOPE_MISSING');
    expect(message + next).toContain(scope);
  });

  it('keeps to the stages of the token', async () => {
    for (const stages of [['preview-*'], ['production'], [], ['PROD']]) {
      const elsewhere = by(`stages-${name}`, { scope, stages });
      expect((await refusal(cloud(), name, args, elsewhere)).code).toBe('STAGE_NOT_ALLOWED');
    }
    if (STARTING.has(name)) return;
    for (const stages of [['prod'], ['pr*'], ['preview-*', '*']]) {
      const here = by(`stages-${name}`, { scope, stages });
      const { content } = await callTool(cloud(), name, args, here);
      expect(content[0].text).not.toMatch(/SCOPE_MISSING|STAGE_NOT_ALLOWED/);
    }
  });
});
