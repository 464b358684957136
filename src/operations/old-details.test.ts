// What an engine keeps of operations that have long ended: it must not grow by a plan for each.
import { expect, it } from 'bun:test';

import { newEngine } from '../../test/kit/engine-in-process.ts';
import { ALICE, admitted, planOf, submissionOf } from '../../test/kit/operations.ts';
import { DETAILED_OPERATIONS } from './operation-store.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');

it('the plan and the steps of an operation go when a thousand others have followed; that it was, and the journal, stay', () => {
  const { run } = newEngine();
  const { operationId } = admitted(
    run(({ callers }) => callers.submit(submissionOf('deploy_plan', { requester: ALICE }), NOW)),
  );
  run(({ runners }) => {
    const job = runners.lease({ runnerId: 'r1', label: 'laptop' }, NOW);
    if (job === undefined) throw new Error('no job');
    runners.finish(job, { status: 'succeeded', plan: planOf('deploy', 'prod') }, NOW);
  });
  const another = (): void => {
    const next = admitted(run(({ callers }) => callers.submit(submissionOf('drift'), NOW)));
    run(({ callers }) => callers.cancel(next.operationId, ALICE, NOW));
  };
  for (let others = 1; others < DETAILED_OPERATIONS; others += 1) another();
  const before = run((engine) => engine.operation(operationId));
  expect(before).toMatchObject({ status: 'succeeded', plan: { verb: 'deploy' } });
  another();
  const after = run((engine) => engine.operation(operationId));
  expect(after).toMatchObject({ status: 'succeeded', planId: before?.planId });
  expect(after?.plan).toBeUndefined();
  const journal = run((engine) => engine.journal.read(0, 3));
  expect(journal).toMatchObject([{ operationId }, { operationId }, {}]);
  const changes = {
    requester: ALICE,
    ...(before?.planId !== undefined && { planId: before.planId }),
  };
  const used = run(({ callers }) => callers.submit(submissionOf('deploy', changes), NOW));
  expect(used).toMatchObject({ ok: false, error: { code: 'UNKNOWN_PLAN' } });
});
