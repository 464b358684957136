// A server's door as runs of GitHub come to it, with a GitHub of the test's behind it.
import { expect } from 'bun:test';

import { createIdentify } from '../../../src/mcp/identity/github-identity.ts';
import { createGithubKeys } from '../../../src/mcp/identity/github-keys.ts';
import { createRecogniseRunner } from '../../../src/mcp/runner-caller.ts';
import { parseSettings } from '../../../src/mcp/settings.ts';
import { catalogOf, SAMPLE } from '../sample-stack.ts';
import { JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from '../tokens.ts';
import { claimsOf, drawKey, type Json, keySet, REPOSITORY } from './oidc.ts';

export const HUB = 'https://mcp.example.com';
/** GitHub's. */
export const key = drawKey('gh-1');
/** Not among those that GitHub tells, unless a test says so. */
export const other = drawKey('gh-2');

export type Answer = () => Response | Promise<Response>;

/** `answer` is GitHub's when it is asked for its keys. */
export const doorOf = (over: Json = {}, answer: Answer = () => Response.json(keySet(key))) => {
  const parsed = parseSettings({
    MCP_SHARED_SECRET: SHARED_SECRET,
    MCP_JWT_SECRET: JWT_SECRET,
    MCP_RUNNER_TOKEN: RUNNER_TOKEN,
    MCP_CATALOG: JSON.stringify(catalogOf(SAMPLE)),
    MCP_GITHUB_REPOSITORY: REPOSITORY,
    MCP_GITHUB_REPOSITORY_ID: '74',
    MCP_GITHUB_OWNER_ID: '65',
    ...over,
  });
  if (!('settings' in parsed) || parsed.settings.github === undefined)
    throw new Error(JSON.stringify(parsed));
  const asked: string[] = [];
  const keys = createGithubKeys({
    fetch: async (address) => {
      asked.push(address);
      return answer();
    },
    now: Date.now,
  });
  const identify = createIdentify(parsed.settings.github, keys);
  const recognise = createRecogniseRunner(parsed.settings, { identify, now: Date.now });
  const show = async (credential: string, address = `${HUB}/runner`) => {
    const headers = { Authorization: `Bearer ${credential}` };
    const caller = await recognise(new Request(address, { headers }), 'r-1');
    if (caller.ok) return caller.value;
    const { status, headers: told } = caller.error;
    return { status, headers: Object.fromEntries(told), body: await caller.error.json() };
  };
  return { show, asked };
};

/** All that those who are not let in hear. */
export const REFUSAL = {
  status: 401,
  headers: expect.objectContaining({ 'www-authenticate': 'Bearer' }),
  body: {
    error: 'Unauthorized',
    code: 'UNAUTHENTICATED',
    message: 'The runner token is missing or wrong.',
    requestId: 'r-1',
  },
};

/** What GitHub says of a run that is let in. */
export const said = (over: Json = {}) => claimsOf(HUB, over);
