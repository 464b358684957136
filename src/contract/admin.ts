// What the admin API and `bun mcp` say to each other. All of it is sent with Authorization: Bearer MCP_ADMIN_TOKEN.
import { z } from 'zod';

import { journalEntrySchema, operationSchema } from './operation.ts';
import { PRINCIPAL_NAME, SHARED_SECRET_NAME } from './principal.ts';
import { TOKEN_ID } from './token.ts';

export const clientSchema = z.string().regex(PRINCIPAL_NAME);

/** The shared secret is no token: it has no end and no id, and revoking it would shut the operator out for good. */
const tokenOwner = clientSchema.refine((client) => client !== SHARED_SECRET_NAME);

/**
 * `POST /admin/revocations`. With `jti` that one token, remembered until `until`, when it has ended by itself; without,
 * every token of the client issued up to now. Seconds since the epoch.
 */
export const revocationSchema = z.union([
  z.strictObject({ client: tokenOwner }),
  z.strictObject({
    client: tokenOwner,
    jti: z.string().regex(TOKEN_ID),
    until: z.int().positive(),
  }),
]);

export type Revocation = z.output<typeof revocationSchema>;

const percentage = z.int().min(0).max(100);

/** Who asks, by their own word: there is one admin token. For the history. */
export const ADMIN_NAME_HEADER = 'X-Admin-Name';
export const ADMIN_NAME = /^[\w.@+-]{1,64}$/;

/** Body of `PUT /admin/dark-launch`, with If-Match. */
export const rolloutChangeSchema = z.strictObject({ percentage });

/** Answer of `GET` and `PUT /admin/dark-launch`. Who and when is unknown of a value that was not set through here. */
export const rolloutSchema = z.object({
  percentage,
  /** ISO 8601. */
  updatedAt: z.string().optional(),
  updatedBy: z.string().optional(),
  /** As in the header ETag. */
  etag: z.string().optional(),
  /** What is wrong with the value that is kept, in a sentence. */
  problem: z.string().optional(),
});

export type Rollout = z.output<typeof rolloutSchema>;

/** Body of `PUT /admin/limits/:client`: calls a minute; null, or the command line's word, is what the environment gives everybody. */
export const limitChangeSchema = z.strictObject({
  limit: z.union([z.int().min(1).max(10_000), z.null(), z.literal('default')]),
});

/** Answer of `GET` and `PUT /admin/limits/:client`. */
export const limitSchema = z.object({
  /** The calls a minute in force. */
  limit: z.int().nonnegative(),
  /** False where it is what the environment gives everybody. */
  isOverride: z.boolean().optional(),
  problem: z.string().optional(),
});

/** Body of `POST /admin/operations/:id/approval`: the digest of the plan that was read, and of no other. */
export const approvalSchema = z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/) });

/** Answer of `GET /admin/operations`, newest first. */
export const operationsPageSchema = z.object({
  stage: z.string(),
  operations: z.array(operationSchema.omit({ plan: true, drift: true, outputs: true })),
  /** Sent back as `before`; absent on the last page. */
  nextBefore: z.string().optional(),
});

/** Answer of `GET /admin/journal`, oldest first. */
export const journalPageSchema = z.object({
  stage: z.string(),
  entries: z.array(journalEntrySchema),
  /** Sent back as `after`; absent on the last page. */
  nextAfter: z.int().optional(),
});
