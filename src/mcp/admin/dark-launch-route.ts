// The share of clients that is let in: what it is, setting it, and who set it before.
import { z } from 'zod';

import { rolloutChangeSchema } from '../../contract/admin.ts';
import { log } from '../../lib/log.ts';
import { httpError } from '../http-error.ts';
import type { Setting } from '../rollout/flags.ts';
import { type Handler, readBody } from './admin-route.ts';

export const readDarkLaunch: Handler = async ({ dependencies: { registry } }) =>
  answerOf(await registry.setting());

export const setDarkLaunch: Handler = async (call) => {
  const { request, dependencies, by } = call;
  const { registry, onRolloutChanged, requestId } = dependencies;
  const body = await readBody(
    call,
    rolloutChangeSchema,
    'Send {"percentage": N} with a whole number from 0 to 100.',
  );
  if (!body.ok) return body.error;
  const { percentage } = body.value;
  const expected = etagsOf(request.headers.get('if-match'));
  const set = await registry.put({ percentage, by, ...(expected !== undefined && { expected }) });
  onRolloutChanged?.();
  log('INFO', 'admin.dark_launch', { requestId, by, percentage, isSet: set.ok });
  if (set.ok) return answerOf(set.value);
  const current = set.error;
  return httpError(
    'PRECONDITION_FAILED',
    `The percentage is ${current.percentage} and was changed since you read it. Nothing was set.`,
    requestId,
    { headers: { ETag: current.etag }, extra: { current: factsOf(current) } },
  );
};

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().positive().optional(),
});

export const readDarkLaunchHistory: Handler = async ({ request, dependencies }) => {
  const { registry, requestId } = dependencies;
  const page = pageSchema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (!page.success)
    return httpError('BAD_REQUEST', 'limit is 1 to 500; before is a version.', requestId);
  const { limit, before } = page.data;
  const entries = await registry.history({ limit, ...(before !== undefined && { before }) });
  const last = entries.at(-1);
  const isMore = entries.length === limit && last !== undefined && last.version > 1;
  return Response.json({ entries, ...(isMore && { nextBefore: last.version }) });
};

/** All that the setting is, but for its ETag, which is a header. */
const factsOf = ({ etag: _, ...facts }: Setting) => facts;

const answerOf = (setting: Setting): Response =>
  Response.json(factsOf(setting), { headers: { ETag: setting.etag } });

/**
 * RFC 9110 §13.1.1; absent or `*`, any version will do. Weak ETags count like strong ones, against the letter of it:
 * Cloudflare weakens ours when it compresses the answer, and a version is exact either way.
 */
const etagsOf = (ifMatch: string | null): string[] | undefined =>
  ifMatch === null || ifMatch.trim() === '*'
    ? undefined
    : ifMatch.split(',').map((etag) => etag.trim().replace(/^W\//, ''));
