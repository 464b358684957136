// Everything around a tool that a tool must not be able to forget: scope, stage, arguments, output, fencing, errors and
// one log record per call. It decides nothing about protected stages or plans, which are the engine's rules.
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ZodObject } from 'zod';

import { ERRORS, type ErrorCode, OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { now as readClock } from '../../lib/clock.ts';
import { randomId } from '../../lib/ids.ts';
import { annotationsOf } from './annotations.ts';
import type { Effect, Tool } from './define-tool.ts';
import type { EndpointCall, EndpointTool } from './endpoint-tool.ts';
import { progressReporter } from './progress.ts';
import { abortRefusal, internalRefusal, refusal } from './refusal.ts';
import { mayUseStage } from './stage-access.ts';
import { describeOnly, parseArguments, stageNamedIn, withStage } from './tool-schema.ts';
import { shield } from './untrusted.ts';

export interface NamedStage {
  readonly name: string;
}

/** Any tool of a server whose stages are `S`. */
export type AnyTool<S extends NamedStage> = Tool<ZodObject, ZodObject, S>;

export interface SeamCaller {
  readonly principal: Principal;
  readonly requestId: string;
  /** The execution context's: workerd drops the work of a request whose caller has left, its log record included. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** Of the caller's own trace, for the log. */
  readonly traceId?: string;
  /** Tools that are not rolled out to this client: in no list, and refused when called. */
  readonly closedTools?: ReadonlySet<string>;
  /** Why nothing that could have an effect is started for this request, if nothing is. */
  readonly effectsRefused?: OpsError;
}

/** What a stage may need to know about the call it is opened for, such as to pass the call on to another server. */
export interface StageVisit {
  readonly principal: Principal;
  readonly requestId: string;
  readonly tool: string;
  readonly effect: Effect;
  readonly signal: AbortSignal;
}

export interface Stages<S extends NamedStage> {
  /** The server's own stage: the default, and the one whose names the tool list shows. */
  readonly own: S;
  /** Throws OpsError UNKNOWN_STAGE. Asked only for stages the principal may use. */
  open(name: string, visit: StageVisit): S | Promise<S>;
}

/** One call, without any of its argument values. */
export interface CallRecord {
  readonly tool: string;
  /** `-` when the caller named something that cannot be a stage. */
  readonly stage: string;
  readonly code: 'OK' | 'ABORTED' | ErrorCode;
  readonly ms: number;
  readonly client: string;
  readonly requestId: string;
  readonly traceId?: string;
  readonly errorId?: string;
}

/** A failure that is ours: the error as it was thrown, for the log alone, which must redact it. */
export interface Fault {
  readonly tool: string;
  readonly requestId: string;
  readonly errorId: string;
  readonly error: unknown;
}

export interface Seam<S extends NamedStage> {
  readonly stages: Stages<S>;
  readonly log: (record: CallRecord) => void;
  readonly onFault: (fault: Fault) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

type Call = EndpointCall<SeamCaller>;
type InputOf<S> = (stage: S) => ZodObject;

export function toEndpointTool<S extends NamedStage>(
  tool: AnyTool<S>,
  seam: Seam<S>,
): EndpointTool<SeamCaller> {
  const { name, title, description, effect, output } = tool;
  const inputOf = inputsOf(tool, seam.stages.own.name);
  return {
    name,
    title,
    description,
    annotations: annotationsOf(title, effect),
    input: describeOnly(inputOf(seam.stages.own)),
    output: describeOnly(output),
    run: (args, call) => {
      const answer = runLogged(tool, seam, inputOf, args, call);
      call.caller.waitUntil?.(answer);
      return answer;
    },
  };
}

/** Building a schema is slower than a call; a stage that is kept keeps its schema. */
function inputsOf<S extends NamedStage>(tool: AnyTool<S>, ownStage: string): InputOf<S> {
  const known = new WeakMap<S, ZodObject>();
  return (stage) => {
    const before = known.get(stage);
    if (before !== undefined) return before;
    const fresh = withStage(tool.input(stage), ownStage);
    known.set(stage, fresh);
    return fresh;
  };
}

async function runLogged<S extends NamedStage>(
  tool: AnyTool<S>,
  seam: Seam<S>,
  inputOf: InputOf<S>,
  args: unknown,
  call: Call,
): Promise<CallToolResult> {
  const now = seam.now ?? readClock;
  const startedAt = now();
  const { principal, requestId, traceId } = call.caller;
  const stage = stageNamedIn(args, seam.stages.own.name);
  const { answer, ...outcome } = await attempt(tool, seam, call, async () => {
    requireScope(tool, principal);
    requireOpen(tool, call.caller);
    const opened = await openStage(tool, seam.stages, stage, call);
    const given = await parseArguments(tool.name, inputOf(opened), args);
    const progress = progressReporter(call.mcp, now);
    const context = { stage: opened, principal, now: startedAt, signal: call.signal, progress };
    return answerOf(tool.output, await tool.run(given, context));
  });
  seam.log({
    tool: tool.name,
    // A name that is no stage is an argument, and arguments are not logged.
    stage: outcome.code === 'UNKNOWN_STAGE' ? '-' : (stage ?? '-'),
    ...outcome,
    ms: now() - startedAt,
    client: principal.client,
    requestId,
    ...(traceId !== undefined && { traceId }),
  });
  return answer;
}

interface Outcome {
  readonly answer: CallToolResult;
  readonly code: CallRecord['code'];
  readonly errorId?: string;
}

/** The only place where what was thrown becomes what is said. */
async function attempt<S extends NamedStage>(
  tool: AnyTool<S>,
  seam: Seam<S>,
  call: Call,
  work: () => Promise<CallToolResult>,
): Promise<Outcome> {
  try {
    return { answer: await work(), code: 'OK' };
  } catch (error) {
    if (error instanceof OpsError && error.code !== 'INTERNAL') {
      const { code, message, next } = error;
      if (ERRORS[code].level !== 'error') return { answer: refusal(code, message, next), code };
      const errorId = report(tool, seam, call, error);
      return { answer: refusal(code, `${message} Error id: ${errorId}.`, next), code, errorId };
    }
    if (isAbort(error, call.signal)) return { answer: abortRefusal(tool.name), code: 'ABORTED' };
    const errorId = report(tool, seam, call, error);
    return { answer: internalRefusal(tool.name, errorId), code: 'INTERNAL', errorId };
  }
}

function report<S extends NamedStage>(
  tool: AnyTool<S>,
  seam: Seam<S>,
  { caller }: Call,
  error: unknown,
): string {
  const errorId = randomId();
  seam.onFault({ tool: tool.name, requestId: caller.requestId, errorId, error });
  return errorId;
}

/** The tool stopped because the caller had gone: nobody's fault, and nobody reads the answer. */
const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted &&
  (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));

function requireScope<S extends NamedStage>(tool: AnyTool<S>, principal: Principal): void {
  if (principal.scopes.includes(tool.scope)) return;
  throw new OpsError('SCOPE_MISSING', `${tool.name} needs the scope ${tool.scope}.`, {
    next: `Ask the operator for a token with the scope ${tool.scope}.`,
  });
}

function requireOpen<S extends NamedStage>(tool: AnyTool<S>, caller: SeamCaller): void {
  if (caller.closedTools?.has(tool.name) === true)
    throw new OpsError('NOT_IN_ROLLOUT', `${tool.name} is not rolled out to this client yet.`, {
      next: 'Use another tool, or ask the operator to raise its percentage.',
    });
  if (caller.effectsRefused !== undefined && tool.effect !== 'read') throw caller.effectsRefused;
}

async function openStage<S extends NamedStage>(
  tool: AnyTool<S>,
  stages: Stages<S>,
  stage: string | undefined,
  { caller: { principal, requestId }, signal }: Call,
): Promise<S> {
  if (stage === undefined) {
    throw new OpsError('INVALID_ARGUMENT', 'stage: not a stage name.', {
      next: `Use lower-case letters, digits and hyphens, such as ${stages.own.name}.`,
    });
  }
  // Before asking whether it exists: the answer must not tell which other stages do.
  if (!mayUseStage(principal.stages, stage)) {
    throw new OpsError('STAGE_NOT_ALLOWED', `This token may not use the stage ${stage}.`);
  }
  const { name, effect } = tool;
  return stages.open(stage, { principal, requestId, tool: name, effect, signal });
}

/** Checked twice if writing out hidden characters changed it, since the caller checks what it receives. */
function answerOf(output: ZodObject, result: unknown): CallToolResult {
  const structured = conforming(output, result);
  const shielded = shield(structured, randomId());
  if (shielded.changed) conforming(output, shielded.structured);
  return {
    content: [{ type: 'text', text: shielded.text }],
    structuredContent: shielded.structured,
  };
}

function conforming(output: ZodObject, result: unknown): Record<string, unknown> {
  const parsed = output.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new Error('The result does not match the output schema.', { cause: parsed.error.issues });
}
