// Leases and their fences: who has one, how it is lost, and that whoever has lost it changes nothing. By the engine itself,
// over SQLite in this process.
import { describe, expect, it } from 'bun:test';

import {
  begin,
  DONE,
  FAILED,
  finish,
  heldBy,
  lease,
  look,
  MAY_BEGIN,
  NOW,
  open,
  silence,
  STALE,
} from '../../test/kit/engine-asks.ts';
import { stepOf } from '../../test/kit/operations.ts';
import { LEASE_TERMS } from './rules/lease.ts';

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
    expect(begin(engine, held)).toEqual(MAY_BEGIN);
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
