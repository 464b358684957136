// Cloudflare API reference: "KV → Namespaces". Keys and values are reached through bindings only.
import { z } from 'zod';

import { type Content, newId } from './content.ts';
import { need, Page, refuse } from './envelope.ts';
import { type Route, route } from './route.ts';

const NAMESPACES = '/accounts/:account/storage/kv/namespaces';
const titled = z.object({ title: z.string().min(1) });

const namespaceOf = (content: Content, id: string) =>
  need(content.namespaces.get(id), 404, 10013, 'namespace not found');

export const kvRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/storage/kv/namespaces
  route(
    'GET',
    NAMESPACES,
    ({ content, query }) => new Page([...content.namespaces.values()], query),
  ),
  // POST /accounts/{account_id}/storage/kv/namespaces
  route('POST', NAMESPACES, async ({ content, body }) => {
    const { title } = await body(titled);
    if ([...content.namespaces.values()].some((row) => row.title === title))
      refuse(400, 10014, 'A namespace with this account ID and title already exists.');
    const row = { id: newId(), title, supports_url_encoding: true };
    content.namespaces.set(row.id, row);
    return row;
  }),
  // GET /accounts/{account_id}/storage/kv/namespaces/{namespace_id}
  route('GET', `${NAMESPACES}/:id`, ({ content, param }) => namespaceOf(content, param('id'))),
  // PUT /accounts/{account_id}/storage/kv/namespaces/{namespace_id}
  route('PUT', `${NAMESPACES}/:id`, async ({ content, param, body }) =>
    Object.assign(namespaceOf(content, param('id')), await body(titled)),
  ),
  // DELETE /accounts/{account_id}/storage/kv/namespaces/{namespace_id}
  route('DELETE', `${NAMESPACES}/:id`, ({ content, param }) => {
    content.namespaces.delete(namespaceOf(content, param('id')).id);
    return null;
  }),
];
