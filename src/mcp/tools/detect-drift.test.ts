import { describe, expect, it } from 'bun:test';

import { ask } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { detectDrift } from './detect-drift.ts';

const { cloud, stages, runner } = useOperatedCloud();

const row = (id: string, status: 'in_sync' | 'missing' | 'drifted') => ({
  id,
  type: 'Cloudflare.KV.Namespace',
  status,
  properties: [{ path: 'title', expected: 'a', actual: 'b' }],
  detail: 'Cloudflare was asked.',
});

describe('detect_drift', () => {
  it('names what is gone or changed, and counts the rest', async () => {
    const resources = [row('a', 'in_sync'), row('b', 'missing'), row('c', 'drifted')];
    stages.set('preview-1', { resources: [], drift: { mode: 'live', resources } });
    const found = await ask(cloud(), detectDrift, { stage: 'preview-1' });
    expect(found).toMatchObject({
      kind: 'drift',
      status: 'succeeded',
      drift: { mode: 'live', summary: { in_sync: 1, missing: 1, drifted: 1, unknown: 0 } },
    });
    expect(found.drift?.resources.map(({ id }) => id)).toEqual(['b', 'c']);
    expect(found.next).toContain('dryRun: true');
  });

  it('is about the server’s own stage unless told another, and says when nothing has drifted', async () => {
    const found = await ask(cloud(), detectDrift);
    expect(found).toMatchObject({ stage: 'prod', status: 'succeeded' });
    expect(found.next).toStartWith('Nothing to do');
    expect(runner().jobs.at(-1)).toMatchObject({ stage: 'prod', kind: 'drift' });
  });
});
