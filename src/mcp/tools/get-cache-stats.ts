import { z } from 'zod';

import { defineTool } from '../protocol/define-tool.ts';
import { type KvStatistics, measureNamespace } from '../stage/kv-statistics.ts';
import type { Named } from '../stage/stage.ts';
import { cursor, resourceName, timestamp } from './support/arguments.ts';

export const getCacheStats = defineTool({
  name: 'get_cache_stats',
  title: 'Get KV statistics',
  description:
    'Counts the keys of the KV namespaces: how many, how many expire, the most frequent prefixes, and the sizes of a few sampled values. Counting stops after 10,000 keys a call; then complete is false, keyCount is a lower bound, and nextCursor continues. KV does not tell hit rates, and neither does this tool.',
  scope: 'cache:read',
  effect: 'read',
  input: (stage) =>
    z.object({
      namespace: resourceName(stage, 'namespace')
        .optional()
        .describe(
          `Only this one. One of: ${stage.names('namespace').join(', ') || 'none declared'}. Default: all.`,
        ),
      prefix: z.string().max(512).default('').describe('Only keys that start so.'),
      cursor,
    }),
  output: z.object({
    stage: z.string(),
    prefix: z.string(),
    namespaces: z.array(
      z.object({
        name: z.string(),
        keyCount: z
          .number()
          .describe('Exact when complete, else a lower bound (of this page, with a cursor).'),
        complete: z.boolean(),
        withExpiration: z.number().describe('Of the keys counted, those that expire.'),
        prefixes: z
          .array(z.object({ prefix: z.string(), keys: z.number() }))
          .describe('Most frequent first; a prefix ends at the first : or /.'),
        sample: z.object({
          keys: z.array(
            z.object({
              key: z.string(),
              bytes: z.number().describe('Exact when complete, else at least.'),
              complete: z.boolean(),
              expiresAt: timestamp.nullable(),
            }),
          ),
          averageBytes: z.number().nullable().describe('Of the sampled values; null without any.'),
        }),
        nextCursor: z.string().optional(),
      }),
    ),
  }),
  run: async ({ namespace, prefix, cursor: from }, { stage, principal, now }) => {
    const names =
      namespace === undefined && from === undefined ? stage.names('namespace') : [namespace];
    const question = (name: string) => ['get_cache_stats', principal.client, name, prefix];
    const measure = async (opened: Named<KVNamespace>) => {
      const position = from && (await stage.cursors.open(from, question(opened.name), now));
      const { nextPosition, ...statistics }: KvStatistics = await measureNamespace(
        opened,
        prefix,
        position,
      );
      return {
        name: opened.name,
        ...statistics,
        ...(nextPosition !== undefined && {
          nextCursor: await stage.cursors.seal(nextPosition, question(opened.name), now),
        }),
      };
    };
    return {
      stage: stage.name,
      prefix,
      namespaces: await Promise.all(names.map((name) => measure(stage.open('namespace', name)))),
    };
  },
});
