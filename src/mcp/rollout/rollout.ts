// Is this client in the rollout? Decided at the edge from what this isolate remembers of the flags: seconds old, so that
// a request costs no trip, and never older than a PUT may take to be in force. It fails closed: an isolate that has
// never heard from the registry lets nobody in; one that has goes on with what it heard last.
import { bucketOf, isIn } from './bucket.ts';
import { createFlagMemory, type FlagMemoryOptions, type Known } from './flag-memory.ts';
import type { Flags, Source } from './flags.ts';
import { PERCENTAGE_KEY, toolKey } from './kv-flags.ts';

/** A token with this scope is a tester's: in at any percentage, and with every tool. */
const BYPASS_SCOPE = 'rollout:bypass';

/** Percentages are raised by people, over hours; asking more often only costs. */
const RETRY_OUTSIDE_S = 300;
const RETRY_UNAVAILABLE_S = 5;

const NOTHING: ReadonlySet<string> = new Set();

export interface RolloutPrincipal {
  readonly client: string;
  readonly scopes: readonly string[];
}

export type RolloutDecision =
  | { readonly isIn: true }
  | {
      readonly isIn: false;
      readonly reason: 'outside' | 'unavailable';
      readonly retryAfterS: number;
    };

/** For /health: open to all, so it names no client and no admin. */
export interface RolloutStatus {
  readonly percentage: number;
  readonly source: Source | 'unknown';
  readonly updatedAt?: string;
  readonly problem?: string;
}

export interface Rollout {
  decide(principal: RolloutPrincipal): Promise<RolloutDecision>;
  /** The tools that are not rolled out to this client. Ask once per request, right after `decide`, and keep the answer. */
  toolsOut(principal: RolloutPrincipal): ReadonlySet<string>;
  status(): Promise<RolloutStatus>;
  /** The next decision reads again: for the isolate that has just changed something. */
  forget(): void;
}

export const createRollout = (options: FlagMemoryOptions): Rollout => {
  const memory = createFlagMemory(options);
  const isTester = ({ client, scopes }: RolloutPrincipal, known: Known | undefined) =>
    scopes.includes(BYPASS_SCOPE) || (known?.testers.has(client) ?? false);
  return {
    decide: async (principal) => {
      const known = await memory.current();
      if (isTester(principal, known)) return { isIn: true };
      if (known === undefined)
        return { isIn: false, reason: 'unavailable', retryAfterS: RETRY_UNAVAILABLE_S };
      const { percentage } = known.flags.setting;
      // Most of the time everybody is: nothing need be computed to see that.
      return percentage === 100 || isIn(bucketOf(PERCENTAGE_KEY, principal.client), percentage)
        ? { isIn: true }
        : { isIn: false, reason: 'outside', retryAfterS: RETRY_OUTSIDE_S };
    },
    toolsOut: (principal) => {
      const known = memory.latest();
      if (isTester(principal, known) || known?.flags.tools.size === 0) return NOTHING;
      const isOut = (tool: string) =>
        !isIn(bucketOf(toolKey(tool), principal.client), percentageOf(tool, known?.flags));
      return new Set(options.tools.filter(isOut));
    },
    status: async () => statusOf((await memory.current())?.flags, memory.isFailing()),
    forget: memory.forget,
  };
};

/** Absent is open, but only from a registry that was heard. */
const percentageOf = (tool: string, flags: Flags | undefined): number =>
  flags === undefined ? 0 : (flags.tools.get(tool) ?? 100);

const UNREACHABLE = 'The rollout registry cannot be reached';

const statusOf = (flags: Flags | undefined, isFailing: boolean): RolloutStatus => {
  if (flags === undefined)
    return { percentage: 0, source: 'unknown', problem: `${UNREACHABLE}; nobody is let in.` };
  const { percentage, source, updatedAt } = flags.setting;
  const problems = isFailing
    ? [...flags.problems, `${UNREACHABLE}; what was last known counts.`]
    : flags.problems;
  return {
    percentage,
    source,
    ...(updatedAt !== undefined && { updatedAt }),
    ...(problems.length > 0 && { problem: problems.join(' ') }),
  };
};
