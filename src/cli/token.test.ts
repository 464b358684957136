// `bun mcp token` and `token inspect`, by word and by result.
import { afterAll, describe, expect, it } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import jwt from 'jsonwebtoken';

import { CLI_ENV, mcp, mcpProcess } from '../../test/kit/cli.ts';
import { useCloud } from '../../test/kit/cloud.ts';
import { post, refusal } from '../../test/kit/mcp-calls.ts';
import { JWT_SECRET, KEYS, token } from '../../test/kit/tokens.ts';
import { clientOfTokenId } from '../contract/token-id.ts';
import { claimsOf, headerOf } from '../lib/signed-token.ts';

const MINT = ['token', '--client', 'my-client', '--sub', 'user-123'];
const FULL = [...MINT, '--scope', 'infra:plan db:query', '--stage', 'preview-*', '--expires', '1h'];
const ROTATING = { ...CLI_ENV, MCP_JWT_SECRETS: JSON.stringify(KEYS) };

const minted = async (words: readonly string[], env: Record<string, string> = CLI_ENV) => {
  const { code, out, err } = await mcp(words, { env });
  expect(code, err).toBe(0);
  return out;
};

describe('bun mcp token', () => {
  it('prints the token alone, and what it is good for beside it', async () => {
    const { code, out, err } = await mcpProcess(FULL);
    expect(code).toBe(0);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(headerOf(out)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'default' });
    const claims = claimsOf(out) ?? {};
    expect(claims).toEqual({
      iss: 'alchemy-mcp-worker',
      aud: 'alchemy-mcp-worker',
      sub: 'user-123',
      client_id: 'my-client',
      scope: 'infra:plan db:query',
      stages: ['preview-*'],
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: Number(claims['iat']) + 3_600,
    });
    expect(clientOfTokenId(String(claims['jti']))).toBe('my-client');
    for (const fact of ['my-client', 'infra:plan, db:query', 'preview-*', String(claims['jti'])])
      expect(err).toContain(fact);
    expect(err + out).not.toContain(JWT_SECRET);
  });

  it('takes the client for the subject, and leaves out what was not asked for', async () => {
    const claims = claimsOf(await minted(['token', '--client', 'ci'])) ?? {};
    expect(claims).toMatchObject({ sub: 'ci', client_id: 'ci' });
    expect(Object.keys(claims)).not.toContain('scope');
    expect(Object.keys(claims)).not.toContain('stages');
  });

  it('takes stages one by one or together, and scopes with commas', async () => {
    const words = ['--scope', 'db:query,cache:read', '--stage', 'prod', '--stage', 'preview-*, qa'];
    expect(claimsOf(await minted([...MINT, ...words]))).toMatchObject({
      scope: 'db:query cache:read',
      stages: ['prod', 'preview-*', 'qa'],
    });
  });

  it('signs with the first key of MCP_JWT_SECRETS, for the issuer and audience that are set', async () => {
    const env = { ...ROTATING, MCP_JWT_ISSUER: 'https://id.example', MCP_JWT_AUDIENCE: 'mcp' };
    const text = await minted(FULL, env);
    expect(headerOf(text)?.['kid']).toBe(KEYS[0].kid);
    expect(claimsOf(text)).toMatchObject({ iss: 'https://id.example', aud: 'mcp' });
  });

  it('lets a token live for a day where it is not production', async () => {
    const env = { ...CLI_ENV, ENVIRONMENT: 'staging' };
    const { iat, exp } = claimsOf(await minted([...MINT, '--expires', '1d'], env)) ?? {};
    expect(Number(exp) - Number(iat)).toBe(86_400);
  });

  it('reads .env of the folder it is run in', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-cli-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const keys = JSON.stringify(KEYS);
    writeFileSync(join(folder, '.env'), `MCP_JWT_SECRET=${JWT_SECRET}\nMCP_JWT_SECRETS=${keys}\n`);
    const { code, out } = await mcpProcess(FULL, { env: {}, folder });
    expect(code).toBe(0);
    expect(headerOf(out)?.['kid']).toBe(KEYS[0].kid);
  });

  it.each([
    [['--sub', 'x'], '--client is missing'],
    [['--client', 'two words'], 'visible ASCII'],
    [['--client', ''], 'visible ASCII'],
    [['--client', 'shared-secret'], 'belongs to MCP_SHARED_SECRET'],
    [['--client', 'a', '--sub', 'shared-secret'], 'belongs to MCP_SHARED_SECRET'],
    [['--client', 'a', '--scope', 'db:write'], 'no scope "db:write". Known: infra:read,'],
    [['--client', 'a', '--scope', ' '], 'names no scope'],
    [['--client', 'a', '--stage', 'Prod'], '--stage "Prod" matches no stage'],
    [['--client', 'a', '--stage', 'preview-'], 'matches no stage'],
    [['--client', 'a', '--stage', '.*'], 'matches no stage'],
    [['--client', 'a', '--expires', 'soon'], '"soon" is no duration'],
    [['--client', 'a', '--expires', '60'], 'is no duration'],
    [['--client', 'a', '--expires', '0s'], 'is no duration'],
    [['--client', 'a', '--expires', '61m'], '1 h at most in production'],
    [['--client', 'a', '--colour', 'red'], "Unknown option '--colour'."],
    [['--client'], '--client'],
    [['--client', 'a', 'b'], 'one word too many: "b"'],
  ])('refuses %j in one sentence', async (words, expected) => {
    const { code, out, err } = await mcp(['token', ...words]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(expected);
    expect(err.split('\n')).toHaveLength(1);
  });

  it('fails as a program when it refuses', async () => {
    const { code, out, err } = await mcpProcess([...MINT, '--expires', '2h']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe('--expires 2h is too long: 1 h at most in production.');
  });

  it.each([
    [{}, 'MCP_JWT_SECRET is not set.'],
    [{ MCP_JWT_SECRET: 'your-jwt-secret-here' }, 'MCP_JWT_SECRET is shorter than 32 bytes.'],
    [{ ...CLI_ENV, MCP_JWT_SECRETS: '[{' }, 'MCP_JWT_SECRETS is not valid'],
    [{ ...CLI_ENV, ENVIRONMENT: 'prod' }, 'ENVIRONMENT is not valid.'],
    [{ ...CLI_ENV, MCP_JWT_STRICT: 'on' }, 'MCP_JWT_STRICT is not valid.'],
  ])('does not sign with settings a server would not serve with: %j', async (env, expected) => {
    const { code, out, err } = await mcp(FULL, { env });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(expected);
    expect(err).not.toContain(JWT_SECRET);
  });
});

describe('a server in strict mode, in the middle of a rotation', () => {
  const cloud = useCloud({
    bare: true,
    settings: { MCP_JWT_STRICT: '1', MCP_JWT_SECRETS: JSON.stringify(KEYS) },
  });
  const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

  it('takes what bun mcp token prints, within its scopes and stages', async () => {
    const { out } = await mcpProcess(FULL, { env: ROTATING });
    const headers = { Authorization: `Bearer ${out}` };
    const response = await post(cloud(), LIST, headers);
    expect(response.status).toBe(200);
    const listed = await response.text();
    expect(listed).toContain('query_database');
    expect(listed).not.toContain('list_bucket_objects');
    const query = { query: 'SELECT 1', stage: 'prod' };
    const refused = await refusal(cloud(), 'query_database', query, headers);
    expect(refused.code).toBe('STAGE_NOT_ALLOWED');
  });

  it('takes one that was signed before the rotation began', async () => {
    const headers = { Authorization: `Bearer ${await minted(FULL)}` };
    expect((await post(cloud(), LIST, headers)).status).toBe(200);
  });
});

describe('bun mcp token inspect', () => {
  const inspect = (text: string, env: Record<string, string> = CLI_ENV) =>
    mcp(['token', 'inspect', text], { env });

  it('says what a good token may do, where, and until when', async () => {
    const { code, out } = await inspect(await minted(FULL));
    expect(code).toBe(0);
    expect(out).toStartWith('Accepted');
    for (const fact of ['my-client', 'user-123', 'infra:plan, db:query', 'preview-*'])
      expect(out).toContain(fact);
    expect(out).toMatch(/ends +20\d\d-\d\d-\d\dT[\d:]+Z \(in (1 h|59 min|60 min)\)/);
  });

  it('reads it from a pipe as well, with the word Bearer before it or without', async () => {
    const { code, out } = await mcpProcess(['token', 'inspect'], { input: `Bearer ${token()}\n` });
    expect(code).toBe(0);
    expect(out).toContain('every stage');
  });

  const hourAgo = Math.floor(Date.now() / 1_000) - 3_600;
  const signedWithHs512 = jwt.sign({ sub: 'a' }, JWT_SECRET, { algorithm: 'HS512' });
  const strict = { ...ROTATING, MCP_JWT_STRICT: '1' };

  it.each([
    ['an ended one', token({ iat: hourAgo, exp: hourAgo + 60 }), CLI_ENV, /it ended .*59 min ago/],
    ['one of another key', token({}, KEYS[0].secret), CLI_ENV, /signed with another key/],
    ['one of an unknown key', token({}, KEYS[0].secret, 'x'), CLI_ENV, /not in MCP_JWT_SECRETS/],
    ['one that lives too long', token({ exp: hourAgo + 90_000 }), CLI_ENV, /longer than 1 h/],
    ['one not good yet', token({ nbf: hourAgo + 7_200 }), CLI_ENV, /good from .*in (1 h|60 min)/],
    ['the operator’s name', token({ sub: 'shared-secret' }), CLI_ENV, /calls itself shared-secret/],
    ['a scope of another form', token({ scope: ['db:query'] }), CLI_ENV, /not of its form/],
    ['the guide’s, in strict mode', token(), strict, /does not say which key/],
    ['no iss, in strict mode', token({}, KEYS[0].secret, KEYS[0].kid), strict, /strict mode asks/],
    ['another algorithm', signedWithHs512, CLI_ENV, /not signed with HS256/],
    ['half of one', token().slice(0, -9), CLI_ENV, /not all of one/],
    ['a word', 'hello', CLI_ENV, /no signed token/],
  ])('says why it would be refused: %s', async (_, text, env, reason) => {
    const { code, out } = await inspect(text, env);
    expect(code).toBe(1);
    expect(out).toMatch(/^Refused: /);
    expect(out).toMatch(reason);
    for (const { secret } of [...KEYS, { secret: JWT_SECRET }]) expect(out).not.toContain(secret);
  });

  it('shows what a forged token says, as its own word, and lets it draw nothing', async () => {
    const scope = '\u{1B}[2J\u{202E}db:query\nAccepted';
    const { out } = await inspect(token({ scope }, KEYS[0].secret));
    expect(out).toContain('nobody vouches for it');
    expect(out).toContain(String.raw`\u{001B}[2J\u{202E}db:query\u{000A}Accepted`);
  });
});
