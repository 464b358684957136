// One leased job, from the lease to its end. The engine gives a stage away when it has not heard of its runner for a
// while; this sees to it that by then the child is dead: without an answer for RUNNER_PATIENCE_MS it stops the child,
// and kills it soon after. A clock that steps must not do that, so only the monotonic one is asked.
import { z } from 'zod';

import type { Plan } from '../contract/plan.ts';
import {
  HEARTBEAT_MS,
  LEASE_TICKS,
  LEASE_TICK_MS,
  type LeasedJob,
  type Outcome,
  RUNNER_PATIENCE_MS,
  beginReplySchema,
  eventsReplySchema,
  heartbeatReplySchema,
} from '../contract/runner-protocol.ts';
import type { Result } from '../lib/result.ts';
import type { Driver, Running } from './driver.ts';
import { fitOutcome, fitPlan } from './fit-message.ts';
import type { Hub, Question, Refused } from './hub.ts';
import { type Outbox, createOutbox } from './outbox.ts';

export interface LeaseTimes {
  readonly heartbeatMs: number;
  readonly patienceMs: number;
  /** Between being asked to stop and being killed. */
  readonly drainMs: number;
}

const MARGIN_MS = 5_000;

const LEASE_TIMES: LeaseTimes = {
  heartbeatMs: HEARTBEAT_MS,
  patienceMs: RUNNER_PATIENCE_MS,
  drainMs: LEASE_TICKS * LEASE_TICK_MS - RUNNER_PATIENCE_MS - MARGIN_MS * 2,
};

export interface LeaseOptions {
  readonly hub: Hub;
  readonly driver: Driver;
  readonly entrypoint: string;
  readonly now: () => number;
  readonly times?: LeaseTimes;
  /** What is to be done with what the stage consists of now, before the end is told. */
  readonly onSnapshot?: (outcome: Outcome) => Promise<void>;
}

export interface Lease {
  /** How it ended, by this runner's account; undefined when the stage was no longer its to account for. */
  readonly ended: Promise<Outcome | undefined>;
  cancel(): void;
  kill(): Promise<void>;
}

export const workOn = (job: LeasedJob, options: LeaseOptions): Lease => {
  const work = new Work(job, options);
  return { ended: work.perform(), cancel: () => work.cancel(), kill: () => work.kill() };
};

class Work {
  readonly #job: LeasedJob;
  readonly #options: LeaseOptions;
  readonly #times: LeaseTimes;
  readonly #outbox: Outbox;
  readonly #held: Pick<LeasedJob, 'stage' | 'operationId' | 'fence'>;
  #running: Running | undefined;
  #killing: Promise<void> | undefined;
  /** When the last heartbeat that was answered had been asked. */
  #heardAt = performance.now();
  #isBeating = false;
  #sending: Promise<void> | undefined;
  /** No longer this runner's: it must report nothing more about it. */
  #isVoid = false;
  #isStopping = false;
  #refusal: Outcome | undefined;
  #problem: string | undefined;

  constructor(job: LeasedJob, options: LeaseOptions) {
    this.#job = job;
    this.#options = options;
    this.#times = options.times ?? LEASE_TIMES;
    this.#outbox = createOutbox(options.now);
    this.#held = { stage: job.stage, operationId: job.operationId, fence: job.fence };
  }

  async perform(): Promise<Outcome | undefined> {
    const { driver, entrypoint, onSnapshot } = this.#options;
    const { kind, stage, isHub } = this.#job;
    this.#running = driver.run(
      { kind, stage, entrypoint, isHub },
      {
        onStep: (step) => {
          this.#outbox.add(step);
          void this.#send();
        },
        mayBegin: (plan) => this.#mayBegin(plan),
      },
    );
    void this.#beat();
    const beats = setInterval(() => void this.#beat(), this.#times.heartbeatMs);
    const watch = setInterval(() => this.#checkPatience(), this.#times.patienceMs / 20);
    try {
      const outcome = await this.#running.outcome.catch(broken);
      if (this.#isVoid || this.#refusal !== undefined) return this.#refusal;
      await onSnapshot?.(outcome);
      await this.#send();
      if (!this.#isVoid) await this.#finish(outcome);
      return this.#isVoid ? undefined : outcome;
    } finally {
      clearInterval(beats);
      clearInterval(watch);
    }
  }

  cancel(): void {
    this.#isStopping = true;
    this.#running?.cancel();
  }

  kill(): Promise<void> {
    this.#isStopping = true;
    this.#killing ??= this.#running?.kill();
    return this.#killing ?? Promise.resolve();
  }

  async #mayBegin(plan: Plan): Promise<boolean> {
    await this.#send();
    if (this.#isStopping || this.#isVoid) return false;
    const question = { ask: 'begin', ...this.#held, plan: fitPlan(plan) } as const;
    const answer = await this.#insist(question, beginReplySchema);
    if (!answer.ok) {
      this.#problem = `The hub did not take the plan: ${answer.error.message}`;
      return false;
    }
    const { mayBegin, reason } = answer.value;
    // The hub has ended it already.
    if (!mayBegin) this.#refusal = failed(reason ?? 'The hub did not let it begin.');
    return mayBegin && !this.#isStopping && !this.#isVoid;
  }

  /** One at a time: a second would only be late. */
  async #beat(): Promise<void> {
    if (this.#isBeating || this.#isVoid) return;
    this.#isBeating = true;
    const askedAt = performance.now();
    const answer = await this.#options.hub.ask(
      { ask: 'heartbeat', ...this.#held },
      heartbeatReplySchema,
    );
    this.#isBeating = false;
    if (!answer.ok) return this.#refused(answer.error);
    this.#heardAt = askedAt;
    if (answer.value.isCancelRequested) this.cancel();
    // It took more than one connection: what was heard is old by now.
    if (performance.now() - askedAt > this.#times.heartbeatMs) await this.#beat();
  }

  #checkPatience(): void {
    const silentMs = performance.now() - this.#heardAt;
    if (silentMs > this.#times.patienceMs) this.cancel();
    if (silentMs > this.#times.patienceMs + this.#times.drainMs) void this.kill();
  }

  /** Sends what the hub does not have; resolves when it has all, or the operation is no longer ours. */
  #send(): Promise<void> {
    if (this.#outbox.next().length === 0) return this.#sending ?? Promise.resolve();
    this.#sending ??= this.#sendAll();
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    try {
      for (let events = this.#outbox.next(); events.length > 0; events = this.#outbox.next()) {
        if (this.#isVoid) return;
        const answer = await this.#insist(
          { ask: 'events', ...this.#held, events },
          eventsReplySchema,
        );
        if (!answer.ok) return;
        this.#outbox.kept(answer.value.lastSeq);
      }
    } finally {
      // In the same breath as the look that found nothing left: a step told later starts another sending.
      this.#sending = undefined;
    }
  }

  async #finish(outcome: Outcome): Promise<void> {
    const told = this.#problem === undefined ? outcome : failed(this.#problem);
    const question = { ask: 'finish', ...this.#held, outcome: fitOutcome(told) } as const;
    await this.#insist(question, z.object({}));
  }

  /** Again after an error within the hub, which may have passed a second later. */
  async #insist<T>(question: Question, schema: z.ZodType<T>): Promise<Result<T, Refused>> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#options.hub.ask(question, schema);
      if (answer.ok) return answer;
      this.#refused(answer.error);
      if (answer.error.code !== 'INTERNAL' || attempt === MAX_ATTEMPTS || this.#isVoid)
        return answer;
      await Bun.sleep(RETRY_MS);
    }
  }

  /** Somebody else has the stage, or will have it: what is still running here must end now. */
  #refused({ code }: Refused): void {
    if (code !== 'STALE_FENCE') return;
    this.#isVoid = true;
    void this.kill();
  }
}

/** The runner itself could not go on with it; the next operation may fare better. */
const broken = (error: unknown): Outcome =>
  failed(`The runner failed: ${error instanceof Error ? error.name : 'unknown error'}.`);

const failed = (message: string): Outcome => ({ status: 'failed', message });

const RETRY_MS = 1_000;
const MAX_ATTEMPTS = 30;
