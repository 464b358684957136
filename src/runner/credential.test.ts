import { afterEach, beforeEach, describe, expect, it } from 'bun:test';

import { eventually } from '../../test/kit/eventually.ts';
import { type FakeGithub, startGithub } from '../../test/kit/github/actions.ts';
import { githubIdentity, sharedToken } from './credential.ts';
import { openHub } from './hub.ts';

let github: FakeGithub;
beforeEach(() => {
  github = startGithub();
});
afterEach(() => github[Symbol.asyncDispose]());

const HUB = 'https://mcp.example.com';
const run = { runId: '1001' };

describe('the identity of a workflow', () => {
  it('is asked for anew each time, for the server that is called', async () => {
    const identity = githubIdentity(github.environment(run));
    expect(await identity?.(HUB)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    await identity?.('https://mcp-staging.example.com');
    expect(github.identities).toEqual([
      { ...run, audience: HUB },
      { ...run, audience: 'https://mcp-staging.example.com' },
    ]);
  });

  it('is for the audience that is set', async () => {
    const set = { ...github.environment(run), MCP_RUNNER_OIDC_AUDIENCE: 'operations' };
    await githubIdentity(set)?.(HUB);
    expect(github.identities).toEqual([{ ...run, audience: 'operations' }]);
  });

  it.each([
    ['no address', { ACTIONS_ID_TOKEN_REQUEST_URL: '' }],
    ['no token to ask with', { ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }],
    ['an address that is none', { ACTIONS_ID_TOKEN_REQUEST_URL: 'pipelines' }],
  ])('is not there with %s', (_, without) => {
    expect(githubIdentity({ ...github.environment(run), ...without })).toBeUndefined();
    expect(githubIdentity({})).toBeUndefined();
  });

  it('that GitHub refuses is an error that tells no secret', async () => {
    const environment = { ...github.environment(run), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'wrong-one' };
    const refused = await githubIdentity(environment)?.(HUB).catch(String);
    expect(refused).toBe('Error: GitHub gives no identity: status 401.');
  });
});

describe('a runner’s connection', () => {
  it('shows a fresh credential each time it connects, and says which operation it wants', async () => {
    const shown: (string | null)[] = [];
    const said: unknown[] = [];
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: (request, self) => {
        shown.push(request.headers.get('authorization'));
        return self.upgrade(request) ? undefined : new Response(null, { status: 400 });
      },
      websocket: {
        message: (socket, text) => {
          said.push(JSON.parse(String(text)));
          socket.terminate();
        },
      },
    });
    let drawn = 0;
    const operationId = `prod.${'a'.repeat(32)}`;
    const hub = openHub({
      url: `http://127.0.0.1:${server.port}`,
      credential: async () => {
        drawn += 1;
        // Of these some may be refused: it goes on trying.
        if (drawn === 2) throw new Error('GitHub gives no identity: status 500.');
        return `identity-${drawn}`;
      },
      operationId,
      mode: 'live',
      onCall: () => {},
    });
    await eventually(async () => (said.length >= 2 ? true : undefined));
    hub.close();
    expect(shown.slice(0, 2)).toEqual(['Bearer identity-1', 'Bearer identity-3']);
    expect(said[0]).toMatchObject({ ask: 'hello', operationId });
  });

  it('tells once why the hub does not take it', async () => {
    let hellos = 0;
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: (request, self) => (self.upgrade(request) ? undefined : new Response(null)),
      websocket: {
        message: (socket) => {
          hellos += 1;
          const refusal = { type: 'refusal', id: 0, code: 'BAD_REQUEST', message: 'Not you.' };
          socket.send(JSON.stringify(refusal));
        },
      },
    });
    const told: string[] = [];
    const hub = openHub({
      url: `http://127.0.0.1:${server.port}`,
      credential: sharedToken('token'),
      mode: 'live',
      onCall: () => {},
      onRefused: (message) => void told.push(message),
    });
    await eventually(async () => (hellos >= 2 ? true : undefined));
    hub.close();
    expect(told).toEqual(['Not you.']);
  });
});
