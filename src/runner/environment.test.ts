import { describe, expect, it } from 'bun:test';

import { hostEnvironment, operationEnvironment } from './environment.ts';

const USER = {
  HOME: '/home/me',
  MCP_SHARED_SECRET: 'secret',
  PORT: '9000',
  ENVIRONMENT: 'development',
  AWS_SECRET_ACCESS_KEY: 'theirs',
  CLOUDFLARE_API_TOKEN: 'real-token',
  CLOUDFLARE_ACCOUNT_ID: 'real-account',
};

const PLACE = { root: '/project', mark: 'mark', path: '/bin' };

describe('the environment of the local cloud', () => {
  it('gives its host no secret: workerd inherits it', () => {
    const env = hostEnvironment(USER, PLACE);
    expect(JSON.stringify(env)).not.toContain('secret');
    expect(env).toMatchObject({ HOME: '/home/me', PATH: '/bin', MCP_RUN_MARK: 'mark' });
  });

  it('gives an operation what the user has set, for alchemy.run.ts to read', () => {
    const env = operationEnvironment(USER, PLACE);
    expect(env).toMatchObject({
      MCP_SHARED_SECRET: 'secret',
      PORT: '9000',
      ENVIRONMENT: 'development',
    });
    expect(env).toMatchObject({ AWS_SECRET_ACCESS_KEY: 'theirs' });
    expect(hostEnvironment(USER, PLACE)).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
  });

  it('never hands on the credentials of a real account', () => {
    const env = operationEnvironment(USER, PLACE);
    expect(JSON.stringify(env)).not.toContain('real-');
    expect(env.CLOUDFLARE_ACCOUNT_ID).toMatch(/^[0-9a-f]{32}$/);
  });

  it('keeps the registry of local Workers in the project, whatever the user has set', () => {
    const env = operationEnvironment({ XDG_STATE_HOME: '/elsewhere' }, PLACE);
    expect(env.XDG_STATE_HOME).toBe('/project/.alchemy/runtime');
  });

  it('switches telemetry off and profiles away', () => {
    expect(hostEnvironment({}, PLACE)).toMatchObject({
      CI: '1',
      ALCHEMY_TELEMETRY_DISABLED: '1',
    });
  });
});
