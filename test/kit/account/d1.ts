// Cloudflare API reference: "D1 → Database". Statements run on the very database that the Workers read.
import { z } from 'zod';

import { type Content, timestamp } from './content.ts';
import { need, Page, refuse } from './envelope.ts';
import { type Route, route } from './route.ts';

const DATABASES = '/accounts/:account/d1/database';
const replication = { read_replication: z.unknown().optional() };
const created = z.object({ name: z.string().min(1), ...replication });
const statement = z.object({ sql: z.string(), params: z.array(z.unknown()).default([]) });

const databaseOf = (content: Content, id: string) =>
  need(content.databases.get(id), 404, 7404, 'The database could not be found');

export const d1Routes: readonly Route[] = [
  // GET /accounts/{account_id}/d1/database
  route('GET', DATABASES, ({ content, query }) => {
    const name = query.get('name') ?? '';
    return new Page(
      [...content.databases.values()].filter((row) => row.name.includes(name)),
      query,
    );
  }),
  // POST /accounts/{account_id}/d1/database
  route('POST', DATABASES, async ({ content, body }) => {
    const given = await body(created);
    if ([...content.databases.values()].some(({ name }) => name === given.name))
      refuse(400, 7502, `Database with name '${given.name}' already exists`);
    const row = {
      uuid: crypto.randomUUID(),
      read_replication: { mode: 'disabled' },
      ...given,
      created_at: timestamp(),
      version: 'production',
      num_tables: 0,
      file_size: 12_288,
      running_in_region: 'WEUR',
    };
    content.databases.set(row.uuid, row);
    return row;
  }),
  // GET /accounts/{account_id}/d1/database/{database_id}
  route('GET', `${DATABASES}/:id`, ({ content, param }) => databaseOf(content, param('id'))),
  // PATCH /accounts/{account_id}/d1/database/{database_id}
  route('PATCH', `${DATABASES}/:id`, async ({ content, param, body }) =>
    Object.assign(databaseOf(content, param('id')), await body(z.object(replication))),
  ),
  // DELETE /accounts/{account_id}/d1/database/{database_id}
  route('DELETE', `${DATABASES}/:id`, ({ content, param }) => {
    content.databases.delete(databaseOf(content, param('id')).uuid);
    return null;
  }),
  // POST /accounts/{account_id}/d1/database/{database_id}/query. Several statements give one result here, not one each.
  route('POST', `${DATABASES}/:id/query`, async ({ content, param, body, plane }) => {
    const { sql, params } = await body(statement);
    return plane.query(databaseOf(content, param('id')).uuid, sql, params);
  }),
];
