// Steps, the beginning and the end, as a runner tells them: by the engine itself, over SQLite in this process.
import { describe, expect, it } from 'bun:test';

import {
  begin,
  DONE,
  FAILED,
  finish,
  heldBy,
  look,
  MAY_BEGIN,
  NOW,
  open,
} from '../../test/kit/engine-asks.ts';
import { digestOf, planOf, snapshotOf, stepOf } from '../../test/kit/operations.ts';
import type { Outcome } from '../contract/runner-protocol.ts';

const MAY_NOT = { ok: true, value: { mayBegin: false } } as const;
const BAD = { ok: false, error: { code: 'BAD_REQUEST' } };

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
    expect([begin(engine, held), begin(engine, held)]).toEqual([MAY_BEGIN, MAY_BEGIN]);
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
    expect(answer).toMatchObject(mayBegin ? MAY_BEGIN : MAY_NOT);
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
    expect(begin(engine, held)).toEqual(MAY_BEGIN);
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
