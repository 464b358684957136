// Everything around a tool that a tool must not be able to forget: scope, stage, arguments, output, fencing, errors and
// one log record per call. It decides nothing about protected stages or plans, which are the engine's rules.
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ZodObject } from 'zod';

import { ERRORS, type ErrorCode, OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { now as readClock } from '../../lib/clock.ts';
import { randomId } from '../../lib/ids.ts';
import { annotationsOf } from './annotations.ts';
import type { ToolContext } from './define-tool.ts';
import type { EndpointCall, EndpointTool } from './endpoint-tool.ts';
import { progressReporter } from './progress.ts';
import { abortRefusal, internalRefusal, refusal } from './refusal.ts';
import { requireScope } from './require-scope.ts';
import {
  type AnyTool,
  Elsewhere,
  type NamedStage,
  openStage,
  requireHub,
  requireStage,
  type Stages,
  type StageVisit,
  stageOfCall,
} from './stages.ts';
import { describeOnly, parseArguments, withStage } from './tool-schema.ts';
import { shield } from './untrusted.ts';

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
    const input = tool.input(stage);
    const fresh = tool.stageOf === undefined ? withStage(input, ownStage) : input.strict();
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
  const stage = stageOfCall(tool, args, seam.stages.own.name);
  const { answer, ...outcome } = await attempt(tool, seam, call, async () => {
    requireScope(tool.name, tool.scope, principal);
    requireOpen(tool, call.caller);
    const progress = progressReporter(call.mcp, now);
    const given = { principal, now: startedAt, signal: call.signal, progress };
    const run = tool.reach === 'hub' ? runAtHub : runAtStage;
    return answerOf(tool.output, await run({ tool, seam, inputOf, args, call, stage, given }));
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

interface Work<S extends NamedStage> {
  readonly tool: AnyTool<S>;
  readonly seam: Seam<S>;
  readonly inputOf: InputOf<S>;
  readonly args: unknown;
  readonly call: Call;
  readonly stage: string | undefined;
  readonly given: Omit<ToolContext<S>, 'stage' | 'stageName'>;
}

/** Arguments are checked against what the very stage offers; the server of another stage checks them itself. */
async function runAtStage<S extends NamedStage>(work: Work<S>): Promise<unknown> {
  const { tool, seam, inputOf, args, call, stage, given } = work;
  const opened = await openStage(seam.stages, stage, visitOf(tool, call));
  if (opened instanceof Elsewhere) return opened.call(args);
  const parsed = await parseArguments(tool.name, inputOf(opened), args);
  return tool.run(parsed, { ...given, stage: opened, stageName: opened.name });
}

async function runAtHub<S extends NamedStage>(work: Work<S>): Promise<unknown> {
  const { tool, seam, inputOf, args, stage, given } = work;
  const { own } = seam.stages;
  requireHub(tool, seam.stages);
  const parsed = await parseArguments(tool.name, inputOf(own), args);
  if (stage === undefined) throw new OpsError('UNKNOWN_OPERATION', 'This is no operation’s id.');
  requireStage(stage, given.principal);
  return tool.run(parsed, { ...given, stage: own, stageName: stage });
}

const visitOf = <S extends NamedStage>(
  { name, scope, effect }: AnyTool<S>,
  { caller: { principal, requestId, traceId }, signal }: Call,
): StageVisit => ({
  principal,
  requestId,
  tool: name,
  scope,
  effect,
  signal,
  ...(traceId !== undefined && { traceId }),
});

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

function requireOpen<S extends NamedStage>(tool: AnyTool<S>, caller: SeamCaller): void {
  if (caller.closedTools?.has(tool.name) === true)
    throw new OpsError('NOT_IN_ROLLOUT', `${tool.name} is not rolled out to this client yet.`, {
      next: 'Use another tool, or ask the operator to raise its percentage.',
    });
  if (caller.effectsRefused !== undefined && tool.effect !== 'read') throw caller.effectsRefused;
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
