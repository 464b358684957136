// One call of a tool, and what it came to.
import { z } from 'zod';

import { type AskServer, askMcp } from '../../src/cli/doctor/ask-server.ts';
import { parseJson } from '../../src/lib/json.ts';

const resultSchema = z.object({
  result: z.object({
    isError: z.boolean().default(false),
    content: z.array(z.object({ text: z.string() })),
    structuredContent: z.record(z.string(), z.unknown()).optional(),
  }),
});

const refusalSchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
});

export type Called =
  | { readonly kind: 'answered'; readonly content: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** A tool of the server, by a credential. */
export type CallTool = (name: string, args: Readonly<Record<string, unknown>>) => Promise<Called>;

export const createCallTool =
  (ask: AskServer, credential: Readonly<Record<string, string>>): CallTool =>
  async (name, args) => {
    const answer = await askMcp(ask, 'tools/call', { name, arguments: args }, credential);
    const result = resultSchema.safeParse(answer?.json).data?.result;
    if (result === undefined)
      return { kind: 'failed', message: `it was not answered (HTTP ${answer?.status ?? 'none'})` };
    if (!result.isError) return { kind: 'answered', content: result.structuredContent ?? {} };
    const refusal = refusalSchema.safeParse(parseJson(result.content[0]?.text)).data?.error;
    return refusal === undefined
      ? { kind: 'failed', message: 'it was refused without a reason' }
      : { kind: 'refused', ...refusal };
  };
