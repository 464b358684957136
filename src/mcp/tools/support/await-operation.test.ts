import { describe, expect, it } from 'bun:test';

import type { Followed, StageOperations } from '../../../contract/engine.ts';
import type { Operation, OperationStatus } from '../../../contract/operation.ts';
import { awaitOperation, WAIT_MS } from './await-operation.ts';
import { operationOf } from './operation.fixture.ts';

type Follow = StageOperations['follow'];

const wait = async (
  follow: Follow,
  over: { signal?: AbortSignal; now?: number; isEnough?: (operation: Operation) => boolean } = {},
) => {
  const told: string[] = [];
  const operation = await awaitOperation(operationOf({ status: 'queued' }), {
    engine: { follow },
    now: over.now ?? Date.now(),
    signal: over.signal ?? new AbortController().signal,
    progress: (message) => told.push(message),
    isEnough: over.isEnough ?? (() => false),
  });
  return { operation, told };
};

const at = (status: OperationStatus, events: Followed['events'] = []): Followed => ({
  operation: operationOf({ status }),
  events,
});

const step = (seq: number, id: string, status = 'created') =>
  ({ seq, at: '2026-11-22T10:00:00.000Z', type: 'resource', id, status }) as const;

describe('waiting for an operation', () => {
  it('ends with the operation, and tells each step once', async () => {
    const asked: unknown[] = [];
    const answers = [
      at('running', [step(1, 'demo-db', 'creating'), step(2, 'demo-db')]),
      at('running', [step(3, 'demo-kv')]),
      at('succeeded'),
    ];
    const { operation, told } = await wait(async (_, since) => {
      asked.push(since);
      return answers.shift();
    });
    expect(operation.status).toBe('succeeded');
    expect(told).toEqual([
      'demo-db creating (0 of 2)',
      'demo-db created (1 of 2)',
      'demo-kv created (2 of 2)',
    ]);
    expect(asked).toEqual([
      { seq: 0, status: 'queued' },
      { seq: 2, status: 'running' },
      { seq: 3, status: 'running' },
    ]);
  });

  it('asks again when the engine was restarted in between', async () => {
    let calls = 0;
    const { operation } = await wait(async () => {
      if (++calls <= 2) throw new Error('The Durable Object was reset.');
      return at('succeeded');
    });
    expect({ calls, status: operation.status }).toEqual({ calls: 3, status: 'succeeded' });
  });

  it('is over when the call has lasted long enough, and says how it stands', async () => {
    const started = Date.now();
    const { operation } = await wait(
      async () => {
        await Bun.sleep(50);
        return at('running');
      },
      { now: started - WAIT_MS + 200 },
    );
    expect(operation.status).toBe('running');
    expect(Date.now() - started).toBeLessThan(1_500);
  });

  it('never asks the engine to wait longer than the call may last', async () => {
    const waits: number[] = [];
    await wait(
      async (_id, _since, waitMs) => {
        waits.push(waitMs);
        return at('succeeded');
      },
      { now: Date.now() - WAIT_MS + 1_000 },
    );
    expect(waits[0]).toBeWithin(1, 1_001);
  });

  it('stops when the caller leaves, and when it is enough', async () => {
    const caller = new AbortController();
    let calls = 0;
    await wait(
      async () => {
        calls++;
        caller.abort();
        return at('running');
      },
      { signal: caller.signal },
    );
    expect(calls).toBe(1);
    const { operation } = await wait(async () => at('running'), {
      isEnough: ({ status }) => status === 'running',
    });
    expect(operation.status).toBe('running');
  });
});
