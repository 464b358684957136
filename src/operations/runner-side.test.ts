// Leases, fences, steps, begin and finish: by the engine itself, over SQLite in this process.
import { describe, expect, it } from 'bun:test';

import { type EngineUnderTest, newEngine } from '../../test/kit/engine-in-process.ts';
import {
  admitted,
  digestOf,
  planOf,
  snapshotOf,
  stepOf,
  submissionOf,
} from '../../test/kit/operations.ts';
import type { OperationKind, Submission } from '../contract/operation.ts';
import type { Plan } from '../contract/plan.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import { LEASE_TERMS } from './lease.ts';
import type { Held } from './runner-refusal.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const DONE: Outcome = { status: 'succeeded', snapshot: snapshotOf('prod') };
const FAILED: Outcome = { status: 'failed', message: 'It did not work.' };

const open = (kind: OperationKind, changes: Partial<Submission> = {}, engine = newEngine()) => {
  const { operationId } = admitted(
    engine.run(({ callers }) => callers.submit(submissionOf(kind, changes), NOW)),
  );
  return { engine, operationId };
};

const lease = ({ run }: EngineUnderTest, runnerId = 'r1') =>
  run(({ runners }) => runners.lease({ runnerId, label: 'laptop' }, NOW));

const heldBy = (engine: EngineUnderTest, runnerId = 'r1'): Held => {
  const job = lease(engine, runnerId);
  if (job === undefined) throw new Error('no job');
  return job;
};

const silence = ({ run }: EngineUnderTest, ticks = LEASE_TERMS.ticks): void => {
  for (let n = 0; n < ticks; n += 1) run((engine) => engine.tick(LEASE_TERMS, NOW));
};

const begin = ({ run }: EngineUnderTest, held: Held, plan: Plan = planOf('deploy', 'prod')) =>
  run(({ runners }) => runners.begin(held, plan, NOW));
const finish = ({ run }: EngineUnderTest, held: Held, outcome: Outcome) =>
  run(({ runners }) => runners.finish(held, outcome, NOW));
const look = ({ run }: EngineUnderTest, id: string) => run((engine) => engine.operation(id));
const MAY = { ok: true, value: { mayBegin: true } } as const;
const MAY_NOT = { ok: true, value: { mayBegin: false } } as const;
const STALE = { ok: false, error: { code: 'STALE_FENCE' } };
const BAD = { ok: false, error: { code: 'BAD_REQUEST' } };

describe('a lease', () => {
  it('is given to one at a time, in the order of the requests, with rising fences', () => {
    const { engine, operationId } = open('deploy');
    const second = open('drift', {}, engine).operationId;
    expect(lease(engine)).toMatchObject({ operationId, fence: 1, kind: 'deploy' });
    expect(lease(engine, 'r2')).toBeUndefined();
    finish(engine, { operationId, fence: 1 }, FAILED);
    expect(lease(engine, 'r2')).toMatchObject({ operationId: second, fence: 2 });
  });

  it('is answered again to the runner that has it, until it has begun', () => {
    const { engine, operationId } = open('deploy');
    const held = heldBy(engine);
    expect(lease(engine)).toMatchObject({ operationId, fence: 1 });
    begin(engine, held);
    expect(lease(engine)).toBeUndefined();
  });

  it('of a named operation is of that one or none', () => {
    const { engine, operationId } = open('deploy');
    const named = (wanted: string) =>
      engine.run(({ runners }) =>
        runners.lease({ runnerId: 'r1', label: '', operationId: wanted }, NOW),
      );
    expect(named('prod.00000000000000000000000000000099')).toBeUndefined();
    expect(named(operationId)?.operationId).toBe(operationId);
  });

  it('lives as long as its runner is heard of, in whatever way', () => {
    const { engine, operationId } = open('deploy');
    const held = heldBy(engine);
    const words = [
      () => engine.run(({ runners }) => runners.heartbeat(held, NOW)),
      () => engine.run(({ runners }) => runners.events(held, [stepOf(1)], NOW)),
      () => begin(engine, held),
    ];
    for (const say of words) {
      silence(engine, LEASE_TERMS.ticks - 1);
      expect(say().ok).toBe(true);
    }
    silence(engine, LEASE_TERMS.ticks - 1);
    expect(look(engine, operationId)?.status).toBe('running');
    silence(engine, 1);
    expect(look(engine, operationId)?.status).toBe('lost');
  });
});

describe('when a runner falls silent', () => {
  it.each(['deploy', 'drift', 'deploy_plan'] as const)(
    'before anything was changed, a %s is queued again, and after three times lost',
    (kind) => {
      const { engine, operationId } = open(kind);
      for (const attempt of [1, 2, 3]) {
        expect(lease(engine, `r${attempt}`)).toMatchObject({ operationId, fence: attempt });
        if (kind !== 'deploy')
          engine.run(({ runners }) =>
            runners.events({ operationId, fence: attempt }, [stepOf(1)], NOW),
          );
        silence(engine);
        expect(look(engine, operationId)?.status).toBe(attempt < 3 ? 'queued' : 'lost');
      }
      expect(look(engine, operationId)).toMatchObject({
        error: { code: 'RUNNER_LOST', message: expect.stringContaining('Nothing was changed') },
      });
      expect(lease(engine)).toBeUndefined();
    },
  );

  it('after a change had begun, it is lost and not tried again', () => {
    const { engine, operationId } = open('deploy');
    const held = heldBy(engine);
    expect(begin(engine, held)).toEqual(MAY);
    silence(engine);
    expect(look(engine, operationId)).toMatchObject({
      status: 'lost',
      error: { code: 'RUNNER_LOST' },
    });
    expect(finish(engine, held, DONE)).toMatchObject(STALE);
    expect(begin(engine, held)).toMatchObject(STALE);
    expect(look(engine, operationId)?.status).toBe('lost');
  });

  it('and had been asked to cancel, it is cancelled', () => {
    const { engine, operationId } = open('deploy');
    heldBy(engine);
    engine.run(({ callers }) =>
      callers.cancel(operationId, { client: 'bob', subject: 'bob' }, NOW),
    );
    silence(engine);
    expect(look(engine, operationId)?.status).toBe('cancelled');
  });

  it('its steps stay, and those of the next attempt come after them', () => {
    const { engine, operationId } = open('drift');
    const first = heldBy(engine);
    engine.run(({ runners }) => runners.events(first, [stepOf(1, 'a'), stepOf(2, 'b')], NOW));
    silence(engine);
    const second = heldBy(engine, 'r2');
    expect(
      engine.run(({ runners }) => runners.events(second, [stepOf(1, 'c')], NOW)),
    ).toMatchObject({ value: { lastSeq: 1 } });
    expect(engine.run((it) => it.steps(operationId, 1, 10))).toMatchObject([
      { seq: 2, status: 'b' },
      { seq: 3, status: 'c' },
    ]);
  });
});

describe('a voided fence', () => {
  it('changes nothing, whatever it asks', () => {
    const { engine, operationId } = open('deploy');
    const old = heldBy(engine);
    silence(engine);
    const asks = [
      () => engine.run(({ runners }) => runners.heartbeat(old, NOW)),
      () => engine.run(({ runners }) => runners.events(old, [stepOf(1)], NOW)),
      () => begin(engine, old),
      () => finish(engine, old, FAILED),
    ];
    const refusedAll = () => {
      const before = JSON.stringify(look(engine, operationId));
      const head = engine.run(({ journal }) => journal.head());
      for (const ask of asks) expect(ask()).toMatchObject(STALE);
      expect(JSON.stringify(look(engine, operationId))).toBe(before);
      expect(engine.run(({ journal }) => journal.head())).toEqual(head);
    };
    refusedAll();
    heldBy(engine, 'r2');
    refusedAll();
    begin(engine, { operationId, fence: 2 });
    finish(engine, { operationId, fence: 2 }, DONE);
    refusedAll();
  });

  it('is also one that was never given, and one of another operation', () => {
    const { engine, operationId } = open('deploy');
    heldBy(engine);
    expect(begin(engine, { operationId, fence: 2 })).toMatchObject(STALE);
    const other = open('deploy', {}, engine).operationId;
    expect(begin(engine, { operationId: other, fence: 1 })).toMatchObject(STALE);
  });
});

describe('steps', () => {
  it('are kept once and without a gap, however they arrive', () => {
    const { engine, operationId } = open('drift');
    const held = heldBy(engine);
    const send = (...seqs: number[]) =>
      engine.run(({ runners }) =>
        runners.events(
          held,
          seqs.map((seq) => stepOf(seq)),
          NOW,
        ),
      );
    expect(send(2, 3)).toMatchObject({ value: { lastSeq: 0 } });
    expect(send(1, 2)).toMatchObject({ value: { lastSeq: 2 } });
    expect(send(1, 2, 3, 5)).toMatchObject({ value: { lastSeq: 3 } });
    expect(engine.run((it) => it.steps(operationId, 0, 10)).map(({ seq }) => seq)).toEqual([
      1, 2, 3,
    ]);
  });

  it('make a drift run running, and a deploy only its beginning does', () => {
    for (const [kind, status] of [
      ['drift', 'running'],
      ['deploy', 'leased'],
    ] as const) {
      const { engine, operationId } = open(kind);
      const held = heldBy(engine);
      engine.run(({ runners }) => runners.events(held, [stepOf(1)], NOW));
      expect(look(engine, operationId)?.status).toBe(status);
    }
  });
});

describe('the beginning', () => {
  it('is written down once, with the plan’s digest, before the answer; asked again it is the same', () => {
    const { engine, operationId } = open('deploy');
    const held = heldBy(engine);
    expect([begin(engine, held), begin(engine, held)]).toEqual([MAY, MAY]);
    const entries = engine.run(({ journal }) => journal.read(0, 10)) as Record<string, unknown>[];
    expect(entries.filter(({ type }) => type === 'begun')).toMatchObject([
      { digest: planOf('deploy', 'prod').digest, fence: 1, operationId },
    ]);
    expect(look(engine, operationId)?.plan).toEqual(planOf('deploy', 'prod'));
  });

  it('is refused with words for what has moved since the plan', () => {
    const { engine } = open('deploy_plan');
    finish(engine, heldBy(engine), { status: 'succeeded', plan: planOf('deploy', 'prod') });
    const planId = engine.run((it) => it.operations(1, undefined))[0]?.planId ?? '';
    const { operationId } = open('deploy', { planId }, engine);
    const fresh = planOf('deploy', 'prod', {
      digest: digestOf('moved'),
      fingerprints: { 'demo-db': digestOf('demo-db'), '*': digestOf('other state') },
    });
    const held = heldBy(engine);
    expect(begin(engine, held, fresh)).toMatchObject(MAY_NOT);
    expect(look(engine, operationId)).toMatchObject({
      status: 'failed',
      error: { code: 'PLAN_STALE', message: expect.stringContaining('Alchemy’s state') },
    });
    // The runner may still say that it has stopped, and asks in vain for another answer.
    expect(finish(engine, held, FAILED)).toEqual({ ok: true, value: 'again' });
    const reason = expect.stringMatching(/^PLAN_STALE: .*Alchemy’s state/) as string;
    expect(begin(engine, held)).toEqual({ ok: true, value: { mayBegin: false, reason } });
  });

  it.each([
    ['deploy', 'DELETED', false],
    ['deploy', 'ADOPTED', false],
    ['destroy', 'DELETED', true],
    ['destroy', 'CLASS_DATA_LOST', true],
    ['destroy', 'ADOPTED', false],
    ['destroy', 'BUCKET_NOT_EMPTY', false],
  ] as const)('of a %s without a plan, with the warning %s: %p', (kind, code, mayBegin) => {
    const { engine, operationId } = open(kind);
    const warnings = [{ code, id: 'demo-db', message: 'Look at this.' }];
    const answer = begin(engine, heldBy(engine), planOf(kind, 'prod', { warnings }));
    expect(answer).toMatchObject(mayBegin ? MAY : MAY_NOT);
    if (!mayBegin)
      expect(look(engine, operationId)?.error).toMatchObject({
        code: 'PLAN_REQUIRED',
        message: expect.stringContaining(`${code} demo-db`),
      });
  });

  it('is a bad request for a plan of another verb or stage, and for what has no effect', () => {
    const { engine } = open('deploy');
    const held = heldBy(engine);
    expect(begin(engine, held, planOf('destroy', 'prod'))).toMatchObject(BAD);
    expect(begin(engine, held, planOf('deploy', 'staging'))).toMatchObject(BAD);
    expect(begin(engine, held)).toEqual(MAY);
    const drift = open('drift');
    expect(begin(drift.engine, heldBy(drift.engine))).toMatchObject(BAD);
  });
});

describe('the end', () => {
  it('told twice is taken once', () => {
    const { engine, operationId } = open('deploy');
    const held = heldBy(engine);
    begin(engine, held);
    expect(finish(engine, held, DONE)).toEqual({ ok: true, value: 'ended' });
    const head = engine.run(({ journal }) => journal.head());
    expect(finish(engine, held, DONE)).toEqual({ ok: true, value: 'again' });
    expect(finish(engine, held, FAILED)).toEqual({ ok: true, value: 'again' });
    expect(look(engine, operationId)?.status).toBe('succeeded');
    expect(engine.run(({ journal }) => journal.head())).toEqual(head);
  });

  it.each([
    ['a deploy that never began', 'deploy', DONE],
    ['a plan without a plan', 'deploy_plan', { status: 'succeeded' }],
    [
      'a plan of another verb',
      'deploy_plan',
      { status: 'succeeded', plan: planOf('destroy', 'prod') },
    ],
    [
      'a plan of another stage',
      'deploy_plan',
      { status: 'succeeded', plan: planOf('deploy', 'dev') },
    ],
    ['a drift run that found nothing out', 'drift', { status: 'succeeded' }],
    ['the state of another stage', 'deploy', { ...FAILED, snapshot: snapshotOf('dev') }],
  ] as const)('is refused as a success of %s, and the operation goes on', (_, kind, outcome) => {
    const { engine, operationId } = open(kind);
    const held = heldBy(engine);
    expect(finish(engine, held, outcome as Outcome)).toMatchObject(BAD);
    expect(look(engine, operationId)?.status).toBe('leased');
    expect(finish(engine, held, FAILED)).toEqual({ ok: true, value: 'ended' });
    expect(look(engine, operationId)?.error?.code).toBe('OPERATION_FAILED');
  });
});
