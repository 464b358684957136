// A route of the emulated API: method, path as the reference writes it, and what it does to the account.
import type { z } from 'zod';

import type { Content } from './content.ts';
import type { DataPlane } from './data-plane.ts';
import { refuse } from './envelope.ts';

export type Form = Awaited<ReturnType<Request['formData']>>;

export interface Call {
  readonly content: Content;
  readonly plane: DataPlane;
  readonly query: URLSearchParams;
  /** What stands in the path in place of `:name`. */
  readonly param: (name: string) => string;
  /** The JSON body; a body of another form is refused as Cloudflare does. */
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>;
  readonly form: () => Promise<Form>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly pattern: RegExp;
  readonly handle: (call: Call) => unknown;
}

export const route = (method: Method, path: string, handle: Route['handle']): Route => ({
  method,
  path,
  pattern: new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  handle,
});

export const callOf = (
  request: Request,
  url: URL,
  groups: Readonly<Record<string, string>>,
  rest: Pick<Call, 'content' | 'plane'>,
): Call => ({
  ...rest,
  query: url.searchParams,
  param: (name) =>
    decodeURIComponent(groups[name] ?? refuse(404, 7003, `Could not route to ${url.pathname}.`)),
  body: async (schema) => {
    const parsed = schema.safeParse(await request.json().catch(() => undefined));
    return parsed.success
      ? parsed.data
      : refuse(400, 10001, `Invalid request body: ${parsed.error.issues[0]?.message}`);
  },
  form: () => request.formData(),
});
