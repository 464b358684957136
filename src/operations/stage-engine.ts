// One object per stage: its operations, their journal, and what was last published of it. A thin rim: each call is one
// transaction of the engine, whose state is read from SQLite each time, since two instances may overlap for a moment.
import { DurableObject } from 'cloudflare:workers';

import type { Followed, OperationLine, StageOperations } from '../contract/engine.ts';
import {
  type JournalEntry,
  type JournalVerdict,
  type Operation,
  type OperationEvent,
  type Refusal,
  type Requester,
  type Submission,
  hasEffect,
  hasEnded,
  journalEntrySchema,
  submissionSchema,
} from '../contract/operation.ts';
import type { Plan } from '../contract/plan.ts';
import type { BeginReply, LeasedJob, Outcome } from '../contract/runner-protocol.ts';
import { type Snapshot, snapshotSchema } from '../contract/snapshot.ts';
import { protectedStages, matchesStage } from '../contract/stage-pattern.ts';
import { now } from '../lib/clock.ts';
import { randomId } from '../lib/ids.ts';
import type { Result } from '../lib/result.ts';
import { within } from '../lib/within.ts';
import { askIfDue, dispatching } from './dispatch.ts';
import { EngineState } from './engine-state.ts';
import { Engine } from './engine.ts';
import type { HubDoor, StageFacts } from './hub-door.ts';
import { HubLine } from './hub-line.ts';
import { verdictOf } from './journal.ts';
import { NameClaims } from './name-claims.ts';
import { PublishedState } from './published-state.ts';
import type { Yes } from './rules/approval.ts';
import { LEASE_TERMS, type LeaseTerms, wakeAt } from './rules/lease.ts';
import type { Held, RunnerRefusal } from './runner-refusal.ts';
import type { LeaseRequest } from './runner-side.ts';
import { factsAfter, factsOf, placeOf } from './stage-facts.ts';
import { Waiters } from './waiters.ts';
import { waitingFor } from './waiting-for.ts';

const MAX_FOLLOWED = 100;
const MAX_PAGE = 1_000;
const ASK_HUB_MS = 1_000;

export interface StageEngineEnv {
  readonly MCP_PROTECTED_STAGES?: string;
  readonly MCP_CATALOG?: string;
  readonly RUNNER_HUB?: DurableObjectNamespace<HubDoor>;
}

export interface StageEngineOptions {
  readonly clock?: () => number;
  readonly terms?: LeaseTerms;
  readonly alarms?: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>;
}

export class StageEngine extends DurableObject<StageEngineEnv> implements StageOperations {
  readonly #clock: () => number;
  readonly #terms: LeaseTerms;
  readonly #alarms: Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'>;
  readonly #stage: string;
  readonly #place = placeOf(this.env.MCP_CATALOG);
  readonly #engine: Engine;
  readonly #hub: HubLine;
  readonly #published = new PublishedState(this.ctx.storage.kv);
  readonly #waiters = new Waiters();
  readonly #claims = new NameClaims(this.ctx.storage.sql);
  readonly #github = dispatching(this.env);
  /** Each life of the object makes sure once that its alarm is there. */
  #isArmed = false;

  /** The platform gives the first two; a test may hold the clock, and shorten the ticks. */
  constructor(
    ctx: DurableObjectState,
    env: StageEngineEnv,
    { clock = now, terms = LEASE_TERMS, alarms = ctx.storage }: StageEngineOptions = {},
  ) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.#clock = clock;
    this.#terms = terms;
    this.#alarms = alarms;
    this.#stage = ctx.id.name ?? '';
    EngineState.createTables(sql);
    const { hub } = this.#place;
    this.#engine = new Engine({
      sql,
      stage: this.#stage,
      isHub: this.#stage === hub,
      isProtected: matchesStage(protectedStages(env.MCP_PROTECTED_STAGES, hub), this.#stage),
      newId: () => randomId().replaceAll('-', ''),
    });
    this.#hub = new HubLine(this.#stage, ctx.storage.kv, env.RUNNER_HUB);
  }

  async submit(submission: Submission): Promise<Result<Operation, Refusal>> {
    const parsed = submissionSchema.parse(submission);
    return this.#shownIfOk(this.#commit((time) => this.#engine.callers.submit(parsed, time)));
  }

  async operation(operationId: string): Promise<Operation | undefined> {
    const operation = this.#look(() => this.#engine.operation(operationId));
    return operation && this.#shown(operation);
  }

  async follow(
    operationId: string,
    since: { readonly seq: number; readonly status: string },
    waitMs: number,
  ): Promise<Followed | undefined> {
    return this.#waiters.until(waitMs, async (isOver) => {
      const operation = this.#look(() => this.#engine.operation(operationId));
      if (operation === undefined) return { found: undefined };
      const events = this.#engine.steps(operationId, since.seq, MAX_FOLLOWED);
      const hasMoved = events.length > 0 || operation.status !== since.status;
      return hasMoved || isOver || hasEnded(operation.status)
        ? { found: { operation: await this.#shown(operation), events } }
        : undefined;
    });
  }

  async operations({
    limit,
    before,
  }: {
    readonly limit: number;
    readonly before?: string;
  }): Promise<readonly OperationLine[]> {
    return this.#look(() => this.#engine.operations(Math.min(limit, MAX_PAGE), before));
  }

  async cancel(operationId: string, by: Requester): Promise<Result<Operation, Refusal>> {
    const cancelled = this.#commit((time) => this.#engine.callers.cancel(operationId, by, time));
    if (cancelled.ok && !hasEnded(cancelled.value.status))
      this.ctx.waitUntil(this.#hub.cancel(operationId));
    return this.#shownIfOk(cancelled);
  }

  async approve(operationId: string, yes: Yes): Promise<Result<Operation, Refusal>> {
    const approved = this.#commit((time) => this.#engine.callers.approve(operationId, yes, time));
    return this.#shownIfOk(approved);
  }

  async journal({
    limit,
    after = 0,
  }: {
    readonly limit: number;
    readonly after?: number;
  }): Promise<readonly JournalEntry[]> {
    const found = this.#engine.journal.read(after, Math.min(limit, MAX_PAGE));
    return found.map((entry) => journalEntrySchema.parse(entry));
  }

  async verifyJournal(): Promise<JournalVerdict> {
    return verdictOf(this.#engine.journal);
  }

  // The runner's side: only the hub calls these.

  async lease(request: LeaseRequest): Promise<LeasedJob | undefined> {
    const job = this.#commit((time) => {
      this.#engine.callers.expire(time);
      return this.#engine.runners.lease(request, time);
    });
    // The hub thought there was work.
    if (job === undefined) this.#tell(true);
    return job;
  }

  async admit(operationId: string, run: string): Promise<Result<null, RunnerRefusal>> {
    return this.#commit(() => this.#engine.dispatches.admit(operationId, run));
  }

  async isHeldBy(run: string): Promise<boolean> {
    return this.#engine.dispatches.isHeldBy(run);
  }

  async heartbeat(held: Held): Promise<Result<{ isCancelRequested: boolean }, RunnerRefusal>> {
    return this.#commit((time) => this.#engine.runners.heartbeat(held, time));
  }

  async events(
    held: Held,
    events: readonly OperationEvent[],
  ): Promise<Result<{ lastSeq: number }, RunnerRefusal>> {
    return this.#commit((time) => this.#engine.runners.events(held, events, time));
  }

  async begin(held: Held, fresh: Plan): Promise<Result<BeginReply, RunnerRefusal>> {
    return this.#commit((time) => this.#engine.runners.begin(held, fresh, time));
  }

  async finish(held: Held, outcome: Outcome): Promise<Result<null, RunnerRefusal>> {
    return this.#commit((time) => {
      const finished = this.#engine.runners.finish(held, outcome, time);
      if (!finished.ok) return finished;
      const kind = this.#engine.operation(held.operationId)?.kind;
      if (finished.value === 'ended' && kind !== undefined && hasEffect(kind)) {
        if (outcome.snapshot !== undefined) this.#published.keep(outcome.snapshot, time);
        this.#note(factsAfter(kind, outcome, this.#place.self, time));
      }
      return { ok: true, value: null };
    });
  }

  /** Keeps a stage's published state; the latest replaces what came before it. */
  async publish(snapshot: Snapshot): Promise<void> {
    const parsed = snapshotSchema.parse(snapshot);
    this.#commit((time) => {
      if (this.#published.keep(parsed, time)) this.#note(factsOf(parsed, this.#place.self));
    });
  }

  async snapshot(): Promise<Snapshot | undefined> {
    return this.#published.read();
  }

  /** True for the first who claims a name, false for everybody else for a day. */
  claim(name: string): boolean {
    return this.#claims.take(name, this.#clock());
  }

  override async alarm(): Promise<void> {
    this.#commit((time) => {
      this.#engine.facts.setFact('wake_at', undefined);
      this.#engine.tick(this.#terms, time);
    });
    this.#tell(true);
    await askIfDue(this.#github, {
      dispatches: this.#engine.dispatches,
      runners: () => within(this.#hub.runners(), ASK_HUB_MS),
      commit: (work) => this.#commit(work),
    });
  }

  /** One transaction, and what follows from it: the alarm in the same breath, the news after. */
  #commit<T>(work: (time: number) => T): T {
    const time = this.#clock();
    const result = this.#look(() => work(time));
    this.#waiters.wakeAll();
    this.#tell(false);
    return result;
  }

  /** A look wakes nobody: those it woke would look, and wake the others. It mends an alarm that went missing. */
  #look<T>(work: () => T): T {
    return this.ctx.storage.transactionSync(() => {
      const done = work();
      this.#arm(this.#clock());
      return done;
    });
  }

  #arm(time: number): void {
    const { facts } = this.#engine;
    const planned = facts.fact('wake_at');
    const open = { ...this.#engine.open(), isUntold: this.#hub.isUntold };
    const wake = wakeAt(open, planned, time, this.#terms);
    if (wake === planned && this.#isArmed) return;
    facts.setFact('wake_at', wake);
    this.ctx.waitUntil(
      wake === undefined ? this.#alarms.deleteAlarm() : this.#alarms.setAlarm(wake),
    );
    this.#isArmed = true;
  }

  /** `isDue`: also what the hub has heard already, in case it forgot. */
  #tell(isDue: boolean): void {
    const { isHeld, queued } = this.#engine.open();
    const version = this.#engine.journal.head().seq;
    const told = this.#hub.tell({ version, hasWork: queued > 0 && !isHeld }, isDue);
    if (told !== undefined) this.ctx.waitUntil(told);
  }

  #note(facts: StageFacts | undefined): void {
    if (facts !== undefined) this.#hub.note(facts);
  }

  async #shownIfOk(result: Result<Operation, Refusal>): Promise<Result<Operation, Refusal>> {
    return result.ok ? { ok: true, value: await this.#shown(result.value) } : result;
  }

  /** With the reason why it does not move, if it does not. */
  async #shown(operation: Operation): Promise<Operation> {
    if (operation.status !== 'queued') return operation;
    const before = this.#engine.before(operation.operationId);
    const runners = before > 0 ? undefined : await within(this.#hub.runners(), ASK_HUB_MS);
    const reason = waitingFor(before, runners);
    return reason === undefined ? operation : { ...operation, waitingFor: reason };
  }
}
