import { z } from 'zod';

import { defineTool } from '../protocol/define-tool.ts';
import { touch } from '../stage/touch.ts';
import { cursor, defaultedName, timestamp } from './support/arguments.ts';

const MAX_KEY_BYTES = 1_024;

export const listBucketObjects = defineTool({
  name: 'list_bucket_objects',
  title: 'List bucket objects',
  description:
    'Lists objects of an R2 bucket in key order: key, size, upload time and etag, never the contents. With a delimiter such as "/", keys below it are folded into delimitedPrefixes, like folders.',
  scope: 'storage:read',
  effect: 'read',
  input: (stage) =>
    z.object({
      prefix: z.string().max(MAX_KEY_BYTES).default('').describe('Only keys that start so.'),
      limit: z.int().min(1).max(1_000).default(100).describe('Objects a page, at most.'),
      cursor,
      delimiter: z
        .string()
        .min(1)
        .max(MAX_KEY_BYTES)
        .optional()
        .describe('Such as /: keys that go on after it are folded into delimitedPrefixes.'),
      bucket: defaultedName(stage, 'bucket'),
    }),
  output: z.object({
    stage: z.string(),
    bucket: z.string(),
    prefix: z.string(),
    objects: z.array(
      z.object({
        key: z.string(),
        size: z.number().describe('Bytes.'),
        uploaded: timestamp,
        etag: z.string(),
      }),
    ),
    delimitedPrefixes: z.array(z.string()),
    count: z.number().describe('Objects on this page.'),
    truncated: z.boolean().describe('True when there are more: call again with nextCursor.'),
    nextCursor: z.string().optional(),
  }),
  run: async (
    { prefix, limit, cursor: from, delimiter, bucket: named },
    { stage, principal, now },
  ) => {
    const bucket = stage.open('bucket', named);
    const question = [
      'list_bucket_objects',
      principal.client,
      bucket.name,
      prefix,
      delimiter ?? '',
    ];
    const position = from === undefined ? undefined : await stage.cursors.open(from, question, now);
    const page = await touch(`The bucket "${bucket.name}"`, () =>
      bucket.handle.list({
        prefix,
        limit,
        ...(delimiter !== undefined && { delimiter }),
        ...(position !== undefined && { cursor: position }),
      }),
    );
    return {
      stage: stage.name,
      bucket: bucket.name,
      prefix,
      objects: page.objects.map(({ key, size, uploaded, etag }) => ({
        key,
        size,
        uploaded: uploaded.toISOString(),
        etag,
      })),
      delimitedPrefixes: page.delimitedPrefixes,
      count: page.objects.length,
      truncated: page.truncated,
      ...(page.truncated && { nextCursor: await stage.cursors.seal(page.cursor, question, now) }),
    };
  },
});
