// How many calls a minute one client may make. Kept in KV, where wrangler can set it too; the limiter reads it within a
// minute.
import { clientSchema, limitChangeSchema } from '../../contract/admin.ts';
import { log } from '../../lib/log.ts';
import { httpError } from '../http-error.ts';
import { decoded, type Handler, readBody } from './admin-route.ts';

export const LIMITS_PATH = '/admin/limits/';

export const readLimit: Handler = async ({ request, dependencies }) => {
  const { limits, requestId } = dependencies;
  const client = clientIn(request);
  if (client === undefined) return notAClient(requestId);
  const stored = await limits.kv.get(keyOf(client));
  return Response.json({
    client,
    ...limits.limitFrom(stored, client),
    isOverride: stored !== null,
  });
};

export const setLimit: Handler = async (call) => {
  const { request, dependencies, by } = call;
  const { limits, requestId } = dependencies;
  const client = clientIn(request);
  if (client === undefined) return notAClient(requestId);
  const body = await readBody(
    call,
    limitChangeSchema,
    'Send {"limit": N} with a whole number from 1 to 10000, or null for the usual limit.',
  );
  if (!body.ok) return body.error;
  const stored = typeof body.value.limit === 'number' ? String(body.value.limit) : null;
  if (stored === null) await limits.kv.delete(keyOf(client));
  else await limits.kv.put(keyOf(client), stored);
  log('INFO', 'admin.limit', { requestId, by, client, limit: stored ?? 'default' });
  return Response.json({
    client,
    ...limits.limitFrom(stored, client),
    isOverride: stored !== null,
  });
};

const keyOf = (client: string): string => `limit:${client}`;

const clientIn = ({ url }: Request): string | undefined => {
  const part = decoded(new URL(url).pathname.slice(LIMITS_PATH.length));
  return clientSchema.safeParse(part).data;
};

const notAClient = (requestId: string): Response =>
  httpError('BAD_REQUEST', 'A client is 1 to 200 visible ASCII characters.', requestId);
