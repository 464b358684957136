// Where a call goes: to the server's own stage, to another stage's own server, or to the hub's engines, which know a
// stage by its name alone. Whether the caller may use the stage is decided here, for all three.
import type { ZodObject } from 'zod';

import { OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import type { Scope } from '../../contract/scopes.ts';
import { matchesStage } from '../../contract/stage-pattern.ts';
import { sentence } from '../../lib/visible-text.ts';
import type { Effect, Tool } from './define-tool.ts';
import { stageNamedIn } from './tool-schema.ts';

export interface NamedStage {
  readonly name: string;
}

/** Any tool of a server whose stages are `S`. */
export type AnyTool<S extends NamedStage> = Tool<ZodObject, ZodObject, S>;

/** What a stage may need to know about the call it is opened for, such as to pass the call on to another server. */
export interface StageVisit {
  readonly principal: Principal;
  readonly requestId: string;
  readonly tool: string;
  readonly scope: Scope;
  readonly effect: Effect;
  readonly signal: AbortSignal;
  /** Of the caller's own trace. */
  readonly traceId?: string;
}

/** A stage whose resources another server reaches: the call is made there, and its result is checked here again. */
export class Elsewhere {
  readonly call: (args: unknown) => Promise<unknown>;

  constructor(call: (args: unknown) => Promise<unknown>) {
    this.call = call;
  }
}

export interface Stages<S extends NamedStage> {
  /** The server's own stage: the default, and the one whose names the tool list shows. */
  readonly own: S;
  /** Whether the engines of all stages are reached from here. */
  readonly isHub: boolean;
  /** Throws OpsError UNKNOWN_STAGE. Asked only for stages the principal may use. */
  open(name: string, visit: StageVisit): S | Elsewhere | Promise<S | Elsewhere>;
}

/** The stage a call is about, as far as its arguments tell; `ownStage` when they name none. */
export function stageOfCall<S extends NamedStage>(
  tool: AnyTool<S>,
  args: unknown,
  ownStage: string,
): string | undefined {
  return tool.stageOf === undefined ? stageNamedIn(args, ownStage) : tool.stageOf(args);
}

/** The stage, once it is known that the caller may use it. */
export async function openStage<S extends NamedStage>(
  stages: Stages<S>,
  stage: string | undefined,
  visit: StageVisit,
): Promise<S | Elsewhere> {
  if (stage === undefined) {
    throw new OpsError('INVALID_ARGUMENT', 'stage: not a stage name.', {
      next: `Use lower-case letters, digits and hyphens, such as ${stages.own.name}.`,
    });
  }
  requireStage(stage, visit.principal);
  return stages.open(stage, visit);
}

/** Before anybody asks whether the stage exists: the answer must not tell which other stages do. */
export function requireStage(stage: string, principal: Principal): void {
  if (matchesStage(principal.stages, stage)) return;
  const own = principal.stages.map((pattern) => sentence(pattern, 60)).join(', ');
  throw new OpsError('STAGE_NOT_ALLOWED', `This token may not use the stage ${stage}.`, {
    next: `Give a stage that it may use (${own === '' ? 'none' : own}), or ask the operator for a token whose stages include ${stage}.`,
  });
}

export function requireHub<S extends NamedStage>(
  tool: AnyTool<S>,
  { own, isHub }: Stages<S>,
): void {
  if (isHub) return;
  throw new OpsError('NOT_THE_HUB', `The server of stage ${own.name} has no ${tool.name}.`);
}
