import { describe, expect, it } from 'bun:test';
import { randomBytes } from 'node:crypto';

import { useCloud } from '../../test/kit/cloud.ts';
import { GITHUB_SETTINGS, GITHUB_TOKEN } from '../../test/kit/github/actions.ts';
import { ENV_FILE } from '../../test/kit/guide.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { catalogOf, SAMPLE } from '../../test/kit/sample-stack.ts';
import {
  ADMIN_TOKEN,
  JWT_SECRET,
  KEYS,
  RUNNER_TOKEN,
  SHARED_SECRET,
  withSecret,
} from '../../test/kit/tokens.ts';
import { createApp } from './app.ts';
import { parseSettings, secretsOf } from './settings.ts';
import { createTelemetry } from './telemetry.ts';

const GOOD = {
  ENVIRONMENT: 'production',
  MCP_SHARED_SECRET: SHARED_SECRET,
  MCP_JWT_SECRET: JWT_SECRET,
  MCP_RUNNER_TOKEN: RUNNER_TOKEN,
  MCP_CATALOG: JSON.stringify(catalogOf(SAMPLE)),
};

type Bad = readonly [what: string, setting: string, over: Readonly<Record<string, unknown>>];

const badSecrets = (name: string): Bad[] => [
  [`${name} missing`, name, { [name]: undefined }],
  [`${name} empty`, name, { [name]: '' }],
  [`${name} of 31 bytes`, name, { [name]: randomBytes(31).toString('hex').slice(0, 31) }],
  [`${name} as in the guide`, name, { [name]: 'your-secret-here' }],
  [`${name} as in the guide, made long`, name, { [name]: 'your-jwt-secret-here-0123456789abcdef' }],
  [`${name} to be changed`, name, { [name]: 'change-me-0123456789-abcdefghijklm' }],
  [`${name} of a missing variable`, name, { [name]: `undefined${'0123456789'.repeat(4)}` }],
  [`${name} of one letter`, name, { [name]: 'a'.repeat(64) }],
  [`${name} of a short pattern`, name, { [name]: 'abc123'.repeat(12) }],
  [`${name} of spaces`, name, { [name]: ' '.repeat(64) }],
  [`${name} as a number`, name, { [name]: 12_345_678 }],
];

const github = (over: Readonly<Record<string, string>>) => ({ ...GITHUB_SETTINGS, ...over });

const BAD: readonly Bad[] = [
  ...badSecrets('MCP_SHARED_SECRET'),
  ...badSecrets('MCP_JWT_SECRET'),
  ['a short runner token', 'MCP_RUNNER_TOKEN', { MCP_RUNNER_TOKEN: 'runner-1' }],
  ['an empty runner token', 'MCP_RUNNER_TOKEN', { MCP_RUNNER_TOKEN: '' }],
  ['a short admin token', 'MCP_ADMIN_TOKEN', { MCP_ADMIN_TOKEN: 'admin-1' }],
  ['an empty admin token', 'MCP_ADMIN_TOKEN', { MCP_ADMIN_TOKEN: '' }],
  ['a placeholder for it', 'MCP_ADMIN_TOKEN', { MCP_ADMIN_TOKEN: 'change-me-'.repeat(5) }],
  ['the shared secret as admin token', 'Two secrets', { MCP_ADMIN_TOKEN: SHARED_SECRET }],
  ['keys that are no JSON', 'MCP_JWT_SECRETS', { MCP_JWT_SECRETS: KEYS[0].secret }],
  ['keys that are empty', 'MCP_JWT_SECRETS', { MCP_JWT_SECRETS: '' }],
  ['keys that are not text', 'MCP_JWT_SECRETS', { MCP_JWT_SECRETS: KEYS }],
  [
    'a key that is a placeholder',
    'MCP_JWT_SECRETS[1]',
    { MCP_JWT_SECRETS: JSON.stringify([KEYS[0], { kid: 'b', secret: 'your-secret-'.repeat(4) }]) },
  ],
  [
    'two keys alike',
    'Two secrets',
    { MCP_JWT_SECRETS: JSON.stringify([KEYS[0], { ...KEYS[0], kid: 'b' }]) },
  ],
  [
    'MCP_JWT_SECRET among the keys',
    'Two secrets',
    { MCP_JWT_SECRETS: JSON.stringify([{ kid: 'a', secret: JWT_SECRET }]) },
  ],
  ['a repository without an owner', 'MCP_GITHUB_REPOSITORY', { MCP_GITHUB_REPOSITORY: 'infra' }],
  [
    'a repository as an address',
    'MCP_GITHUB_REPOSITORY',
    github({ MCP_GITHUB_REPOSITORY: 'https://github.com/octo-org/infra' }),
  ],
  [
    'a repository that leads elsewhere',
    'MCP_GITHUB_REPOSITORY',
    github({ MCP_GITHUB_REPOSITORY: 'octo-org/..' }),
  ],
  [
    'a workflow by its path',
    'MCP_GITHUB_WORKFLOW',
    github({ MCP_GITHUB_WORKFLOW: '../operate.yml' }),
  ],
  ['a full ref', 'MCP_GITHUB_REF', github({ MCP_GITHUB_REF: 'refs/heads/main' })],
  ['a branch that climbs', 'MCP_GITHUB_REF', github({ MCP_GITHUB_REF: 'a/../main' })],
  ['a number that is a name', 'MCP_GITHUB_OWNER_ID', github({ MCP_GITHUB_OWNER_ID: 'octo-org' })],
  ['half a GitHub token', 'MCP_GITHUB_TOKEN', github({ MCP_GITHUB_TOKEN: 'ghp_1' })],
  [
    'a GitHub token of two lines',
    'MCP_GITHUB_TOKEN',
    github({ MCP_GITHUB_TOKEN: `${'t'.repeat(40)}\nX-Evil: 1` }),
  ],
  ['a GitHub token for no repository', 'MCP_GITHUB_REPOSITORY', { MCP_GITHUB_TOKEN: GITHUB_TOKEN }],
  ['one secret for GitHub and us', 'Two secrets', github({ MCP_GITHUB_TOKEN: RUNNER_TOKEN })],
  ['strict mode in other words', 'MCP_JWT_STRICT', { MCP_JWT_STRICT: 'on' }],
  ['an empty issuer', 'MCP_JWT_ISSUER', { MCP_JWT_ISSUER: '' }],
  ['one secret for two', 'Two secrets', { MCP_JWT_SECRET: SHARED_SECRET }],
  ['the runner token as secret', 'Two secrets', { MCP_SHARED_SECRET: RUNNER_TOKEN }],
  ['the runner token as key', 'Two secrets', { MCP_RUNNER_TOKEN: JWT_SECRET }],
  ['no such environment', 'ENVIRONMENT', { ENVIRONMENT: 'prod' }],
  ['no catalog', 'MCP_CATALOG', { MCP_CATALOG: undefined }],
  ['a catalog that is no JSON', 'MCP_CATALOG', { MCP_CATALOG: '{"stack":' }],
  ['a catalog of another form', 'MCP_CATALOG', { MCP_CATALOG: '{"stack":"demo"}' }],
  [
    'nothing at all',
    'MCP_SHARED_SECRET',
    Object.fromEntries(Object.keys(GOOD).map((k) => [k, undefined])),
  ],
];

const ROUTES = [
  ['POST', '/mcp'],
  ['POST', '/mcp/'],
  ['GET', '/mcp'],
  ['PUT', '/runner/snapshot'],
  ['GET', '/'],
  ['GET', '/unknown'],
  ['DELETE', '/health/more'],
] as const;

/** The server with these settings, as far as it goes without any. */
const appWith = (over: Readonly<Record<string, unknown>>) => {
  const parsed = parseSettings({ ...GOOD, ...over });
  if (!('problems' in parsed)) throw new Error('These settings are accepted.');
  return createApp({ parsed, telemetry: createTelemetry(undefined) });
};

describe('settings that are not safe to serve with', () => {
  it.each([...BAD])('close every route but /health: %s', async (_, setting, over) => {
    const app = appWith(over);
    for (const [method, path] of ROUTES) {
      const response = await app.request(path, { method, headers: withSecret });
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({
        error: 'Service temporarily unavailable',
        message: expect.stringContaining('/health'),
        code: 'AUTH_NOT_CONFIGURED',
        requestId: expect.any(String),
      });
    }
    const health = await app.request('/health');
    expect(health.status).toBe(503);
    const text = await health.text();
    expect(JSON.parse(text)).toMatchObject({ status: 'degraded', service: 'mcp-worker' });
    expect(text).toContain(setting);
    for (const value of Object.values({ ...GOOD, ...over }))
      if (typeof value === 'string' && value.length > 10)
        expect(text).not.toContain(value.trim() || '  ');
  });

  it('are all named at once, so that one deploy repairs them', () => {
    const parsed = parseSettings({ MCP_SHARED_SECRET: 'short', ENVIRONMENT: 'prod' });
    const problems = 'problems' in parsed ? parsed.problems.join('\n') : '';
    for (const name of ['MCP_SHARED_SECRET', 'MCP_JWT_SECRET', 'ENVIRONMENT', 'MCP_CATALOG'])
      expect(problems).toContain(name);
  });
});

describe('a deployed server without its secrets', () => {
  const cloud = useCloud({
    settings: { MCP_SHARED_SECRET: undefined, MCP_JWT_SECRET: 'your-jwt-secret-here' },
  });

  keeps('status.503-secrets', 'is there, serves nobody, and says what is missing', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize' });
    const headers = { 'Content-Type': 'application/json' };
    for (const secret of ['', 'undefined', 'your-jwt-secret-here'])
      for (const credentials of [
        { 'X-MCP-Secret': secret },
        { Authorization: `Bearer ${secret}` },
        {},
      ]) {
        const init = { method: 'POST', headers: { ...headers, ...credentials }, body };
        expect((await cloud().fetch('/mcp', init)).status).toBe(503);
      }
    const health = await cloud().fetch('/health');
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      status: 'degraded',
      environment: 'production',
      problems: ['MCP_SHARED_SECRET is not set.', 'MCP_JWT_SECRET is shorter than 32 bytes.'],
    });
  });
});

describe('settings that are fit', () => {
  const parse = (over: Readonly<Record<string, unknown>> = {}) => {
    const parsed = parseSettings({ ...GOOD, ...over });
    if ('problems' in parsed) throw new Error(parsed.problems.join(' '));
    return parsed.settings;
  };

  keeps(
    ['settings.shared-secret', 'settings.jwt-secret'],
    'take what `openssl rand -hex 32` and `-hex 64` print, always',
    () => {
      for (let run = 0; run < 200; run++) {
        const MCP_SHARED_SECRET = randomBytes(32).toString('hex');
        const MCP_JWT_SECRET = randomBytes(64).toString('hex');
        expect(parse({ MCP_SHARED_SECRET, MCP_JWT_SECRET })).toMatchObject({
          sharedSecret: MCP_SHARED_SECRET,
          jwtSecret: MCP_JWT_SECRET,
        });
      }
    },
  );

  keeps('settings.environment', 'know three environments, and take production for granted', () => {
    for (const ENVIRONMENT of ['development', 'staging', 'production'] as const)
      expect(parse({ ENVIRONMENT }).environment).toBe(ENVIRONMENT);
    expect(parse({ ENVIRONMENT: undefined }).environment).toBe('production');
  });

  keeps('settings.env-file', 'stand in the guide’s `.env`, once its secrets are real', () => {
    const { MCP_RUNNER_TOKEN: _, ...usual } = GOOD;
    const inFile = (file: string) => {
      const lines = [...file.matchAll(/^(\w+)=(\S+)/gm)].map(([, name, value]) => [name, value]);
      return { MCP_CATALOG: usual.MCP_CATALOG, ...Object.fromEntries(lines) };
    };
    expect(parseSettings(inFile(ENV_FILE))).toMatchObject({ environment: 'development' });
    expect(parseSettings(inFile(ENV_FILE))).toHaveProperty('problems');
    const filled = ENV_FILE.replace('your-secret-here', SHARED_SECRET).replace(
      'your-jwt-secret-here',
      JWT_SECRET,
    );
    expect(parseSettings(inFile(filled))).toMatchObject({
      settings: { environment: 'development', sharedSecret: SHARED_SECRET, jwtSecret: JWT_SECRET },
    });
  });

  it('go without a runner, an issuer, an audience and origins', () => {
    expect(parse({ MCP_RUNNER_TOKEN: undefined })).toEqual({
      environment: 'production',
      allowedOrigins: [],
      sharedSecret: SHARED_SECRET,
      jwtSecret: JWT_SECRET,
      catalog: catalogOf(SAMPLE),
    });
  });

  it('take keys for rotation, an admin token, and strict mode by 1 or true', () => {
    const over = { MCP_JWT_SECRETS: JSON.stringify(KEYS), MCP_ADMIN_TOKEN: ADMIN_TOKEN };
    const settings = parse(over);
    expect(settings).toMatchObject({ jwtSecrets: KEYS, adminToken: ADMIN_TOKEN });
    expect(secretsOf(settings).toSorted()).toEqual(
      [
        SHARED_SECRET,
        JWT_SECRET,
        RUNNER_TOKEN,
        ADMIN_TOKEN,
        ...KEYS.map((it) => it.secret),
      ].toSorted(),
    );
    for (const [word, isStrict] of [
      ['1', true],
      ['true', true],
      ['0', false],
      ['', false],
    ] as const)
      expect(parse({ MCP_JWT_STRICT: word }).isJwtStrict ?? false).toBe(isStrict);
  });

  it('take origins divided by commas or spaces', () => {
    const MCP_ALLOWED_ORIGINS = ' https://a.example, https://b.example\nhttps://c.example ';
    expect(parse({ MCP_ALLOWED_ORIGINS }).allowedOrigins).toEqual([
      'https://a.example',
      'https://b.example',
      'https://c.example',
    ]);
  });
});
