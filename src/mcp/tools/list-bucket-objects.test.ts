import { beforeAll, describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { listBucketObjects } from './list-bucket-objects.ts';

const cloud = useCloud({ buckets: ['demo-storage', 'archive'] });
const list = (args: Record<string, unknown>) => ask(cloud(), listBucketObjects, args);

const TREE = ['t/a/1', 't/a/2', 't/b/1', 't/c', 't/d'];

beforeAll(async () => {
  const bucket = await cloud().bucket('archive');
  await Promise.all(TREE.map((key) => bucket.put(key, key)));
});

describe('list_bucket_objects', () => {
  it('tells what is stored: key, bytes, time and etag', async () => {
    const body = 'Straße ✓';
    const stored = await (await cloud().bucket()).put('notes/straße.txt', body);
    const { objects } = await list({ prefix: 'notes/' });
    expect(objects).toEqual([
      {
        key: 'notes/straße.txt',
        size: new TextEncoder().encode(body).length,
        uploaded: stored.uploaded.toISOString(),
        etag: stored.etag,
      },
    ]);
  });

  it('tells what is there now: an object put or deleted changes the answer', async () => {
    const bucket = await cloud().bucket();
    const keysOf = async () => (await list({ prefix: 'now/' })).objects.map(({ key }) => key);
    expect(await keysOf()).toEqual([]);
    await bucket.put('now/a', '1');
    expect(await keysOf()).toEqual(['now/a']);
    await bucket.delete('now/a');
    expect(await keysOf()).toEqual([]);
  });

  it('reads the first bucket unless another is named, and names both', async () => {
    expect(await list({ limit: 1 })).toMatchObject({ bucket: 'demo-storage' });
    expect(await list({ bucket: 'archive' })).toMatchObject({ bucket: 'archive', count: 5 });
    const { code, message } = await refusal(cloud(), 'list_bucket_objects', { bucket: 'backups' });
    expect(code).toBe('UNKNOWN_BUCKET');
    expect(message).toContain('Known: demo-storage, archive.');
  });

  it('pages through everything once, in key order, at any page size', async () => {
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list({
          bucket: 'archive',
          limit,
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(...page.objects.map(({ key }) => key));
        expect(page.count).toBe(page.objects.length);
        expect(page.truncated).toBe(page.nextCursor !== undefined);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(TREE);
    }
  });

  it('folds keys below a delimiter, like folders', async () => {
    const page = await list({ bucket: 'archive', prefix: 't/', delimiter: '/' });
    expect(page.delimitedPrefixes).toEqual(['t/a/', 't/b/']);
    expect(page.objects.map(({ key }) => key)).toEqual(['t/c', 't/d']);
    expect(page.count).toBe(2);
  });

  it('answers an empty page for a prefix that nothing has', async () => {
    expect(await list({ prefix: 'none/' })).toMatchObject({
      objects: [],
      count: 0,
      truncated: false,
    });
  });

  it.each([
    { limit: 0 },
    { limit: 1_001 },
    { limit: 1.5 },
    { limit: '50' },
    { prefix: 'x'.repeat(1_025) },
    { prefix: null },
    { delimiter: '' },
    { bucket: '' },
    { cursor: '' },
    { bucketName: 'demo-storage' },
  ])('refuses %o and says what it takes', async (args) => {
    const { code, next } = await refusal(cloud(), 'list_bucket_objects', args);
    expect(code).toBe('INVALID_ARGUMENT');
    expect(next).toContain('prefix, limit, cursor, delimiter, bucket, stage');
  });
});
