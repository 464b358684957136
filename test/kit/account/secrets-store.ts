// Cloudflare API reference: "Secrets Store". A value goes in and never comes out again, but to a Worker that binds it.
import { z } from 'zod';

import { type Content, newId, type StoredSecret, timestamp } from './content.ts';
import { need, Page } from './envelope.ts';
import { type Route, route } from './route.ts';

const STORES = '/accounts/:account/secrets_store/stores';
const SECRETS = `${STORES}/:store/secrets`;
const store = z.object({ name: z.string() });
const secret = z.object({
  name: z.string(),
  value: z.string(),
  scopes: z.array(z.string()).default(['workers']),
  comment: z.string().default(''),
});
const change = secret.omit({ name: true }).partial();

const storeOf = (content: Content, id: string) =>
  need(content.stores.get(id), 404, 1001, 'store_not_found');

const secretOf = (content: Content, id: string) =>
  need(content.secrets.get(id), 404, 1001, 'secret_not_found');

const viewOf = ({ value: _value, ...view }: StoredSecret) => ({ ...view, status: 'active' });

export const secretsStoreRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/secrets_store/stores
  route('GET', STORES, ({ content, query }) => new Page([...content.stores.values()], query)),
  // POST /accounts/{account_id}/secrets_store/stores
  route('POST', STORES, async ({ content, body }) => {
    const given = await body(z.union([store, z.array(store)]));
    const make = ({ name }: z.output<typeof store>) => {
      const row = { id: newId(), name, created: timestamp(), modified: timestamp() };
      content.stores.set(row.id, row);
      return row;
    };
    return Array.isArray(given) ? given.map(make) : make(given);
  }),
  // GET /accounts/{account_id}/secrets_store/stores/{store_id}/secrets
  route('GET', SECRETS, ({ content, param, query }) => {
    const { id } = storeOf(content, param('store'));
    const rows = [...content.secrets.values()].filter(({ store_id }) => store_id === id);
    return new Page(rows.map(viewOf), query);
  }),
  // POST /accounts/{account_id}/secrets_store/stores/{store_id}/secrets
  route('POST', SECRETS, async ({ content, param, body }) => {
    const { id } = storeOf(content, param('store'));
    return (await body(z.array(secret))).map((given) => {
      const at = { created: timestamp(), modified: timestamp() };
      const row: StoredSecret = { id: newId(), store_id: id, ...given, ...at };
      content.secrets.set(row.id, row);
      return viewOf(row);
    });
  }),
  // GET /accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{secret_id}
  route('GET', `${SECRETS}/:id`, ({ content, param }) => viewOf(secretOf(content, param('id')))),
  // PATCH /accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{secret_id}
  route('PATCH', `${SECRETS}/:id`, async ({ content, param, body }) => {
    const given = await body(change);
    return viewOf(Object.assign(secretOf(content, param('id')), given, { modified: timestamp() }));
  }),
  // DELETE /accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{secret_id}
  route('DELETE', `${SECRETS}/:id`, ({ content, param }) => {
    content.secrets.delete(secretOf(content, param('id')).id);
    return null;
  }),
];
