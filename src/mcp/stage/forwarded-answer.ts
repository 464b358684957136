// What another stage's server answered to a forwarded call: its result as plain data, or its refusal as our own error.
import { z } from 'zod';

import { ERRORS, type ErrorCode, OpsError } from '../../contract/errors.ts';
import { parseJson } from '../../lib/json.ts';

const rpcSchema = z.object({
  result: z
    .object({
      isError: z.boolean().optional(),
      content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
      structuredContent: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  error: z.object({ code: z.number() }).optional(),
});

const refusalSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }),
});

export const resultIn = (
  stage: string,
  tool: string,
  status: number,
  text: string | undefined,
): unknown => {
  if (status !== 200) throw refusedByEdge(stage, status);
  if (text === undefined)
    throw new OpsError('RESOURCE_FAILED', `The answer of stage ${stage} is larger than 2 MiB.`, {
      next: 'Ask for less.',
    });
  const message = rpcSchema.safeParse(parseJson(text));
  const result = message.data?.result;
  if (result === undefined) throw outdated(stage, `has no tool ${tool}`);
  if (result.isError !== true) return result.structuredContent ?? {};
  throw refusalIn(stage, result.content[0]?.text);
};

/** What stands before a tool: who calls, how often, whether the server is set up. */
const refusedByEdge = (stage: string, status: number): OpsError => {
  if (status === 401) return outdated(stage, 'was deployed with other secrets than this one');
  if (status === 429)
    return new OpsError('RATE_LIMITED', `The server of stage ${stage} takes no more calls now.`, {
      next: 'Wait a minute, then call again.',
    });
  return new OpsError('STAGE_UNREACHABLE', `The server of stage ${stage} answers HTTP ${status}.`);
};

const outdated = (stage: string, what: string): OpsError =>
  new OpsError('STAGE_UNREACHABLE', `The server of stage ${stage} ${what}.`, {
    next: `Deploy stage ${stage} again, with the secrets and the version of this server.`,
  });

const refusalIn = (stage: string, text: string | undefined): OpsError => {
  const refusal = refusalSchema.safeParse(parseJson(text));
  if (!refusal.success) return outdated(stage, 'refuses in a way this one does not know');
  const { code, message, next } = refusal.data.error;
  if (!isKnown(code)) return outdated(stage, 'refuses for a reason this one does not know');
  return new OpsError(code, message, { next });
};

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);
