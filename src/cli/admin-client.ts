// The admin API of a running server. Its token can change what the server does to everybody, so it goes to the address
// it was meant for and nowhere else: over TLS or to this machine, and never along a redirect.
import { z, type ZodType } from 'zod';

import { ADMIN_NAME, ADMIN_NAME_HEADER } from '../contract/admin.ts';
import { secretProblem } from '../contract/secret.ts';
import { parseJson } from '../lib/json.ts';
import { readBounded } from '../lib/read-bounded.ts';
import { sentence } from '../lib/visible-text.ts';
import { CliProblem, type World } from './command.ts';
import { serverUrl } from './server-url.ts';

const TIMEOUT_MS = 10_000;
/** A page of operations or of the journal is far shorter. */
const MAX_BYTES = 16 * 1_048_576;
/** RFC 6750 §2.1 */
const BEARER = /^[\w.~+/-]+=*$/;

export interface AdminRequest<T> {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Under the server's origin. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the answer must be. */
  readonly answer: ZodType<T>;
}

export interface AdminAnswer<T> {
  readonly value: T;
  readonly etag?: string;
}

export type AskAdmin = <T>(request: AdminRequest<T>) => Promise<AdminAnswer<T>>;

export const createAskAdmin = ({ env }: Pick<World, 'env'>, url: string | undefined): AskAdmin => {
  const server = serverUrl({ env }, url);
  const token = env['MCP_ADMIN_TOKEN'] ?? '';
  const problem = secretProblem('MCP_ADMIN_TOKEN', token);
  if (problem !== undefined)
    throw new CliProblem(`${problem} It must be the server's own, in the environment or in .env.`);
  if (!BEARER.test(token))
    throw new CliProblem('MCP_ADMIN_TOKEN has characters that no Authorization header may hold.');
  return async ({ method, path, body, headers, answer }) => {
    const { status, etag, text } = await send(server, path, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...nameOf(env),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (status < 200 || status > 299) throw new CliProblem(refusalOf(status, text, server));
    const parsed = answer.safeParse(parseJson(text));
    if (!parsed.success)
      throw new CliProblem(`${server.origin} answered something else. Is it this server?`);
    return { value: parsed.data, ...(etag !== null && { etag }) };
  };
};

/** For the server's history of changes. */
const nameOf = ({ USER, LOGNAME }: World['env']) => {
  const name = USER ?? LOGNAME ?? '';
  return ADMIN_NAME.test(name) ? { [ADMIN_NAME_HEADER]: name } : {};
};

/** An answer that breaks off counts as no answer. */
const send = async (server: URL, path: string, init: RequestInit) => {
  try {
    const response = await fetch(new URL(path, server.origin), {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readBounded(response, MAX_BYTES);
    return { status: response.status, etag: response.headers.get('etag'), text };
  } catch (error) {
    throw new CliProblem(
      `No server answers at ${server.origin}. Is it running, and is --url right?`,
      {
        cause: error,
      },
    );
  }
};

const refusalSchema = z.object({
  message: z.string(),
  code: z.string().optional(),
  next: z.string().optional(),
});

const refusalOf = (status: number, body: string | undefined, { origin }: URL): string => {
  if (status === 401) return `${origin} has another MCP_ADMIN_TOKEN than the one here.`;
  const refusal = refusalSchema.safeParse(parseJson(body));
  if (status === 404 && refusal.data?.code !== 'UNKNOWN_OPERATION')
    return `${origin} has no admin API, or an older one.`;
  if (status === 412)
    return 'Somebody else has changed it at the same moment. Look at it, then try again.';
  if (status >= 300 && status < 400)
    return `${origin} answers with a redirect; give the final address as --url.`;
  if (!refusal.success) return `${origin} says no: HTTP ${status}.`;
  const { message, next = '' } = refusal.data;
  return `${origin} says no (${status}): ${sentence(`${message} ${next}`.trim(), 600)}`;
};
