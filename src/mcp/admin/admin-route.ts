// What every admin route is given, and what all of them have in common: the token comes first, a path has its methods,
// and a body is a small JSON object, whatever its content type says (curl -d calls it a form).
import type { ZodType } from 'zod';

import { ADMIN_NAME, ADMIN_NAME_HEADER, type Revocation } from '../../contract/admin.ts';
import { parseJson } from '../../lib/json.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { boundedBody } from '../bounded-body.ts';
import { httpError } from '../http-error.ts';
import type { HubOperations } from '../hub-operations.ts';
import type { Registry } from '../rollout/registry-client.ts';

export interface AdminDependencies {
  /** Absent where MCP_ADMIN_TOKEN is not set: nobody is an admin then. */
  readonly isAdmin: ((headers: Headers) => Promise<boolean>) | undefined;
  readonly registry: Pick<Registry, 'setting' | 'put' | 'history'>;
  /** Called when the rollout has changed: this isolate need not wait to hear of it. */
  readonly onRolloutChanged?: () => void;
  /** From the next request on. */
  readonly revoke: (revocation: Revocation) => Promise<void>;
  readonly limits: Limits;
  /** The server's own stage. */
  readonly stage: string;
  /** Only at the hub. */
  readonly operations?: Pick<HubOperations, 'engine'> | undefined;
  readonly requestId: string;
}

export interface Limits {
  /** `MCP_KV`. */
  readonly kv: Pick<KVNamespace, 'put' | 'delete'> & { get(key: string): Promise<string | null> };
  /** The limiter's own reading of what KV holds for a client. */
  readonly limitFrom: (
    stored: string | null,
    client: string,
  ) => { readonly limit: number; readonly problem?: string };
}

/** One admin request that has been let in. */
export interface AdminCall {
  readonly request: Request;
  readonly dependencies: AdminDependencies;
  readonly by: string;
}

export type Handler = (call: AdminCall) => Promise<Response>;

const MAX_BODY_BYTES = 4_096;

/** The part of a path after a prefix, as it was meant; undefined where it is no valid text. */
export const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
};

/** Lets an admin in; anybody else learns no more than that the token is missing, wrong, or not set up. */
export const refusalOf = async (
  { headers }: Request,
  { isAdmin, requestId }: AdminDependencies,
): Promise<Response | undefined> => {
  if (isAdmin === undefined)
    return httpError(
      'AUTH_NOT_CONFIGURED',
      'The admin API is closed: MCP_ADMIN_TOKEN is not set.',
      requestId,
    );
  if (await isAdmin(headers)) return undefined;
  return httpError('UNAUTHENTICATED', 'The admin token is missing or wrong.', requestId, {
    headers: { 'WWW-Authenticate': 'Bearer realm="alchemy-mcp-worker admin"' },
  });
};

/**
 * Who it was, for the history. There is one admin token, so this is what its holder says of themselves in
 * `X-Admin-Name`: a note among colleagues, not proof.
 */
export const adminOf = ({ headers }: Request): Result<string, string> => {
  const name = headers.get(ADMIN_NAME_HEADER);
  if (name === null) return ok('admin');
  return ADMIN_NAME.test(name)
    ? ok(`admin:${name}`)
    : err('X-Admin-Name must be 1 to 64 letters, digits or any of . _ @ + -.');
};

/** The body as `schema` wants it, or the refusal, which says `expected`. */
export const readBody = async <T>(
  { request, dependencies: { requestId } }: AdminCall,
  schema: ZodType<T>,
  expected: string,
): Promise<Result<T, Response>> => {
  const text = await boundedBody(request, MAX_BODY_BYTES);
  if (text === undefined)
    return err(httpError('BODY_TOO_LARGE', 'An admin request has at most 4 KiB.', requestId));
  const body = schema.safeParse(parseJson(text));
  return body.success ? ok(body.data) : err(httpError('BAD_REQUEST', expected, requestId));
};
