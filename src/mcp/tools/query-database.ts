import { z } from 'zod';

import { defineTool } from '../protocol/define-tool.ts';
import { MAX_PARAMS } from '../stage/sql/layers.ts';
import { MAX_ROWS, readQuery } from '../stage/sql/read-query.ts';
import { cursor, defaultedName } from './support/arguments.ts';

const DEFAULT_ROWS = 100;

const cell = z.union([
  z.string(),
  z.number(),
  z.null(),
  z.object({ base64: z.string(), bytes: z.number() }),
]);

export const queryDatabase = defineTool({
  name: 'query_database',
  title: 'Query a database',
  description:
    'Runs one read-only SQLite statement (SELECT, WITH … SELECT, VALUES) on a D1 database and returns its rows. List the tables with SELECT name, sql FROM sqlite_schema. Bind values with ? and params instead of writing them into the text. Pages are not a snapshot: order by a unique column when paging. Numbers JSON cannot hold exactly come as text; a blob as its size and first bytes.',
  scope: 'db:query',
  effect: 'read',
  input: (stage) =>
    z.object({
      query: z.string().describe('One statement.'),
      database: defaultedName(stage, 'database'),
      params: z
        .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
        .max(MAX_PARAMS)
        .default([])
        .describe(
          'Values for each ?, in order. Numbers bind as reals: CAST(? AS INTEGER) to divide as integers.',
        ),
      limit: z
        .int()
        .min(1)
        .max(MAX_ROWS)
        .default(DEFAULT_ROWS)
        .describe('Rows a page, at most; a page also ends at 256 KiB.'),
      cursor,
    }),
  output: z.object({
    stage: z.string(),
    database: z.string(),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z
          .enum(['integer', 'real', 'text', 'blob', 'null', 'mixed'])
          .describe('Of the values on this page; null when there are none to tell it by.'),
      }),
    ),
    rows: z.array(z.array(cell)).describe('One array a row, in the order of columns.'),
    rowCount: z.number().describe('Rows on this page.'),
    truncated: z.boolean().describe('True when there are more rows.'),
    nextCursor: z.string().optional(),
    rowsRead: z
      .number()
      .optional()
      .describe('Rows D1 says it read, those of the check itself included.'),
  }),
  run: async ({ query, database: named, params, limit, cursor: from }, context) => {
    const { stage, principal, now } = context;
    const database = stage.open('database', named);
    const question = ['query_database', principal.client, database.name, query, params];
    const offset = from === undefined ? 0 : Number(await stage.cursors.open(from, question, now));
    const request = { sql: query, params, limit, offset };
    const page = await readQuery(database.handle, request, database.name);
    return {
      stage: stage.name,
      database: database.name,
      columns: [...page.columns],
      rows: page.rows.map((row) => [...row]),
      rowCount: page.rows.length,
      truncated: page.truncated,
      ...(page.nextOffset !== undefined && {
        nextCursor: await stage.cursors.seal(String(page.nextOffset), question, now),
      }),
      ...(page.rowsRead !== undefined && { rowsRead: page.rowsRead }),
    };
  },
});
