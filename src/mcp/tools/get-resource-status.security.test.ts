import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { callTool, refusal } from '../../../test/kit/mcp-calls.ts';
import { SAMPLE_SNAPSHOT } from '../../../test/kit/sample-stack.ts';
import { bearer, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from '../../../test/kit/tokens.ts';

const cloud = useCloud();

describe('get_resource_status', () => {
  it('shows hidden characters in what a runner published', async () => {
    const [first, ...rest] = SAMPLE_SNAPSHOT.resources;
    if (first === undefined) throw new Error('The sample has no resources.');
    const resources = [{ ...first, id: 'a\u{202E}b', physicalName: '\u{200B}' }, ...rest];
    await cloud().publish({ ...SAMPLE_SNAPSHOT, resources });
    const result = await callTool(cloud(), 'get_resource_status');
    expect(result.content[0].text).not.toMatch(/[\u{202E}\u{200B}]/u);
    expect(JSON.stringify(result.structuredContent)).toContain('a\\\\u{202E}b');
    await cloud().publish(SAMPLE_SNAPSHOT);
  });

  it('tells no secret of the server', async () => {
    const text = JSON.stringify(await callTool(cloud(), 'get_resource_status'));
    for (const secret of [SHARED_SECRET, JWT_SECRET, RUNNER_TOKEN])
      expect(text).not.toContain(secret);
  });

  it('is for tokens with its scope', async () => {
    const token = bearer({ scope: 'db:query' });
    expect((await refusal(cloud(), 'get_resource_status', {}, token)).code).toBe('SCOPE_MISSING');
  });
});
