// One object per address: counts its wrong credentials of the last fifteen minutes, exactly. A success clears
// nothing: an attacker with one good token would clear the count as often as he likes. When the last failure is too old
// to count, the object leaves nothing behind.
import { DurableObject } from 'cloudflare:workers';

import { now } from '../../lib/clock.ts';
import { DurableLog } from './durable-log.ts';
import { FAILURES_ALLOWED, FAILURE_WINDOW_MS } from './failure-rule.ts';

/** Beyond this the count stands still: it says "far too many" either way, and an attacker must not fill a disk. */
const MAX_COUNTED = 1_000;

export interface FailureCount {
  /** With this one, in the last fifteen minutes. */
  readonly failures: number;
  /** Set from the eleventh on: until then the address is refused unheard. By this object's clock, as `decidedAt` is. */
  readonly blockedUntil: number | undefined;
  readonly decidedAt: number;
}

export class AddressGuard extends DurableObject {
  readonly #log: DurableLog;
  readonly #windowMs: number;
  readonly #clock: () => number;
  #hasAlarm = false;

  /** The platform gives the first two; a test may shorten the window or hold the clock. */
  constructor(
    ctx: DurableObjectState,
    env: Cloudflare.Env,
    { windowMs = FAILURE_WINDOW_MS, clock = now }: { windowMs?: number; clock?: () => number } = {},
  ) {
    super(ctx, env);
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#log = new DurableLog(ctx.storage, windowMs);
  }

  async fail(): Promise<FailureCount> {
    // Read before the write is awaited: each of several failures at once has its own number.
    const at = this.#clock();
    const counted = this.#log.take(MAX_COUNTED, at);
    const failures = this.#log.used(at);
    const { resetAt, decidedAt } = this.#log.look(FAILURES_ALLOWED + 1, at);
    await Promise.all([counted, this.#wakeLater(at)]);
    return {
      failures,
      blockedUntil: failures > FAILURES_ALLOWED ? resetAt : undefined,
      decidedAt,
    };
  }

  override async alarm(): Promise<void> {
    this.#hasAlarm = false;
    const at = this.#clock();
    await (this.#log.used(at) === 0 ? this.#log.clear() : this.#wakeLater(at));
  }

  /** One alarm at a time, a window ahead: it need not be punctual. */
  async #wakeLater(at: number): Promise<void> {
    if (this.#hasAlarm) return;
    this.#hasAlarm = true;
    await this.ctx.storage.setAlarm(at + this.#windowMs);
  }
}
