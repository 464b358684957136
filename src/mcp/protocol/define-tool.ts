// A tool is data plus one function. It says what it needs and what it answers; the seam around it checks scope and
// stage, logs, times, fences untrusted text and words errors, so that no tool can forget to.
import type { ZodObject, z } from 'zod';

import type { Principal } from '../../contract/principal.ts';
import type { Scope } from '../../contract/scopes.ts';
import type { Stage } from '../stage/stage.ts';

/** What a call can do to the world; the MCP annotations are derived from it. */
export type Effect = 'read' | 'run' | 'change' | 'destroy';

/**
 * Where a tool does its work: `stage` at the named stage's own server, over its bindings; `hub` at the hub, over the
 * engine of the named stage, which itself need not exist (yet, or any more).
 */
export type Reach = 'stage' | 'hub';

export interface ToolContext<S = Stage> {
  /** The stage the caller named, already known to exist and allowed; for a tool of the hub, the hub's own. */
  readonly stage: S;
  /** The stage the call is about: allowed to the caller, and for a tool of the hub nothing more than a name. */
  readonly stageName: string;
  readonly principal: Principal;
  /** Milliseconds since the epoch, read once per call. */
  readonly now: number;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  /** Tells a waiting caller how far the work is. Does nothing for callers who did not ask; never fails, never waits. */
  readonly progress: (message: string) => void;
}

export interface Tool<I extends ZodObject = ZodObject, O extends ZodObject = ZodObject, S = Stage> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scope: Scope;
  readonly effect: Effect;
  /** `stage` where it is not said. */
  readonly reach?: Reach;
  /** Of a tool of the hub that is not told the stage by name: the one its arguments lead to, undefined if they lead to none. */
  stageOf?(args: unknown): string | undefined;
  /**
   * The arguments, given what the stage offers: names in a schema's description are the declared ones. The seam adds an
   * optional `stage` unless the tool declares its own, and refuses arguments that are not named here: a misspelt
   * `dryRun` must not deploy.
   */
  input(stage: S): I;
  /** Plain data. Strings that hold data of others need no pattern and no maximum: writing out hidden characters lengthens them. */
  readonly output: O;
  run(args: z.output<I>, context: ToolContext<S>): Promise<z.input<O>>;
}

export const defineTool = <I extends ZodObject, O extends ZodObject, S = Stage>(
  tool: Tool<I, O, S>,
): Tool<I, O, S> => tool;
