// Every change of the percentage, in the object's own database. Rows are only ever added.
import { z } from 'zod';

import type { HistoryEntry } from './flags.ts';

export interface HistoryPage {
  /** Newest first, at most this many. */
  readonly limit: number;
  /** Only entries older than this version. */
  readonly before?: number;
}

const row = z.object({
  version: z.number(),
  at: z.string(),
  by: z.string(),
  source: z.enum(['default', 'kv', 'admin']),
  from: z.number(),
  to: z.number(),
  problem: z.string().nullable(),
});

export const historyIn = (sql: SqlStorage) => {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS rollout_history ("version" INTEGER PRIMARY KEY, "at" TEXT NOT NULL, "by" TEXT NOT NULL,
      "source" TEXT NOT NULL, "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, "problem" TEXT)`,
  );
  return {
    add: ({ version, at, by, source, from, to, problem }: HistoryEntry): void => {
      sql.exec(
        'INSERT INTO rollout_history VALUES (?, ?, ?, ?, ?, ?, ?)',
        version,
        at,
        by,
        source,
        from,
        to,
        problem ?? null,
      );
    },
    read: ({ limit, before = Number.MAX_SAFE_INTEGER }: HistoryPage): HistoryEntry[] =>
      sql
        .exec(
          'SELECT * FROM rollout_history WHERE "version" < ? ORDER BY "version" DESC LIMIT ?',
          before,
          limit,
        )
        .toArray()
        .map((found) => row.parse(found))
        .map(({ problem, ...entry }) => ({ ...entry, ...(problem !== null && { problem }) })),
  };
};
