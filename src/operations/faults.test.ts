// Operations under faults: runners killed or frozen in the middle of a deploy, objects aborted, workerd killed, answers
// lost, questions delivered twice, sockets dropped, clocks stepped. ENGINE_FAULT_OPERATIONS=10000 is the deep run.
import { describe, expect, it } from 'bun:test';

import { runWithFaults } from '../../test/kit/faults/run.ts';
import { startOperations } from '../../test/kit/operations-cloud.ts';
import { submissionOf } from '../../test/kit/operations.ts';
import { hasEffect, hasEnded } from '../contract/operation.ts';

const OPERATIONS = Number(process.env['ENGINE_FAULT_OPERATIONS'] ?? 120);
const IS_DEEP = OPERATIONS >= 5_000;
const CHAOS = IS_DEEP
  ? { stages: 12, runners: 16, faultRate: 0.01, aborts: 60, kills: 15, clockSteps: 40 }
  : { stages: 6, runners: 8, faultRate: 0.01, aborts: 8, kills: 1, clockSteps: 4 };

describe('operations under faults', () => {
  it(`of ${OPERATIONS}, none is lost, none has its effect twice, and no stage is held twice`, async () => {
    const run = await runWithFaults({ operations: OPERATIONS, ...CHAOS });
    const { ledger, operations, verdicts, begun, ended } = run;
    const statuses = Map.groupBy(operations.values(), ({ status }) => status);
    const figures = {
      seconds: Math.round(run.seconds),
      acknowledged: ledger.acknowledged.size,
      effects: ledger.effects.size,
      leases: ledger.holdings.length,
      journalEntries: verdicts.reduce((sum, { entries }) => sum + entries, 0),
      ...Object.fromEntries([...statuses].map(([status, of]) => [status, of.length])),
      ...Object.fromEntries(ledger.counts),
    };
    console.log(JSON.stringify(figures, null, 2));

    expect(ledger.acknowledged.size).toBe(OPERATIONS);
    const lost = [...ledger.acknowledged.keys()].filter((id) => {
      const found = operations.get(id);
      return found === undefined || !hasEnded(found.status);
    });
    expect(lost).toEqual([]);
    expect([...ledger.effects].filter(([, times]) => times > 1)).toEqual([]);
    // No effect without an intent, and no intent twice.
    expect([...ledger.effects.keys()].filter((id) => begun.get(id) !== 1)).toEqual([]);
    expect([...begun].filter(([, times]) => times > 1)).toEqual([]);
    expect([...ended].filter(([, times]) => times > 1)).toEqual([]);
    expect(ended.size).toBe(OPERATIONS);
    // By the journal: nothing was written by a runner after a newer lease. And by the runners' account.
    expect(run.writtenUnderOldFences).toBe(0);
    for (const what of ['stale fences accepted', 'fences reused', 'ids given twice'])
      expect(ledger.countOf(what), what).toBe(0);
    expect(ledger.overlaps()).toEqual([]);
    // What a runner was told has been kept is what there is.
    for (const { operationId, fence, status } of ledger.finishes)
      expect(operations.get(operationId)).toMatchObject({ fence, status });
    for (const { operationId, kind, status } of operations.values()) {
      const isSuccess = status === 'succeeded' && hasEffect(kind);
      if (isSuccess) expect(ledger.effects.get(operationId)).toBe(1);
      // Nobody knows how far it came only where it had begun, or where three runners were lost.
      if (status === 'lost') expect(hasEffect(kind) || !begun.has(operationId)).toBe(true);
    }
    expect(verdicts.filter(({ isIntact }) => !isIntact)).toEqual([]);
  }, 3_600_000);

  it('of 1,000 requests under one key at once, one operation comes', async () => {
    await using cloud = await startOperations();
    const submission = submissionOf('drift', { idempotencyKey: 'one' });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => cloud.engine('staging').submit(submission)),
    );
    expect(answers.every(({ ok }) => ok)).toBe(true);
    const ids = answers.flatMap((answer) => (answer.ok ? [answer.value.operationId] : []));
    expect(new Set(ids).size).toBe(1);
    expect(await cloud.engine('staging').operations({ limit: 10 })).toHaveLength(1);
    expect(await cloud.engine('staging').journal({ limit: 10 })).toHaveLength(1);
  }, 30_000);
});
