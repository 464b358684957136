// The journal of a stage: who asked for what, who said yes, and how it ended; and whether it is as it was written.
import { z } from 'zod';

import { STAGE_NAME } from '../../contract/stage.ts';
import { httpError } from '../http-error.ts';
import type { Handler } from './admin-route.ts';
import { notTheHub } from './operations-route.ts';

const pageSchema = z.object({
  stage: z.string().regex(STAGE_NAME).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.coerce.number().int().nonnegative().optional(),
});

export const readJournal: Handler = async ({ request, dependencies }) => {
  const { operations, requestId } = dependencies;
  if (operations === undefined) return notTheHub(requestId);
  const page = pageSchema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (!page.success) return badPage(requestId);
  const { stage = dependencies.stage, limit, after } = page.data;
  const entries = await operations
    .engine(stage)
    .journal({ limit, ...(after !== undefined && { after }) });
  const last = entries.length === limit ? entries.at(-1) : undefined;
  return Response.json({ stage, entries, ...(last !== undefined && { nextAfter: last.seq }) });
};

export const verifyJournal: Handler = async ({ request, dependencies }) => {
  const { operations, requestId } = dependencies;
  if (operations === undefined) return notTheHub(requestId);
  const page = pageSchema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (!page.success) return badPage(requestId);
  const { stage = dependencies.stage } = page.data;
  return Response.json(await operations.engine(stage).verifyJournal());
};

const badPage = (requestId: string): Response =>
  httpError(
    'BAD_REQUEST',
    'stage is a stage’s name, limit is 1 to 500, after the number of an entry.',
    requestId,
  );
