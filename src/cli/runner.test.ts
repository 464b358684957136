import { describe, expect, it } from 'bun:test';

import { mcp } from '../../test/kit/cli.ts';

const TOKEN = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.repeat(2);

describe('bun mcp runner', () => {
  it('is in the overview, and says what it needs', async () => {
    expect((await mcp([])).out).toContain(
      'runner [--url URL] [--once OPERATION_ID] [--entry FILE]',
    );
    expect((await mcp(['runner', '--help'])).out).toContain('CLOUDFLARE_API_TOKEN');
  });

  it('names the missing token of the runner', async () => {
    const run = await mcp(['runner'], { env: {} });
    expect(run).toMatchObject({ code: 1, err: 'MCP_RUNNER_TOKEN is not set.' });
  });

  it('names the missing credentials before anything runs', async () => {
    const run = await mcp(['runner', '--url', 'https://mcp.example.com'], {
      env: { MCP_RUNNER_TOKEN: TOKEN },
    });
    expect(run.code).toBe(1);
    expect(run.err).toContain('CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID');
  });

  it('takes nothing but the id of an operation for --once', async () => {
    const run = await mcp(['runner', '--once', 'prod'], { env: { MCP_RUNNER_TOKEN: TOKEN } });
    expect(run.code).toBe(1);
    expect(run.err).toContain('--once takes the id of an operation');
  });

  it('sends its token to no server without TLS', async () => {
    const run = await mcp(['runner', '--url', 'http://mcp.example.com'], {
      env: { MCP_RUNNER_TOKEN: TOKEN },
    });
    expect(run.err).toContain('without TLS');
  });
});
