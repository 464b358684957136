// A run of GitHub at /runner, through the whole Worker in workerd, whose only way out leads to a GitHub of the test's.
import { afterAll, describe, expect, it } from 'bun:test';

import { useCloud } from '../../test/kit/cloud.ts';
import { GITHUB_SETTINGS, startGithub } from '../../test/kit/github/actions.ts';
import { REPOSITORY } from '../../test/kit/github/oidc.ts';
import { connectRunner } from '../../test/kit/runner-socket.ts';
import { catalogOf, SAMPLE, SAMPLE_SNAPSHOT } from '../../test/kit/sample-stack.ts';
import { RUNNER_TOKEN } from '../../test/kit/tokens.ts';
import { INSPECTION_PATH } from '../contract/inspection.ts';
import { RUN_HEADER } from '../operations/hub-door.ts';

const github = startGithub();
afterAll(() => github[Symbol.asyncDispose]());
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const OPERATION = `prod.${'0'.repeat(32)}`;

describe('a run of GitHub at the hub', () => {
  const cloud = useCloud({ settings: GITHUB_SETTINGS, outside: github.fetch });
  const identity = (over = {}) => github.identity(cloud().url.origin, over);

  it('is known by its identity, whatever else it says it is, and may tell nothing it was not asked', async () => {
    const headers = { ...bearer(identity()), [RUN_HEADER]: `github:${REPOSITORY}#7` };
    const line = await connectRunner(cloud().url, { headers, isSilent: true });
    expect(await line.hello().catch(String)).toContain('says which operation it is for');
    const hello = { ask: 'hello', protocol: 1, runnerId: line.runnerId, label: '' } as const;
    const said = line.ask({ ...hello, mode: 'live', operationId: OPERATION }).catch(String);
    expect(await said).toContain('not there, or has ended');
    expect(await line.ask({ ask: 'poll' }).catch(String)).toContain('Say hello first.');
    line.close();
  });

  it('looks at the stage, and tells its state only while it has an operation of it', async () => {
    const looked = await cloud().fetch(INSPECTION_PATH, { headers: bearer(identity()) });
    expect(looked.status).toBe(200);
    const told = await cloud().publish(SAMPLE_SNAPSHOT, identity());
    expect(told.status).toBe(400);
    expect(await told.json()).toMatchObject({ message: 'This run has no operation of the stage.' });
    const other = await cloud().publish({ ...SAMPLE_SNAPSHOT, stage: 'staging' }, identity());
    expect(other.status).toBe(400);
    expect(await other.json()).toMatchObject({ message: 'This is not the state of stage prod.' });
  });

  it('is 401 where its identity is for somebody else, and asks GitHub for keys once for all', async () => {
    for (const token of [
      github.identity('https://mcp.example.org'),
      identity({ event_name: 'pull_request' }),
      `${identity().slice(0, -20)}${'A'.repeat(20)}`,
    ]) {
      const response = await cloud().fetch(INSPECTION_PATH, { headers: bearer(token) });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect(github.keyReads).toBe(1);
    expect(cloud().logs.join('\n')).toContain('"reason":"wrong_event"');
  });

  it('is believed by nobody where the header alone says so', async () => {
    const headers = { ...bearer(RUNNER_TOKEN), [RUN_HEADER]: `github:${REPOSITORY}#7` };
    const line = await connectRunner(cloud().url, { headers });
    expect(await line.poll()).toEqual([]);
    line.close();
  });
});

describe('a run of GitHub at the server of another stage', () => {
  const catalog = JSON.stringify({ ...catalogOf(SAMPLE), stage: 'staging' });
  const settings = { ...GITHUB_SETTINGS, MCP_CATALOG: catalog };
  const cloud = useCloud({ settings, outside: github.fetch, bare: true });

  it('tells the state of that stage, and of no other', async () => {
    const token = github.identity(cloud().url.origin);
    const staging = { ...SAMPLE_SNAPSHOT, stage: 'staging' };
    expect((await cloud().publish(staging, token)).status).toBe(200);
    expect((await cloud().publish(SAMPLE_SNAPSHOT, token)).status).toBe(400);
  });
});

describe('a server whose GitHub is out of reach', () => {
  const cloud = useCloud({
    settings: GITHUB_SETTINGS,
    outside: async () => undefined,
    bare: true,
  });

  it('is 503 to a run, with a code of its own, and open to the runner token', async () => {
    const token = github.identity(cloud().url.origin);
    const response = await cloud().fetch(INSPECTION_PATH, { headers: bearer(token) });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'IDENTITY_UNAVAILABLE' });
    const trusted = await cloud().fetch(INSPECTION_PATH, { headers: bearer(RUNNER_TOKEN) });
    expect(trusted.status).toBe(200);
  });
});
