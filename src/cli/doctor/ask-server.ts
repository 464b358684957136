// A request to the server that is examined, and its answer taken apart. It follows no redirect, because credentials go
// with it, and reads no more than an answer of ours can be long.
import { z } from 'zod';

import { parseJson } from '../../lib/json.ts';
import { readBounded } from '../../lib/read-bounded.ts';

/** Probes of a stage's resources take seconds. */
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 4_000_000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where it is no JSON. */
  readonly json: unknown;
  /** `code` of our errors. */
  readonly code: string | undefined;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** Undefined where nobody answers. */
export type AskServer = (path: string, init?: RequestInit) => Promise<Answer | undefined>;

export const createAskServer =
  (server: URL, now: () => number, timeoutMs = TIMEOUT_MS): AskServer =>
  async (path, init) => {
    const sentAt = now();
    try {
      const response = await fetch(new URL(path, server), {
        ...init,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const json = parseJson(await readBounded(response, MAX_BYTES));
      const { status, headers } = response;
      return { status, headers, json, code: codeOf(json), sentAt, receivedAt: now() };
    } catch {
      return undefined;
    }
  };

/** One JSON-RPC request to the endpoint, as a bare client sends it. */
export const askMcp = (
  ask: AskServer,
  method: string,
  params: Readonly<Record<string, unknown>>,
  credential: Readonly<Record<string, string>>,
): Promise<Answer | undefined> =>
  ask('/mcp', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...credential },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });

const errorSchema = z.object({ code: z.string() });
const codeOf = (json: unknown): string | undefined => errorSchema.safeParse(json).data?.code;
