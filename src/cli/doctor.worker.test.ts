import { describe, expect, it } from 'bun:test';

import { CLI_ENV, mcp, mcpProcess } from '../../test/kit/cli.ts';
import { useCloud } from '../../test/kit/cloud.ts';
import { ADMIN_TOKEN, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from '../../test/kit/tokens.ts';

const SECRETS = {
  ...CLI_ENV,
  MCP_SHARED_SECRET: SHARED_SECRET,
  MCP_RUNNER_TOKEN: RUNNER_TOKEN,
};

describe('bun mcp doctor and the real Worker', () => {
  const cloud = useCloud({ settings: { MCP_ADMIN_TOKEN: ADMIN_TOKEN } });
  const url = () => cloud().url.origin;

  it('finds it well, as a person runs it', async () => {
    const { code, out } = await mcpProcess(['doctor', '--url', url()], { env: SECRETS });
    const lines = out.split('\n');
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
    expect(code).toBe(0);
    // What has no probe, and the limit that the tests' own clients are given.
    const notable = lines.filter((line) => line.startsWith('!'));
    expect(notable).toHaveLength(2);
    expect(notable[0]).toContain('limit is 10000 a minute, an override (usual in production: 100)');
    expect(notable[1]).toStartWith('! Health unknown: ');
    expect(lines).toContain('✓ The server takes a token made here.');
    expect(lines).toContain('✓ The server takes the admin token.');
  });

  it('sees a wrong key, a wrong admin token and a closed rollout', async () => {
    const ask = (env: Record<string, string>) =>
      mcp(['doctor', '--url', url()], { env: { ...SECRETS, ...env } });
    const other = (secret: string) => secret.replace('9', '8');
    const wrong = await ask({
      MCP_JWT_SECRET: other(JWT_SECRET),
      MCP_ADMIN_TOKEN: other(ADMIN_TOKEN),
    });
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('✗ The server refuses a token made here');
    expect(wrong.out).toContain('has another MCP_ADMIN_TOKEN than the one here');
    expect(await mcp(['rollout', 'set', '0', '--url', url()])).toMatchObject({ code: 0 });
    const closed = await ask({});
    expect(closed.out).toContain('! The dark launch lets in 0% of clients (set by: admin)');
    expect(closed.out).toContain('but its client is outside the rollout');
    expect(closed.out).toContain('resources are healthy.');
    expect(closed.code).toBe(0);
  });
});
