// What callers and runners ask of an engine in this process, always at the same moment.
import type { OperationKind, Submission } from '../../src/contract/operation.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { Outcome } from '../../src/contract/runner-protocol.ts';
import { LEASE_TERMS } from '../../src/operations/rules/lease.ts';
import type { Held } from '../../src/operations/runner-refusal.ts';
import { type EngineUnderTest, newEngine } from './engine-in-process.ts';
import { admitted, planOf, snapshotOf, submissionOf } from './operations.ts';

export const NOW = Date.parse('2026-11-22T10:00:00.000Z');
export const DONE: Outcome = { status: 'succeeded', snapshot: snapshotOf('prod') };
export const FAILED: Outcome = { status: 'failed', message: 'It did not work.' };
/** The answer to whoever does not hold the lease. */
export const STALE = { ok: false, error: { code: 'STALE_FENCE' } };
export const MAY_BEGIN = { ok: true, value: { mayBegin: true } } as const;

/** An operation that is queued. */
export const open = (
  kind: OperationKind,
  changes: Partial<Submission> = {},
  engine = newEngine(),
) => {
  const { operationId } = admitted(
    engine.run(({ callers }) => callers.submit(submissionOf(kind, changes), NOW)),
  );
  return { engine, operationId };
};

export const lease = ({ run }: EngineUnderTest, runnerId = 'r1') =>
  run(({ runners }) => runners.lease({ runnerId, label: 'laptop' }, NOW));

export const heldBy = (engine: EngineUnderTest, runnerId = 'r1'): Held => {
  const job = lease(engine, runnerId);
  if (job === undefined) throw new Error('no job');
  return job;
};

/** So many ticks without a word of the runner; usually as many as a lease lives. */
export const silence = ({ run }: EngineUnderTest, ticks = LEASE_TERMS.ticks): void => {
  for (let n = 0; n < ticks; n += 1) run((engine) => engine.tick(LEASE_TERMS, NOW));
};

export const begin = (
  { run }: EngineUnderTest,
  held: Held,
  plan: Plan = planOf('deploy', 'prod'),
) => run(({ runners }) => runners.begin(held, plan, NOW));

export const finish = ({ run }: EngineUnderTest, held: Held, outcome: Outcome) =>
  run(({ runners }) => runners.finish(held, outcome, NOW));

export const look = ({ run }: EngineUnderTest, id: string) => run((engine) => engine.operation(id));
