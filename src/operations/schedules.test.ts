// Whatever callers, runners, ticks and clocks do, in whatever order: what must never happen does not.
import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { type EngineUnderTest, newEngine } from '../../test/kit/engine-in-process.ts';
import { digestOf, planOf, stepOf, submissionOf } from '../../test/kit/operations.ts';
import { OPERATION_KINDS, hasEffect, hasEnded } from '../contract/operation.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import { LEASE_TERMS } from './rules/lease.ts';
import type { Held } from './runner-refusal.ts';

const RUNS = Number(process.env['ENGINE_SCHEDULES'] ?? 300);
const BY = { client: 'bob', subject: 'bob' };

const kind = fc.oneof(fc.constantFrom('deploy' as const), fc.constantFrom(...OPERATION_KINDS));
/** Counted from the newest, which is meant most often. */
const which = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(30));
const runner = fc.nat(2);

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('submit' as const), kind, key: fc.nat(12) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('lease' as const), runner }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('events' as const), which, seq: fc.nat(4) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heartbeat' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      which,
      isMoved: fc.nat(3).map((n) => n === 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('finish' as const), which, how: fc.nat(2) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      times: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      ms: fc.integer({ min: -1e6, max: 1e6 }),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class World {
  readonly engine: EngineUnderTest = newEngine('dev');
  readonly operations: string[] = [];
  readonly keys = new Map<string, string>();
  readonly leases: Held[] = [];
  /** By whom each operation was told that it may begin. */
  readonly begun = new Map<string, number>();
  #now = Date.parse('2026-11-22T10:00:00.000Z');
  #fence = 0;

  take(step: Step): void {
    const now = this.#now;
    const { run } = this.engine;
    switch (step.do) {
      case 'submit':
        return this.#submit(step.kind, step.key);
      case 'lease':
        return this.#lease(String(step.runner));
      case 'events':
        return this.#as(step.which, (held) =>
          run(({ runners }) => runners.events(held, [stepOf(step.seq + 1)], now)),
        );
      case 'heartbeat':
        return this.#as(step.which, (held) => run(({ runners }) => runners.heartbeat(held, now)));
      case 'begin':
        return this.#as(step.which, (held) => this.#begin(held, step.isMoved));
      case 'finish':
        return this.#as(step.which, (held) => this.#finish(held, step.how));
      case 'cancel': {
        const id = this.operations[step.which % Math.max(1, this.operations.length)];
        if (id !== undefined) run(({ callers }) => callers.cancel(id, BY, now));
        return;
      }
      case 'tick':
        for (let n = 0; n < step.times; n += 1) run((engine) => engine.tick(LEASE_TERMS, now));
        return;
      case 'clock':
        this.#now += step.ms;
    }
  }

  #submit(of: (typeof OPERATION_KINDS)[number], key: number): void {
    const idempotencyKey = `${of}-${key}`;
    const asked = submissionOf(of, { idempotencyKey });
    const answer = this.engine.run(({ callers }) => callers.submit(asked, this.#now));
    if (!answer.ok) return expect(answer.error.code).toBe('QUEUE_FULL');
    const { operationId } = answer.value;
    const known = this.keys.get(idempotencyKey);
    if (known !== undefined) return expect(operationId).toBe(known);
    this.keys.set(idempotencyKey, operationId);
    this.operations.push(operationId);
  }

  #lease(runnerId: string): void {
    const job = this.engine.run(({ runners }) => runners.lease({ runnerId, label: '' }, this.#now));
    if (job === undefined) return;
    const isAgain = this.leases.some(({ fence }) => fence === job.fence);
    // What may have had an effect is never given out again.
    expect(this.begun.has(job.operationId)).toBe(false);
    if (!isAgain) expect(job.fence).toBe(this.#fence + 1);
    this.#fence = Math.max(this.#fence, job.fence);
    this.leases.push(job);
  }

  #begin(held: Held, isMoved: boolean): void {
    const operation = this.engine.run((it) => it.operation(held.operationId));
    if (operation === undefined || !hasEffect(operation.kind)) return;
    const digest = digestOf(isMoved ? 'moved' : 'same');
    const warnings = isMoved ? [{ code: 'REPLACED' as const, id: 'demo-db', message: 'gone' }] : [];
    const answer = this.engine.run(({ runners }) =>
      runners.begin(
        held,
        planOf(operation.kind as 'deploy', 'dev', { digest, warnings }),
        this.#now,
      ),
    );
    if (!answer.ok || !answer.value.mayBegin) return;
    expect(held.fence).toBe(this.#fence);
    const before = this.begun.get(held.operationId);
    expect(before ?? held.fence).toBe(held.fence);
    this.begun.set(held.operationId, held.fence);
  }

  #finish(held: Held, how: number): void {
    const before = this.engine.run((it) => it.operation(held.operationId));
    const outcome: Outcome =
      how === 0
        ? { status: 'failed', message: 'no' }
        : { status: 'succeeded', ...this.#found(before?.kind) };
    this.engine.run(({ runners }) => runners.finish(held, outcome, this.#now));
    const after = this.engine.run((it) => it.operation(held.operationId));
    if (before !== undefined && hasEnded(before.status)) expect(after).toEqual(before);
    if (after?.status === 'succeeded' && hasEffect(after.kind))
      expect(this.begun.has(after.operationId)).toBe(true);
  }

  #found(of: string | undefined): Partial<Extract<Outcome, { status: 'succeeded' }>> {
    if (of === 'drift') return { drift: { mode: 'live', resources: [] } };
    if (of === 'deploy_plan') return { plan: planOf('deploy', 'dev') };
    return of === 'destroy_plan' ? { plan: planOf('destroy', 'dev') } : {};
  }

  #as(index: number, act: (held: Held) => unknown): void {
    const held = this.leases.at(-1 - (index % Math.max(1, this.leases.length)));
    if (held !== undefined) act(held);
  }

  check(): void {
    const all = this.engine.run((it) => it.operations(1_000, undefined));
    const held = all.filter(({ status }) => status === 'leased' || status === 'running');
    expect(held.length).toBeLessThanOrEqual(1);
    expect(all.map(({ operationId }) => operationId).toSorted()).toEqual(
      this.operations.toSorted(),
    );
  }

  checkJournal(): void {
    const verdict = this.engine.run((engine) => {
      const pages = engine.journal.verify();
      for (;;) {
        const page = pages.next();
        if (page.done === true) return page.value;
      }
    });
    expect(verdict.isIntact).toBe(true);
    const entries = this.engine.run(({ journal }) => journal.read(0, 10_000)) as Record<
      string,
      unknown
    >[];
    const ids = (type: string) =>
      entries
        .filter((entry) => entry['type'] === type)
        .map((entry) => String(entry['operationId']));
    expect(ids('requested').toSorted()).toEqual(this.operations.toSorted());
    expect(ids('begun').toSorted()).toEqual([...this.begun.keys()].toSorted());
    const ended = this.engine
      .run((it) => it.operations(1_000, undefined))
      .filter(({ status }) => hasEnded(status));
    expect(ids('ended').toSorted()).toEqual(ended.map(({ operationId }) => operationId).toSorted());
  }
}

describe('in every schedule', () => {
  it('one at a time has the stage, nothing begins twice, and the journal tells it all', () => {
    let begun = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 90, size: 'max' }), (steps) => {
        const world = new World();
        for (const each of steps) {
          world.take(each);
          world.check();
        }
        world.checkJournal();
        begun += world.begun.size;
      }),
      { numRuns: RUNS },
    );
    // Else the schedules prove nothing.
    expect(begun).toBeGreaterThan(RUNS / 2);
  }, 600_000);
});
