// The bounds of counting, where a real store would take minutes to fill; what is counted is tested over real bindings in
// ../inspection-route.test.ts.
import { describe, expect, it } from 'bun:test';

import { bindingOf, catalogOf, SAMPLE } from '../../../test/kit/sample-stack.ts';
import { JWT_SECRET } from '../../../test/kit/tokens.ts';
import { createCursors } from './cursors.ts';
import { lossesOf } from './losses.ts';
import { createStage } from './stage.ts';

const lossesWith = async (env: Record<string, unknown>, id: string) => {
  const stage = createStage({
    catalog: catalogOf(SAMPLE),
    env,
    cursors: createCursors(JWT_SECRET),
    snapshot: async () => undefined,
    claim: async () => true,
    operations: () => {
      throw new Error('This test starts no operation.');
    },
  });
  return (await lossesOf(stage)).find((loss) => loss.id === id);
};

const unused = async () => null;

describe('counting what would be lost', () => {
  it('stops after twenty pages of keys, and says that there are more', async () => {
    const asked: unknown[] = [];
    const list = async (options: unknown) => {
      asked.push(options);
      const keys = Array.from({ length: 1_000 }, () => ({ name: 'key' }));
      return { keys, list_complete: false, cursor: `after-${asked.length}` };
    };
    const env = { [bindingOf('namespace', 'demo-cache')]: { list, getWithMetadata: unused } };
    expect(await lossesWith(env, 'demo-cache')).toMatchObject({
      keys: 20_000,
      isComplete: false,
      detail: expect.stringContaining('At least'),
    });
    expect(asked).toHaveLength(20);
    expect(asked.slice(0, 2)).toEqual([{}, { cursor: 'after-1' }]);
  });

  it('stops after twenty pages of objects, and says that there are more', async () => {
    const objects = Array.from({ length: 1_000 }, () => ({ key: 'k', size: 3 }));
    const list = async () => ({ objects, truncated: true, cursor: 'next' });
    const env = { [bindingOf('bucket', 'demo-storage')]: { list, head: unused } };
    expect(await lossesWith(env, 'demo-storage')).toMatchObject({
      objects: 20_000,
      bytes: 60_000,
      isComplete: false,
    });
  });

  it('says of what fails that it is not known, in our words', async () => {
    const list = async () => {
      throw new Error('internal: token abc123');
    };
    const env = { [bindingOf('namespace', 'demo-cache')]: { list, getWithMetadata: unused } };
    expect(await lossesWith(env, 'demo-cache')).toEqual({
      id: 'demo-cache',
      type: 'Cloudflare.KV.Namespace',
      keys: null,
      isComplete: false,
      detail: 'The resource failed to answer.',
    });
  });
});
