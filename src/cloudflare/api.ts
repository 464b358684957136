// Asks the Cloudflare API v4 as the owner of an account. What went wrong comes back as a fact: whoever asked knows what
// it means, and says so in words of ours. The token goes to Cloudflare and along no redirect.
import { type ZodType, z } from 'zod';

import { parseJson } from '../lib/json.ts';
import { type Result, err, ok } from '../lib/result.ts';

const API = 'https://api.cloudflare.com/client/v4';
const ANSWER_MS = 15_000;

export interface Account {
  readonly id: string;
  readonly token: string;
}

export interface CloudflareRequest<T> {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Under `/client/v4`, such as `/zones`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What `result` must be. */
  readonly answer: ZodType<T>;
}

export type CloudflareFailure =
  | { readonly type: 'unreachable' }
  /** Something answered that is not the API. */
  | { readonly type: 'unreadable'; readonly status: number }
  | {
      readonly type: 'refused';
      readonly status: number;
      /** Cloudflare's own number; 0 where it gave none. */
      readonly code: number;
      /** In Cloudflare's words: to be looked at, not to be shown. */
      readonly message: string;
    };

export type AskCloudflare = <T>(
  request: CloudflareRequest<T>,
) => Promise<Result<T, CloudflareFailure>>;

const refusalSchema = z.object({
  success: z.literal(false),
  errors: z.array(z.object({ code: z.number(), message: z.string() })),
});

export const createAskCloudflare =
  ({ token }: Account): AskCloudflare =>
  async ({ method = 'GET', path, query = {}, body, answer }) => {
    const search = new URLSearchParams(query).toString();
    const heard = await send(`${API}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (heard === undefined) return err({ type: 'unreachable' });
    const { status, json } = heard;
    const refusal = refusalSchema.safeParse(json);
    if (refusal.success) {
      const [{ code, message } = { code: 0, message: '' }] = refusal.data.errors;
      return err({ type: 'refused', status, code, message });
    }
    const parsed = z.object({ success: z.literal(true), result: answer }).safeParse(json);
    return parsed.success ? ok(parsed.data.result) : err({ type: 'unreadable', status });
  };

const send = async (address: string, init: RequestInit) => {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(address, { ...init, redirect: 'manual', signal });
    const text = await response.text();
    return { status: response.status, json: parseJson(text) };
  } catch {
    return undefined;
  }
};
