// What a request to /mcp passes before the protocol sees it, one step a function: each either answers, or lets the request
// on to the next. Their order, and why each stands where it does, is in app.ts.
import type { Context, MiddlewareHandler } from 'hono';

import type { OpsError } from '../contract/errors.ts';
import type { Principal } from '../contract/principal.ts';
import { now } from '../lib/clock.ts';
import type { AnswerHeaders } from './answer-headers.ts';
import { type Authenticate, presentsCredential } from './auth.ts';
import { httpError } from './http-error.ts';
import type { BruteForceGuard } from './limits/brute-force.ts';
import type { CoarseLimit } from './limits/coarse.ts';
import type { Admit } from './limits/rate-limit.ts';
import { tooManyFailures, tooManyRequests } from './limits/too-many-requests.ts';
import { isAllowedOrigin, isLocalHost } from './origin.ts';
import { challenge } from './protected-resource.ts';
import { notInRollout } from './rollout/not-in-rollout.ts';
import type { Rollout } from './rollout/rollout.ts';
import type { Settings } from './settings.ts';
import type { Telemetry } from './telemetry.ts';

export interface Variables {
  requestId: string;
  traceId: string | undefined;
  /** As failures and floods are counted by. */
  address: string;
  principal: Principal | undefined;
  /** Why nothing that could have an effect is started, if nothing is. */
  effectsRefused: OpsError | undefined;
  closedTools: ReadonlySet<string>;
  /** What the answer says of the caller's limit. */
  quota: AnswerHeaders | undefined;
}

export type Edge = { Variables: Variables };

/** The answer, or nothing: then the next step has its turn. */
type Step = (c: Context<Edge>) => Response | undefined | Promise<Response | undefined>;

/** Several steps as one middleware: the framework would take as long for each of them as they take themselves. */
export const inTurn =
  (...steps: readonly Step[]): MiddlewareHandler<Edge> =>
  async (c, next) => {
    for (const step of steps) {
      const answer = await step(c);
      if (answer !== undefined) return answer;
    }
    return next();
  };

/** The coarse limit counts by the minute, so that is when it forgets. */
const COARSE_RETRY_S = 60;

export const fromThisMachine =
  ({ isLocal }: Settings): Step =>
  (c) =>
    isLocal === true && !isLocalHost(c.req.header('host') ?? null)
      ? httpError('HOST_NOT_ALLOWED', 'This server is called by another name.', c.get('requestId'))
      : undefined;

export const fromKnownPage =
  (settings: Settings): Step =>
  (c) => {
    const origin = c.req.header('origin');
    return origin === undefined || isAllowedOrigin(origin, settings)
      ? undefined
      : httpError(
          'ORIGIN_NOT_ALLOWED',
          'This origin may not call this server.',
          c.get('requestId'),
        );
  };

/** On a laptop all clients have one address, and together they may well call as often as a flood does. */
export const notFlooding =
  (coarse: CoarseLimit, { isLocal }: Settings): Step =>
  async (c) => {
    if (isLocal === true) return undefined;
    const { passes } = await coarse(c.get('address'));
    return passes
      ? undefined
      : tooManyRequests({ retryAfterS: COARSE_RETRY_S }, c.get('requestId'));
  };

/**
 * On a laptop all clients have one address, and one client's old secret would shut out the rest: there the wrong ones are
 * told to wait, and the right ones heard.
 */
export const notGuessing =
  (guard: BruteForceGuard, { isLocal }: Settings): Step =>
  (c) => {
    if (isLocal === true) return undefined;
    const blocked = guard.isBlocked(c.get('address'));
    return blocked === undefined ? undefined : tooManyFailures(blocked, c.get('requestId'));
  };

/** For routes with a credential of their own: a wrong one there counts like a wrong one for /mcp. */
export const countingFailures =
  (guard: BruteForceGuard): MiddlewareHandler<Edge> =>
  async (c, next) => {
    await next();
    if (c.res.status !== 401) return;
    const isGuess = presentsCredential(c.req.raw.headers);
    const failure = await guard.fail(c.get('address'), { isGuess });
    if (failure.kind !== 'blocked') return;
    const refusal = tooManyFailures(failure, c.get('requestId'));
    c.res = undefined;
    c.res = refusal;
  };

export const authenticated =
  (authenticate: Authenticate, guard: BruteForceGuard, telemetry: Telemetry): Step =>
  async (c) => {
    const caller = await authenticate(c.req.raw.headers, now());
    if (!caller.ok) return refused(c, guard, telemetry, caller.error);
    c.set('principal', caller.value);
    return undefined;
  };

/** One answer for every wrong credential. What was wrong with it is in the log only. */
const refused = async (
  c: Context<Edge>,
  guard: BruteForceGuard,
  telemetry: Telemetry,
  reason: string,
): Promise<Response> => {
  const requestId = c.get('requestId');
  const isGuess = presentsCredential(c.req.raw.headers);
  const failure = await guard.fail(c.get('address'), { isGuess });
  // Of a caller without a credential, the line of its request says as much.
  if (isGuess) telemetry.note('WARN', 'auth.refused', { requestId, reason, counted: failure.kind });
  return failure.kind === 'blocked' ? tooManyFailures(failure, requestId) : unauthenticated(c);
};

const unauthenticated = (c: Context<Edge>): Response =>
  httpError('UNAUTHENTICATED', 'Valid credentials are required.', c.get('requestId'), {
    headers: { 'WWW-Authenticate': challenge(new URL(c.req.url)) },
  });

export const rolledOut =
  (rollout: Rollout): Step =>
  async (c) => {
    const principal = callingPrincipal(c);
    const decision = await rollout.decide(principal);
    if (!decision.isIn) return notInRollout(decision, c.get('requestId'));
    // Asked once, right here: the flags may change before the request is served.
    c.set('closedTools', rollout.toolsOut(principal));
    return undefined;
  };

export const counted =
  (admit: Admit, telemetry: Telemetry): Step =>
  async (c) => {
    const requestId = c.get('requestId');
    const admission = await admit(callingPrincipal(c));
    if (admission.problem !== undefined)
      telemetry.note('WARN', 'limit.unreadable', { requestId, problem: admission.problem });
    if (admission.kind === 'revoked') return unauthenticated(c);
    if (admission.kind === 'limited') return tooManyRequests(admission, requestId);
    if (admission.kind === 'unavailable') {
      c.set('effectsRefused', admission.refusal);
      telemetry.note('ERROR', 'limiter.unavailable', { requestId });
    }
    c.set('quota', admission.headers);
    return undefined;
  };

/** Who calls, after `authenticated`. */
export const callingPrincipal = (c: Context<Edge>): Principal => {
  const principal = c.get('principal');
  if (principal === undefined) throw new Error('This step comes after authentication.');
  return principal;
};
