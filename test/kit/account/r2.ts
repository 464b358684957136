// Cloudflare API reference: "R2 → Buckets". Objects are written through bindings only.
import { z } from 'zod';

import { type Bucket, type Content, timestamp } from './content.ts';
import { need, refuse } from './envelope.ts';
import { type Route, route } from './route.ts';

const BUCKETS = '/accounts/:account/r2/buckets';
const created = z.object({ name: z.string().min(1), storageClass: z.string().default('Standard') });

const bucketOf = (content: Content, name: string) =>
  need(content.buckets.get(name), 404, 10006, 'The specified bucket does not exist.');

export const r2Routes: readonly Route[] = [
  // GET /accounts/{account_id}/r2/buckets
  route('GET', BUCKETS, ({ content }) => ({ buckets: [...content.buckets.values()] })),
  // POST /accounts/{account_id}/r2/buckets
  route('POST', BUCKETS, async ({ content, body }) => {
    const { name, storageClass } = await body(created);
    if (content.buckets.has(name))
      refuse(409, 10004, 'The bucket you tried to create already exists, and you own it.');
    const row: Bucket = {
      name,
      creation_date: timestamp(),
      location: 'WEUR',
      storage_class: storageClass,
      jurisdiction: 'default',
    };
    content.buckets.set(name, row);
    return row;
  }),
  // GET /accounts/{account_id}/r2/buckets/{bucket_name}
  route('GET', `${BUCKETS}/:name`, ({ content, param }) => bucketOf(content, param('name'))),
  // DELETE /accounts/{account_id}/r2/buckets/{bucket_name}
  route('DELETE', `${BUCKETS}/:name`, async ({ content, param, plane }) => {
    const { name } = bucketOf(content, param('name'));
    if ((await plane.objects(name)).length > 0)
      refuse(409, 10008, 'The bucket you tried to delete is not empty.');
    content.buckets.delete(name);
    return {};
  }),
  // GET /accounts/{account_id}/r2/buckets/{bucket_name}/objects, without delimiter and cursor
  route('GET', `${BUCKETS}/:name/objects`, ({ content, param, plane }) =>
    plane.objects(bucketOf(content, param('name')).name),
  ),
  // DELETE /accounts/{account_id}/r2/buckets/{bucket_name}/objects
  route('DELETE', `${BUCKETS}/:name/objects`, async ({ content, param, body, plane }) => {
    const keys = await body(z.array(z.string()));
    await plane.deleteObjects(bucketOf(content, param('name')).name, keys);
    return keys.map((key) => ({ key }));
  }),
  // GET /accounts/{account_id}/r2/buckets/{bucket_name}/domains/custom
  route('GET', `${BUCKETS}/:name/domains/custom`, ({ content, param }) => {
    bucketOf(content, param('name'));
    return { domains: [] };
  }),
  // GET /accounts/{account_id}/r2/buckets/{bucket_name}/domains/managed
  route('GET', `${BUCKETS}/:name/domains/managed`, ({ content, param }) => {
    const { name } = bucketOf(content, param('name'));
    return { bucketId: name, domain: `pub-${name}.r2.dev`, enabled: false };
  }),
  // GET /accounts/{account_id}/r2/buckets/{bucket_name}/lifecycle
  route('GET', `${BUCKETS}/:name/lifecycle`, ({ content, param }) => {
    bucketOf(content, param('name'));
    return { rules: [] };
  }),
  // GET /accounts/{account_id}/r2/buckets/{bucket_name}/lock
  route('GET', `${BUCKETS}/:name/lock`, ({ content, param }) => {
    bucketOf(content, param('name'));
    return { rules: [] };
  }),
  // GET /accounts/{account_id}/r2/buckets/{bucket_name}/cors
  route('GET', `${BUCKETS}/:name/cors`, ({ content, param }) => {
    bucketOf(content, param('name'));
    return refuse(404, 10059, 'The CORS configuration does not exist.');
  }),
];
