// One object per client: it admits at most `limit` calls in any minute, and knows which of the client's tokens are
// revoked. Both are answered by one call.
import { DurableObject } from 'cloudflare:workers';

import { now } from '../../lib/clock.ts';
import { DurableLog } from './durable-log.ts';
import { WINDOW_MS } from './limits.ts';
import {
  type RevocationEntry,
  RevocationStore,
  isRevoked,
  revocationEntrySchema,
} from './revocations.ts';
import type { Decision } from './sliding-log.ts';

export interface TakeRequest {
  readonly limit: number;
  readonly jti?: string | undefined;
  /** `iat` of the token, in seconds. */
  readonly issuedAt?: number | undefined;
}

/** `resetAt` and `decidedAt` are by this object's clock: a caller on another machine goes by their difference. */
export interface Verdict extends Decision {
  readonly limit: number;
  /** The token is not good any more. Nothing was counted. */
  readonly revoked: boolean;
}

/** For those who look after the server. */
export interface LimiterReport {
  /** Calls admitted within the last minute. */
  readonly used: number;
  readonly revokedTokens: readonly { readonly jti: string; readonly until: number }[];
  readonly notBefore: number | undefined;
}

export class ClientLimiter extends DurableObject {
  readonly #log: DurableLog;
  readonly #revocations: RevocationStore;
  readonly #clock: () => number;

  /** The platform gives the first two; a test may shorten the minute or hold the clock. */
  constructor(
    ctx: DurableObjectState,
    env: Cloudflare.Env,
    { windowMs = WINDOW_MS, clock = now }: { windowMs?: number; clock?: () => number } = {},
  ) {
    super(ctx, env);
    this.#clock = clock;
    this.#log = new DurableLog(ctx.storage, windowMs);
    this.#revocations = new RevocationStore(ctx.storage);
  }

  async take({ limit, ...token }: TakeRequest): Promise<Verdict> {
    const at = this.#clock();
    if (isRevoked(token, this.#revocations.revoked, at))
      return { allowed: false, limit, revoked: true, ...this.#log.look(limit, at) };
    return { limit, revoked: false, ...(await this.#log.take(limit, at)) };
  }

  async revoke(revocation: RevocationEntry): Promise<void> {
    this.#revocations.add(revocationEntrySchema.parse(revocation), this.#clock());
  }

  async peek(): Promise<LimiterReport> {
    const { tokens, before } = this.#revocations.revoked;
    return {
      used: this.#log.used(this.#clock()),
      revokedTokens: [...tokens].map(([jti, until]) => ({ jti, until })),
      notBefore: before,
    };
  }
}
