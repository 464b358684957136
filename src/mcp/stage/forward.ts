// A call about another stage is made at that stage's own server, which alone has its bindings. What comes back is
// foreign, like all that is read from a stack: its size is bounded here, its form and its text are checked by the seam.
import type { StageDirectory } from '../../contract/engine.ts';
import { OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import type { Scope } from '../../contract/scopes.ts';
import { matchesStage } from '../../contract/stage-pattern.ts';
import { randomId } from '../../lib/ids.ts';
import { readBounded } from '../../lib/read-bounded.ts';
import { resultIn } from './forwarded-answer.ts';
import { touch } from './touch.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 2 * 1_048_576;
/** How the id of a forwarded call's token begins: such a call is not forwarded again, wherever the address leads. */
export const FORWARDED = 'forwarded.';
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export interface ForwardedCall {
  readonly principal: Principal;
  readonly tool: string;
  readonly scope: Scope;
  readonly signal: AbortSignal;
  readonly traceId?: string;
}

export interface ForwardDependencies {
  /** The server's own stage. */
  readonly own: string;
  readonly directory: Pick<StageDirectory, 'stage' | 'stages'>;
  readonly tokenFor: (principal: Principal, scope: Scope, stage: string) => Promise<string>;
  readonly timeoutMs?: number;
}

/** Finds the stage's server; what it hands back makes the call there. */
export const createForward =
  ({ own, directory, tokenFor, timeoutMs = TIMEOUT_MS }: ForwardDependencies) =>
  async (stage: string, call: ForwardedCall): Promise<(args: unknown) => Promise<unknown>> => {
    const known = await touch('The list of stages', () => directory.stage(stage));
    if (known === undefined) throw await unknownStage(stage, call.principal, own, directory);
    const url = addressOf(stage, known.url, call);
    return async (args) => {
      const token = await tokenFor(call.principal, call.scope, stage);
      const timeout = AbortSignal.timeout(timeoutMs);
      const init = requestOf(call, args, token, AbortSignal.any([call.signal, timeout]));
      const { status, text } = await send(stage, url, init, call.signal, timeout, timeoutMs);
      return resultIn(stage, call.tool, status, text);
    };
  };

/** The refusal of a stage that is not there. It names those that the caller may use, and no other. */
const unknownStage = async (
  stage: string,
  { stages: patterns }: Principal,
  own: string,
  directory: Pick<StageDirectory, 'stages'>,
): Promise<OpsError> => {
  const others = await touch('The list of stages', () => directory.stages());
  const names = [...new Set([own, ...others.map(({ name }) => name)])].toSorted();
  const usable = names.filter((name) => matchesStage(patterns, name));
  const known = usable.length === 0 ? 'none that this token may use' : usable.join(', ');
  return new OpsError('UNKNOWN_STAGE', `There is no stage ${stage}. Known: ${known}.`);
};

/** A token goes out over TLS or stays on this machine. */
const addressOf = (stage: string, address: string | null, { principal }: ForwardedCall): URL => {
  if (principal.tokenId?.startsWith(FORWARDED) === true)
    throw unreachable(stage, `The address of stage ${stage} leads to another server.`);
  if (address === null)
    throw new OpsError('STAGE_UNREACHABLE', `Stage ${stage} has no MCP server.`, {
      next: 'Declare McpServer(…) in alchemy.run.ts and deploy the stage.',
    });
  const url = URL.parse('/mcp', address);
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOCAL.test(url.hostname));
  if (url === null || !isSafe)
    throw unreachable(stage, `The address of stage ${stage} is not one to send a token to.`);
  return url;
};

const requestOf = (
  { tool, traceId }: ForwardedCall,
  args: unknown,
  token: string,
  signal: AbortSignal,
): RequestInit => ({
  method: 'POST',
  // A token is for the address it was made for.
  redirect: 'manual',
  signal,
  headers: {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${token}`,
    ...(traceId !== undefined && { traceparent: `00-${traceId}-${drawSpanId()}-01` }),
  },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: tool, arguments: args ?? {} },
  }),
});

/** W3C Trace Context §3.2.2.4: 16 hex digits, not all zero; a version-4 UUID has a 4 among its first. */
const drawSpanId = (): string => randomId().replaceAll('-', '').slice(0, 16);

const send = async (
  stage: string,
  url: URL,
  init: RequestInit,
  gone: AbortSignal,
  timeout: AbortSignal,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly text: string | undefined }> => {
  try {
    const response = await fetch(url, init);
    return { status: response.status, text: await readBounded(response, MAX_BYTES) };
  } catch (cause) {
    // The caller has left: the seam knows what to make of its own reason.
    if (gone.aborted) throw gone.reason;
    if (timeout.aborted)
      throw new OpsError(
        'RESOURCE_TIMEOUT',
        `The server of stage ${stage} did not answer within ${timeoutMs / 1_000} s.`,
        { cause },
      );
    throw unreachable(stage, `The server of stage ${stage} does not answer.`, cause);
  }
};

const unreachable = (stage: string, message: string, cause?: unknown): OpsError =>
  new OpsError('STAGE_UNREACHABLE', message, {
    next: `Deploy stage ${stage} again, then retry.`,
    ...(cause !== undefined && { cause }),
  });
